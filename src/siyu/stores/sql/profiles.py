"""Profile counters in SQL: added up per identifier, summed per person."""

from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter

from sqlalchemy import Connection, case, func, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ColumnElement

from siyu.people.profile import Profile
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier, profile

_SUMS = ("touches", "messages_in", "messages_out", "orders", "paid_minor", "refunded_minor", "complaints_open")
_FIRSTS = ("first_at_us", "first_order_at_us")
_LASTS = ("last_at_us", "last_order_at_us")
_COUNTED = "profiles counted to"
_COLUMNS = ("identifier_id", *_SUMS, *_FIRSTS, *_LASTS)
_figures = attrgetter(*_COLUMNS[1:])


class SqlProfiles:
    """Counters by identifier. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, profiles: Mapping[int, Profile]) -> None:
        """Add a batch's counts to what is there."""
        if not profiles:
            return
        insert_rows(
            self._connection,
            profile,
            _COLUMNS,
            # in the order of the table: each page is looked for and changed once
            [(number, *_figures(profiles[number])) for number in sorted(profiles)],
            then=_added_up(),
        )

    def counted_to(self) -> int:
        """Return the number of the last touch in the log that is counted."""
        value = self._connection.execute(select(setting.c.value).where(setting.c.name == _COUNTED)).scalar()
        return int(value or 0)

    def set_counted_to(self, seq: int) -> None:
        """Remember how far the log is counted; in the transaction of the counting."""
        insert_rows(
            self._connection,
            setting,
            ("name", "value"),
            [(_COUNTED, str(seq))],
            then="ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )

    def of_people(self, person_ids: Sequence[int]) -> dict[int, Profile]:
        """Return each person's sums."""
        found: dict[int, Profile] = {}
        columns = [
            *(func.sum(profile.c[name]).label(name) for name in _SUMS),
            *(func.min(func.nullif(profile.c[name], 0)).label(name) for name in _FIRSTS),
            *(func.max(profile.c[name]).label(name) for name in _LASTS),
        ]
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, *columns)
                .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .group_by(identifier.c.person_id)
            ).mappings()
            for row in rows:
                one = Profile(**{name: int(row[name]) for name in _SUMS})
                one.first_at_us, one.last_at_us = int(row["first_at_us"] or 0), int(row["last_at_us"] or 0)
                one.first_order_at_us, one.last_order_at_us = row["first_order_at_us"], row["last_order_at_us"]
                found[row["person_id"]] = one
        return found


@cache
def _added_up() -> str:
    """What follows the values of an insert, so that they add to what is there; the same on both databases."""
    statement = sqlite.insert(profile)
    new = statement.excluded
    text = str(
        statement.on_conflict_do_update(
            index_elements=["identifier_id"],
            set_={
                **{name: profile.c[name] + new[name] for name in _SUMS},
                **{name: _nearer(profile.c[name], new[name], later=False) for name in _FIRSTS},
                **{name: _nearer(profile.c[name], new[name], later=True) for name in _LASTS},
            },
        ).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    )
    return text[text.index("ON CONFLICT") :]


def _nearer(old: ColumnElement[int], new: ColumnElement[int], *, later: bool) -> ColumnElement[int]:
    """The earlier or later of two moments; an empty one (NULL, or 0) does not count."""
    if later:
        return case((old.is_(None), new), (new.is_(None), old), (old > new, old), else_=new)
    zero = literal(0)
    return case((old.is_(None) | (old == zero), new), (new.is_(None) | (new == zero), old), (old < new, old), else_=new)
