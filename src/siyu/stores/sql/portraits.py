"""The portrait through time and the tags, by identifier; a person's are those of their identifiers together."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from siyu.people.portrait import UNDER_14, Fact, Tag, TagSet, newest
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.portraits import portrait, tag

#: The portrait's field for somebody's age; its value for somebody younger than fourteen is ``UNDER_14``.
AGE_BAND: Final = "age_band"

__all__ = ["AGE_BAND", "UNDER_14", "SqlPortraits", "people_under_14"]


class SqlPortraits:
    """Facts and tags. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, facts: Sequence[Fact]) -> int:
        """Append facts that say something new; return how many did. What we knew before stays."""
        if not facts:
            return 0
        known = self._newest({one.identifier_id for one in facts})
        rows: dict[tuple[int, str, int], Fact] = {}
        for one in sorted(facts, key=lambda fact: fact.known_at_us):
            held = known.get((one.identifier_id, one.field))
            if held is None or (held.value != one.value and held.known_at_us <= one.known_at_us):
                rows[one.identifier_id, one.field, one.known_at_us] = one
                known[one.identifier_id, one.field] = one
        insert_rows(
            self._connection, portrait, ("identifier_id", "field", "known_at_us", "value", "source"),
            [(one.identifier_id, one.field, one.known_at_us, one.value, one.source) for one in rows.values()],
            then="ON CONFLICT (identifier_id, field, known_at_us) DO UPDATE SET"
            " value = excluded.value, source = excluded.source",
        )  # fmt: skip
        return len(rows)

    def put_tags(self, tags: Sequence[Tag]) -> None:
        """Put tags on; one that is there keeps its beginning and takes the later end (none is the latest)."""
        if not tags:
            return
        insert_rows(
            self._connection, tag, ("identifier_id", "name", "source", "since_us", "until_us"),
            [(one.identifier_id, one.name, one.source, one.since_us, one.until_us) for one in tags],
            then="ON CONFLICT (identifier_id, name, source) DO UPDATE SET until_us ="
            " CASE WHEN excluded.until_us IS NULL OR tag.until_us IS NULL THEN NULL"
            " WHEN excluded.until_us > tag.until_us THEN excluded.until_us ELSE tag.until_us END",
        )  # fmt: skip

    def set_tags(self, sets: Sequence[TagSet]) -> None:
        """Make the tags of a source those that it names: new ones begin, those it leaves out end."""
        for one in sets:
            mine = (tag.c.identifier_id == one.identifier_id) & (tag.c.source == one.source)
            rows = self._connection.execute(select(tag.c.name, tag.c.since_us, tag.c.until_us).where(mine)).all()
            if any(max(row.since_us, row.until_us or 0) > one.at_us for row in rows):
                continue  # an older list that came late
            held = [row for row in rows if row.until_us is None]
            gone = [row.name for row in held if row.name not in one.names]
            self.end_tags(one.identifier_id, gone, source=one.source, at_us=one.at_us)
            fresh = [name for name in one.names if name not in {row.name for row in held}]
            insert_rows(
                self._connection, tag, ("identifier_id", "name", "source", "since_us", "until_us"),
                [(one.identifier_id, name, one.source, one.at_us, None) for name in fresh],
                then="ON CONFLICT (identifier_id, name, source) DO UPDATE SET"
                " since_us = excluded.since_us, until_us = NULL",
            )  # fmt: skip

    def end_tags(self, identifier_id: int, names: Sequence[str], *, source: str, at_us: int) -> int:
        """Take tags of a source off; return how many held until now."""
        where = (tag.c.identifier_id == identifier_id) & (tag.c.source == source) & tag.c.name.in_(names)
        held = tag.c.until_us.is_(None) | (tag.c.until_us > at_us)
        return int(self._connection.execute(tag.update().where(where, held).values(until_us=at_us)).rowcount)

    def facts(self, person_ids: Sequence[int]) -> dict[int, list[Fact]]:
        """Return every fact about each person, in the order it was learnt."""
        found: dict[int, list[Fact]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, portrait)
                .join(portrait, portrait.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(portrait.c.known_at_us, portrait.c.identifier_id, portrait.c.field)
            )
            for row in rows:
                fact = Fact(row.identifier_id, row.field, row.value, row.known_at_us, row.source)
                found.setdefault(row.person_id, []).append(fact)
        return found

    def tags(self, person_ids: Sequence[int]) -> dict[int, list[Tag]]:
        """Return every tag of each person, those that ended too."""
        found: dict[int, list[Tag]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, tag)
                .join(tag, tag.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(tag.c.since_us, tag.c.name, tag.c.source)
            )
            for row in rows:
                one = Tag(row.identifier_id, row.name, row.source, row.since_us, row.until_us)
                found.setdefault(row.person_id, []).append(one)
        return found

    def _newest(self, numbers: set[int]) -> dict[tuple[int, str], Fact]:
        held: dict[int, list[Fact]] = {}
        for part in chunks(sorted(numbers)):
            for row in self._connection.execute(select(portrait).where(portrait.c.identifier_id.in_(part))):
                fact = Fact(row.identifier_id, row.field, row.value, row.known_at_us, row.source)
                held.setdefault(row.identifier_id, []).append(fact)
        return {(number, field): one for number, facts in held.items() for field, one in newest(facts).items()}


def people_under_14(connection: Connection, person_ids: Sequence[int]) -> set[int]:
    """Return those of whom any source ever said that they are younger than fourteen: the strictest word counts."""
    found: set[int] = set()
    for part in chunks(person_ids):
        rows = connection.execute(
            select(identifier.c.person_id)
            .join(portrait, portrait.c.identifier_id == identifier.c.identifier_id)
            .where(identifier.c.person_id.in_(part), portrait.c.field == AGE_BAND, portrait.c.value == UNDER_14)
        )
        found.update(person for (person,) in rows)
    return found
