"""Live codes in SQL: their versions, and every decision for ever."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select, update

from siyu.stores.sql.bulk import insert_returning, insert_rows
from siyu.stores.sql.schema.acquire import live_code, live_code_group, live_code_sent

#: Code, target, reason, version, scene, visitor, moment in microseconds.
Decided = tuple[str, str, str, int, str, str, int]
_VISITOR: Final = 5
_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(list[Decided])
#: A scan may be dated so much before the group that holds it.
_LONGEST_GROUP_US: Final = 86_400_000_000


class Counted(NamedTuple):
    """How often a group of scans went to a target for a reason, on a day of the code's calendar (ordinal)."""

    code: str
    day: int
    target: str
    reason: str
    scans: int
    last_at_us: int


class Group(NamedTuple):
    """Decisions that reached the disk together: packed and counted, so that the store need not look into them."""

    group_id: bytes
    scans: int
    decisions: bytes
    counted: list[Counted]


def group_of(group_id: bytes, decisions: Sequence[Decided], days: Sequence[int]) -> Group:
    """Pack and count decisions; ``days`` holds the day of each on its code's calendar (ordinal)."""
    counts: dict[tuple[str, int, str, str], tuple[int, int]] = {}
    for (code, target, reason, _version, _scene, _visitor, at_us), day in zip(decisions, days, strict=True):
        scans, last = counts.get((code, day, target, reason), (0, 0))
        counts[code, day, target, reason] = scans + 1, max(last, at_us)
    counted = [Counted(*key, *count) for key, count in counts.items()]
    return Group(group_id, len(decisions), _pack.encode(decisions), counted)


@dataclass(frozen=True, slots=True)
class KeptCode:
    """A version of a code as it was written."""

    code: str
    version: int
    plan: Mapping[str, Any]
    changed_at_us: int


class SqlLiveCodes:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self, code: str, plan: Mapping[str, Any], *, at_us: int) -> int:
        """Keep a code or its new version; the same plan again changes nothing. Returns the version in force."""
        newest = self.newest(code)
        if newest is not None and newest.plan == plan:
            return newest.version
        version = newest.version + 1 if newest else 1
        row = {"code": code, "version": version, "plan": json.dumps(plan).encode(), "changed_at_us": at_us}
        self._connection.execute(live_code.insert(), row)
        return version

    def newest(self, code: str) -> KeptCode | None:
        """Return the version in force, or nothing."""
        query = select(live_code).where(live_code.c.code == code).order_by(live_code.c.version.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return KeptCode(row.code, row.version, json.loads(row.plan), row.changed_at_us) if row else None

    def codes(self) -> list[str]:
        """Return the names of all codes."""
        return list(self._connection.execute(select(live_code.c.code).distinct().order_by(live_code.c.code)).scalars())

    def keep(self, groups: Sequence[Group]) -> None:
        """Keep groups of decisions, and count them for their codes, days, targets and reasons.

        A group that was kept before is passed over.
        """
        rows = [(one.group_id, one.scans, one.decisions) for one in groups]
        columns = ("group_id", "scans", "decisions")
        then = "ON CONFLICT (group_id) DO NOTHING RETURNING group_id"
        new = {bytes(one[0]) for one in insert_returning(self._connection, live_code_group, columns, rows, then=then)}
        counts: dict[tuple[str, int, str, str], tuple[int, int]] = {}
        for one in (one for group in groups if group.group_id in new for one in group.counted):
            scans, last = counts.get(one[:4], (0, 0))
            counts[one[:4]] = scans + one.scans, max(last, one.last_at_us)
        insert_rows(
            self._connection,
            live_code_sent,
            ("code", "day", "target", "reason", "scans", "last_at_us"),
            [(*key, *count) for key, count in sorted(counts.items())],
            then=(
                "ON CONFLICT (code, day, target, reason) DO UPDATE SET scans = live_code_sent.scans + excluded.scans, "
                "last_at_us = excluded.last_at_us"
            ),
        )

    def sent(self, code: str, *, since_day: int = 0) -> dict[str, int]:
        """Count the scans of each target, from a day on."""
        table = live_code_sent.c
        query = (
            select(table.target, func.sum(table.scans))
            .where(table.code == code, table.day >= since_day)
            .group_by(table.target)
        )
        return {target: int(count) for target, count in self._connection.execute(query)}

    def by_reason(self, code: str) -> list[dict[str, Any]]:
        """Count the scans of a code by target and reason."""
        table = live_code_sent.c
        scans = func.sum(table.scans)
        query = (
            select(table.target, table.reason, scans.label("scans"), func.max(table.last_at_us).label("last_at_us"))
            .where(table.code == code)
            .group_by(table.target, table.reason)
            .order_by(scans.desc())
        )
        return [{**row, "scans": int(row["scans"])} for row in self._connection.execute(query).mappings()]

    def decisions(self, *, from_us: int, to_us: int) -> Iterator[Decided]:
        """Return the decisions of a half-open period, group by group."""
        low, high = max(from_us - _LONGEST_GROUP_US, 0).to_bytes(8, "big"), to_us.to_bytes(8, "big")
        query = (
            select(live_code_group.c.decisions)
            .where(live_code_group.c.group_id >= low, live_code_group.c.group_id < high)
            .order_by(live_code_group.c.group_id)
        )
        for packed in self._connection.execute(query).scalars():
            yield from (one for one in _unpack.decode(packed) if from_us <= one[6] < to_us)

    def groups_of(self, visitors: frozenset[str], *, part: int) -> Iterator[bytes]:
        """Give the ids of the groups in which one of ``visitors`` scanned; reads all, ``part`` groups at a time."""
        after = b""
        while True:
            query = select(live_code_group.c.group_id, live_code_group.c.decisions).where(
                live_code_group.c.group_id > after
            )
            rows = self._connection.execute(query.order_by(live_code_group.c.group_id).limit(part)).all()
            yield from (
                bytes(key) for key, packed in rows if any(one[_VISITOR] in visitors for one in _unpack.decode(packed))
            )
            if len(rows) < part:
                return
            after = bytes(rows[-1][0])

    def scans_of(self, groups: Sequence[bytes], visitors: frozenset[str]) -> list[dict[str, Any]]:
        """Return the decisions of these groups that were about one of ``visitors``, oldest first."""
        names = ("code", "target", "reason", "version", "scene", "visitor", "at_us")
        query = select(live_code_group.c.decisions).where(live_code_group.c.group_id.in_(groups))
        decided = [one for packed in self._connection.execute(query).scalars() for one in _unpack.decode(packed)]
        theirs = [one for one in decided if one[_VISITOR] in visitors]
        return [dict(zip(names, one, strict=True)) for one in sorted(theirs, key=lambda one: int(one[-1]))]

    def forget(self, groups: Sequence[bytes], visitors: frozenset[str]) -> int:
        """Take ``visitors`` out of groups of decisions, which stay and are counted; return how many groups changed."""
        for key in groups:
            packed = self._connection.execute(
                select(live_code_group.c.decisions).where(live_code_group.c.group_id == key)
            ).scalar_one()
            rest = [
                (*one[:_VISITOR], "" if one[_VISITOR] in visitors else one[_VISITOR], *one[_VISITOR + 1 :])
                for one in _unpack.decode(packed)
            ]
            self._connection.execute(
                update(live_code_group).where(live_code_group.c.group_id == key).values(decisions=_pack.encode(rest))
            )
        return len(groups)
