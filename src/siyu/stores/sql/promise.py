"""The promise ledger in SQL: what was promised, and the proof that it was kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.acquire import promise
from siyu.touchpoints.promise import Kept, Promise

_COLUMNS = (
    "promise_id", "identifier_id", "what", "said_in", "promised_at_us", "due_at_us", "proof", "broken_because",
)  # fmt: skip


class SqlPromises:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, promises: Sequence[Promise]) -> None:
        """Keep promises; one that is there already stays as it is."""
        rows = [
            (one.promise_id, one.identifier_id, one.what, one.said_in, one.promised_at_us, one.due_at_us, "", "")
            for one in promises
        ]
        insert_rows(self._connection, promise, _COLUMNS, rows, then="ON CONFLICT (promise_id) DO NOTHING")

    def keep(self, promise_id: bytes, *, at_us: int, proof: str) -> bool:
        """Book a promise as kept with its proof; the first proof stands. Returns whether it was open."""
        done = self._connection.execute(
            update(promise)
            .where(promise.c.promise_id == promise_id, promise.c.kept_at_us.is_(None))
            .values(kept_at_us=at_us, proof=proof)
        )
        return bool(done.rowcount)

    def open(self, identifiers: Sequence[int] = (), *, due_before_us: int = 2**62) -> list[Promise]:
        """Return open promises, the first due first; of some identifiers, or of everybody."""
        query = select(promise).where(promise.c.kept_at_us.is_(None), promise.c.due_at_us < due_before_us)
        if identifiers:
            query = query.where(promise.c.identifier_id.in_(identifiers))
        return [_promise(row) for row in self._connection.execute(query.order_by(promise.c.due_at_us))]

    def kept(self, identifiers: Sequence[int]) -> dict[int, list[int]]:
        """Return the moments at which promises to these identifiers were kept."""
        found: dict[int, list[int]] = {}
        for part in chunks(identifiers):
            query = select(promise.c.identifier_id, promise.c.kept_at_us).where(
                promise.c.identifier_id.in_(part), promise.c.kept_at_us.is_not(None)
            )
            for number, at_us in self._connection.execute(query):
                found.setdefault(number, []).append(at_us)
        return found

    def standing(self, *, now_us: int) -> Kept:
        """Count how promises stand."""
        table = promise.c
        is_open = table.kept_at_us.is_(None)
        row = self._connection.execute(
            select(
                func.count(),
                func.count(table.kept_at_us),
                func.sum(case((table.kept_at_us > table.due_at_us, 1), else_=0)),
                func.sum(case((is_open, 1), else_=0)),
                func.sum(case((is_open & (table.due_at_us < now_us), 1), else_=0)),
            )
        ).one()
        return Kept(*(int(number or 0) for number in row))


def _promise(row: Any) -> Promise:
    return Promise(
        bytes(row.promise_id), row.identifier_id, row.what, row.said_in, row.promised_at_us, row.due_at_us,
        row.kept_at_us or 0, row.proof,
    )  # fmt: skip
