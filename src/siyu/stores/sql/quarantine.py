"""Rows that could not be understood, kept encrypted until somebody looks at them or replays them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_returning, select_in
from siyu.stores.sql.schema.touches import quarantine


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One row that was set aside.

    Attributes:
        quarantine_id: Derived from the row itself: the same row of the same file again is the same id.
        source: File name or HTTP route.
        line: 1 is the first data row.
        heading: The kind of fault to count by.
        reason: What is wrong in words, encrypted: it may quote the row.
        raw: JSON of the row, encrypted.
        mapping: JSON: how it was read.
    """

    quarantine_id: bytes
    source: str
    line: int
    heading: str
    reason: bytes
    raw: bytes
    mapping: str
    set_aside_at_us: int


class SqlQuarantine:
    """What was set aside. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[QuarantineRow]) -> int:
        """Keep rows, each once; return how many were new."""
        added = insert_returning(
            self._connection,
            quarantine,
            ("quarantine_id", "source", "line", "heading", "reason", "raw", "mapping", "set_aside_at_us"),
            [
                (
                    one.quarantine_id,
                    one.source,
                    one.line,
                    one.heading,
                    one.reason,
                    one.raw,
                    one.mapping,
                    one.set_aside_at_us,
                )
                for one in rows
            ],
            then="ON CONFLICT (quarantine_id) DO NOTHING RETURNING quarantine_id",
        )
        return len(added)

    def counts(self, *, replayed: bool = False) -> list[tuple[str, str, int]]:
        """Count by (source, heading), the largest first."""
        done = quarantine.c.replayed_at_us
        rows = self._connection.execute(
            select(quarantine.c.source, quarantine.c.heading, func.count())
            .where(done.is_not(None) if replayed else done.is_(None))
            .group_by(quarantine.c.source, quarantine.c.heading)
            .order_by(func.count().desc(), quarantine.c.source, quarantine.c.heading)
        )
        return [(source, heading, int(count)) for source, heading, count in rows]

    def waiting(self, *, source: str = "", heading: str = "", limit: int | None = None) -> Iterator[QuarantineRow]:
        """Give the rows that wait, in the order of source and line."""
        chosen = select(*(quarantine.c[name] for name in QuarantineRow.__dataclass_fields__)).where(
            quarantine.c.replayed_at_us.is_(None)
        )
        if source:
            chosen = chosen.where(quarantine.c.source == source)
        if heading:
            chosen = chosen.where(quarantine.c.heading == heading)
        for row in self._connection.execute(chosen.order_by(quarantine.c.source, quarantine.c.line).limit(limit)):
            yield QuarantineRow(*row)

    def known(self, ids: Sequence[bytes]) -> set[bytes]:
        """Return those of ``ids`` that were set aside before."""
        rows = select_in(self._connection, "SELECT quarantine_id FROM quarantine WHERE quarantine_id", ids, "bytea")
        return {bytes(key) for (key,) in rows}

    def replayed(self, ids: Sequence[bytes], at_us: int) -> None:
        """Remember that rows were understood at last."""
        if ids:
            self._connection.execute(
                update(quarantine).where(quarantine.c.quarantine_id.in_(ids)).values(replayed_at_us=at_us)
            )

    def every(self, *, part: int) -> Iterator[tuple[bytes, bytes]]:
        """Give id and encrypted row of everything that was set aside, replayed or not, ``part`` rows at a time."""
        after = b""
        while True:
            query = select(quarantine.c.quarantine_id, quarantine.c.raw).where(quarantine.c.quarantine_id > after)
            rows = self._connection.execute(query.order_by(quarantine.c.quarantine_id).limit(part)).all()
            yield from ((bytes(key), bytes(raw)) for key, raw in rows)
            if len(rows) < part:
                return
            after = bytes(rows[-1][0])

    def raws(self, ids: Sequence[bytes]) -> list[bytes]:
        """Return the encrypted rows of these ids, in the order of the ids."""
        found: dict[bytes, bytes] = {}
        for part in chunks(ids):
            rows = self._connection.execute(
                select(quarantine.c.quarantine_id, quarantine.c.raw).where(quarantine.c.quarantine_id.in_(part))
            )
            found |= {bytes(key): bytes(raw) for key, raw in rows}
        return [found[key] for key in ids if key in found]

    def drop(self, ids: Sequence[bytes]) -> int:
        """Delete rows; return how many."""
        return sum(
            self._connection.execute(delete(quarantine).where(quarantine.c.quarantine_id.in_(part))).rowcount
            for part in chunks(ids)
        )
