"""The identity log in SQL: identifiers, evidence, and the person each identifier belongs to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.communities.group import GROUP_CHAT
from siyu.people.joining import Held, Joining, Named, join_links, split_people
from siyu.people.ports import Known, Link
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.evidence import BY_HAND, SqlEvidence, evidence_id
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.conflicts import conflict, set_apart
from siyu.stores.sql.schema.erased import ERASED
from siyu.stores.sql.schema.people import evidence, identifier

_SUGGESTION = {Held.APART: "apart", Held.TWO_IDS: "apart", Held.SHARED: "look", Held.TOO_LARGE: "look"}


class SqlIdentityStore:
    """A ``people.ports.IdentityStore``. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._evidence = SqlEvidence(connection)
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._flavour = sqlite if self._is_sqlite else postgresql

    def lookup(self, keys: Sequence[bytes]) -> Mapping[bytes, Known]:
        """Return those of ``keys`` that are known."""
        rows = select_in(
            self._connection, "SELECT key, identifier_id, person_id FROM identifier WHERE key", keys, "bytea"
        )
        return {bytes(key): Known(number, person) for key, number, person in rows}

    def standing(self, numbers: Sequence[int]) -> list[int]:
        """Return each of these identifiers, or 0 in the place of one that was erased since."""
        there = self._persons(numbers)
        return [number if number in there else 0 for number in numbers]

    def erased(self) -> int:
        """Return a number that changes when an identifier is erased: until then each keeps its number."""
        value = self._connection.execute(select(setting.c.value).where(setting.c.name == ERASED)).scalar()
        return int(value or 0)

    def add(self, new: Sequence[tuple[bytes, str, int]]) -> Mapping[bytes, Known]:
        """Keep new identifiers; each starts as a person of its own."""
        # somebody else may have added one a moment ago (PostgreSQL): theirs stands
        insert_rows(
            self._connection,
            identifier,
            ("key", "namespace", "person_id", "first_seen_at_us"),
            [(key, namespace, 0, at) for key, namespace, at in new],
            then="ON CONFLICT (key) DO NOTHING",
        )
        self._connection.execute(
            update(identifier).where(identifier.c.person_id == 0).values(person_id=identifier.c.identifier_id)
        )
        return self.lookup([key for key, _, _ in new])

    def link(self, links: Sequence[Link]) -> None:
        """Append strong evidence and join the people it connects; the smallest number stays.

        A link that the guards of ``people/joining.py`` hold back is kept as held evidence and opens a conflict.
        """
        known = self.lookup(list({key for link in links for key in (link.left, link.right)}))
        pairs: dict[tuple[int, int], Link] = {}
        for link in links:
            one, other = known[link.left].identifier_id, known[link.right].identifier_id
            if one != other:
                pairs.setdefault((min(one, other), max(one, other)), link)
        said = self._evidence.said({low for low, _ in pairs})
        fresh = [(pair, link) for pair, link in pairs.items() if pair not in said]
        if fresh:
            self._keep([(pair, "touch", link.touch_id, link.said_at_us) for pair, link in fresh])

    def merge(self, left_id: int, right_id: int, *, by: str, at_us: int) -> Held | None:
        """Join two identifiers because a person says so; return what stands in the way, if anything does."""
        low, high = min(left_id, right_id), max(left_id, right_id)
        said = self._evidence.active([low], strengths=("apart", "held"))
        self.withdraw(
            [row.evidence_id for row in said if (row.left_id, row.right_id) == (low, high)], by=by, at_us=at_us
        )
        held = self._keep([((low, high), self._evidence.decision(low, high, by), None, at_us)], by_hand=True)
        self._settle(low, high, "merge", at_us)
        return held.get(0)

    def split(self, number: int, *, by: str, at_us: int) -> dict[int, int]:
        """Take an identifier out of its person; what is cut stays apart.

        Merges by hand are what a split takes back: if they alone hold the identifier's own evidence to the rest, they
        are withdrawn and it keeps the company it had before them. Where nothing was merged by hand it comes out alone.

        Returns:
            The new person of every identifier that moved.
        """
        person = self._persons([number])[number]
        numbers = self._numbers([person])
        active = self._evidence.active(numbers)
        said = [(row.left_id, row.right_id) for row in active if not row.source.startswith(BY_HAND)]
        before = split_people(numbers, [pair for pair in said if set(pair) <= set(numbers)])
        links = [
            row for row in active
            if row.source.startswith(BY_HAND)
            and (before.get(row.left_id) == before[number]) != (before.get(row.right_id) == before[number])
        ] or [row for row in active if number in {row.left_id, row.right_id}]  # fmt: skip
        self.withdraw([row.evidence_id for row in links], by=by, at_us=at_us)
        self._evidence.append(
            [
                (
                    row.left_id,
                    row.right_id,
                    "apart",
                    1.0,
                    self._evidence.decision(row.left_id, row.right_id, by),
                    None,
                    at_us,
                    None,
                )
                for row in links
            ]
        )
        return self.recompute([person])

    def withdraw(self, evidence_ids: Sequence[bytes], *, by: str, at_us: int) -> None:
        """Append that evidence no longer counts; ``recompute`` draws the conclusion."""
        for part in chunks(evidence_ids):
            rows = self._connection.execute(select(evidence).where(evidence.c.evidence_id.in_(part))).all()
            self._evidence.append(
                [(row.left_id, row.right_id, "withdrawn", 0.0, by, None, at_us, row.evidence_id) for row in rows]
            )

    def recompute(self, person_ids: Sequence[int]) -> dict[int, int]:
        """Draw people anew from the evidence that still holds; return the new person of identifiers that moved."""
        numbers = self._numbers(person_ids)
        before = self._persons(numbers)
        inside = set(numbers)
        links = [
            (row.left_id, row.right_id)
            for row in self._evidence.active(numbers)
            if {row.left_id, row.right_id} <= inside
        ]
        after = split_people(numbers, links)
        moved = {number: person for number, person in after.items() if before[number] != person}
        if moved:
            self._connection.execute(
                update(identifier)
                .where(identifier.c.identifier_id == bindparam("number"))
                .values(person_id=bindparam("person")),
                [{"number": number, "person": person} for number, person in moved.items()],
            )  # fmt: skip
        return moved

    def set_apart(self, number: int, *, why: str, detail: str, at_us: int) -> None:
        """Let an identifier join nobody from now on, and undo what it joined."""
        self._connection.execute(
            self._flavour.insert(set_apart)
            .values(identifier_id=number, why=why, detail=detail, since_us=at_us)
            .on_conflict_do_nothing(index_elements=["identifier_id"])
        )
        person = self._persons([number])[number]
        links = [row for row in self._evidence.active(self._numbers([person])) if number in {row.left_id, row.right_id}]
        self.withdraw([row.evidence_id for row in links], by=why, at_us=at_us)
        self.recompute([person])

    def keep_apart(self, left_id: int, right_id: int, *, by: str, at_us: int) -> None:
        """Append the decision that two identifiers are two people; links that come later wait."""
        low, high = min(left_id, right_id), max(left_id, right_id)
        self._evidence.append([(low, high, "apart", 1.0, self._evidence.decision(low, high, by), None, at_us, None)])

    def decided_apart(self, numbers: Sequence[int]) -> set[tuple[int, int]]:
        """Return the pairs (smaller first) that were decided to be two people, by their smaller identifier."""
        return {(row.left_id, row.right_id) for row in self._evidence.active(list(set(numbers)), strengths=("apart",))}

    def suggest(self, said: Sequence[tuple[int, int, float, str]], *, source: str, at_us: int) -> int:
        """Append weak evidence (two identifiers, probability, suggestion) and open a case for each; return how many.

        A pair that was ever said to be alike by the same source, or decided to be apart, is left as it is.
        """
        pairs = {(min(one, other), max(one, other)): (chance, answer) for one, other, chance, answer in said}
        apart = self._evidence.active([low for low, _ in pairs], strengths=("apart",))
        decided = {(row.left_id, row.right_id) for row in apart}
        for part in chunks([low for low, _ in pairs]):
            query = select(evidence.c.left_id, evidence.c.right_id).where(
                evidence.c.left_id.in_(part), evidence.c.strength == "weak", evidence.c.source == source
            )
            decided.update((row.left_id, row.right_id) for row in self._connection.execute(query))
        fresh = [(low, high, *pairs[low, high]) for low, high in pairs if (low, high) not in decided]
        self._evidence.append(
            [(low, high, "weak", chance, source, None, at_us, None) for low, high, chance, _ in fresh]
        )
        rows = []
        for low, high, chance, answer in fresh:
            key = evidence_id(low, high, "weak", source, None, at_us, None)
            detail = json.dumps({"source": source, "probability": round(chance, 6)})
            rows.append((key, low, high, "alike", detail, chance, key, answer, at_us, ""))
        insert_rows(
            self._connection, conflict,
            ("conflict_id", "left_id", "right_id", "reason", "detail", "probability", "evidence_id", "suggestion",
             "opened_at_us", "decision"),
            rows, then="ON CONFLICT (conflict_id) DO NOTHING",
        )  # fmt: skip
        return len(fresh)

    def person_of_evidence(self, evidence_id: bytes) -> int | None:
        """Return the person of an evidence's first identifier; None if there is no such evidence."""
        query = (
            select(identifier.c.person_id)
            .join(evidence, evidence.c.left_id == identifier.c.identifier_id)
            .where(evidence.c.evidence_id == evidence_id)
        )
        return self._connection.execute(query).scalar_one_or_none()

    def evidence_of(self, person_ids: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return everything that was ever said about the identifiers of people, withdrawn or not, oldest first."""
        numbers = self._numbers(person_ids)
        rows: dict[bytes, Mapping[str, Any]] = {}
        for part in chunks(numbers):
            found = self._connection.execute(
                select(evidence).where(or_(evidence.c.left_id.in_(part), evidence.c.right_id.in_(part)))
            ).mappings()
            rows.update((bytes(row["evidence_id"]), dict(row)) for row in found)
        return [rows[key] for key in sorted(rows)]

    def numbers_of(self, person_ids: Sequence[int]) -> list[int]:
        """Return the identifiers of people, ascending."""
        return self._numbers(person_ids)

    def hold_people(self, person_ids: Sequence[int]) -> None:
        """Let no other worker decide about these people until this transaction ends.

        SQLite has one writer at a time anyway. On PostgreSQL the rows are locked in the order of their numbers, so
        that two workers never wait for each other.
        """
        if not self._is_sqlite:
            for part in chunks(sorted(person_ids)):
                self._connection.execute(
                    select(identifier.c.identifier_id)
                    .where(identifier.c.person_id.in_(part))
                    .order_by(identifier.c.identifier_id)
                    .with_for_update()
                )

    def people(self) -> int:
        """Count the people there are; the names of groups are nobody's."""
        named = identifier.c.namespace.not_like(f"{GROUP_CHAT}@%")
        people = select(func.count(identifier.c.person_id.distinct())).where(named)
        return int(self._connection.execute(people).scalar_one())

    # --- inside ---------------------------------------------------------------------------------------------------

    def _keep(
        self, said: Sequence[tuple[tuple[int, int], str, bytes | None, int]], *, by_hand: bool = False
    ) -> Mapping[int, Held]:
        pairs = [pair for pair, *_ in said]
        numbers = sorted({number for pair in pairs for number in pair})
        person_of, members = self._locked(numbers)
        apart = self._evidence.active([low for low, _ in pairs], strengths=("apart",), of_people=list(members))
        person_of = person_of | self._persons([n for row in apart for n in (row.left_id, row.right_id)])
        walls = [
            (row.left_id, row.right_id)
            for row in apart
            if person_of[row.left_id] in members and person_of[row.right_id] in members
        ]
        result = join_links(
            pairs, person_of=person_of, members=members, apart=walls, set_apart=self._set_apart(numbers),
            by_hand=by_hand,
        )  # fmt: skip
        self._evidence.append(
            [
                (low, high, "held" if place in result.held else "strong", 1.0, source, touch_id, at_us, None)
                for place, ((low, high), source, touch_id, at_us) in enumerate(said)
            ]
        )
        if result.person_of:
            self._connection.execute(
                update(identifier)
                .where(identifier.c.person_id == bindparam("from_person"))
                .values(person_id=bindparam("to_person")),
                [{"from_person": old, "to_person": new} for old, new in result.person_of.items()],
            )
        self._open_conflicts(said, result)
        for number in result.shared:
            self.set_apart(number, why="shared", detail="it joined too many people", at_us=said[0][3])
        return result.held

    def _locked(self, numbers: Sequence[int]) -> tuple[dict[int, int], dict[int, list[Named]]]:
        """Return the person of identifiers and the members of those people; nobody else moves them meanwhile."""
        person_of = self._persons(numbers)
        while True:
            members: dict[int, list[Named]] = {person: [] for person in sorted(set(person_of.values()))}
            for number, namespace, person in self._rows_of(list(members)):
                members[person].append(Named(number, namespace))
            again = person_of if self._is_sqlite else self._persons(numbers)
            if again == person_of:
                return person_of, members
            person_of = again  # another process joined one of them before the rows were ours

    def _rows_of(self, people: Sequence[int]) -> Iterator[tuple[int, str, int]]:
        if self._is_sqlite:  # whoever writes is alone there
            yield from select_in(
                self._connection,
                "SELECT identifier_id, namespace, person_id FROM identifier WHERE person_id",
                people,
                "bigint",
            )
            return
        for part in chunks(people):
            query = (
                select(identifier.c.identifier_id, identifier.c.namespace, identifier.c.person_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(identifier.c.identifier_id)
                .with_for_update()
            )
            yield from ((row.identifier_id, row.namespace, row.person_id) for row in self._connection.execute(query))

    def _open_conflicts(self, said: Sequence[tuple[tuple[int, int], str, bytes | None, int]], result: Joining) -> None:
        rows = []
        for place, reason in result.held.items():
            (low, high), source, touch_id, at_us = said[place]
            key = evidence_id(low, high, "held", source, touch_id, at_us, None)
            detail = json.dumps({"source": source, "touch": touch_id.hex() if touch_id else None})
            rows.append((key, low, high, reason.value, detail, 1.0, key, _SUGGESTION[reason], at_us, ""))
        insert_rows(
            self._connection, conflict,
            ("conflict_id", "left_id", "right_id", "reason", "detail", "probability", "evidence_id", "suggestion",
             "opened_at_us", "decision"),
            rows, then="ON CONFLICT (conflict_id) DO NOTHING",
        )  # fmt: skip

    def _settle(self, low: int, high: int, decision: str, at_us: int) -> None:
        self._connection.execute(
            update(conflict)
            .where(conflict.c.left_id == low, conflict.c.right_id == high, conflict.c.settled_at_us.is_(None))
            .values(settled_at_us=at_us, decision=decision)
        )

    def _persons(self, numbers: Sequence[int]) -> dict[int, int]:
        found = select_in(
            self._connection,
            "SELECT identifier_id, person_id FROM identifier WHERE identifier_id",
            list(dict.fromkeys(numbers)),
            "bigint",
        )
        return dict(found)

    def _numbers(self, person_ids: Sequence[int]) -> list[int]:
        found: list[int] = []
        for part in chunks(list(dict.fromkeys(person_ids))):
            query = select(identifier.c.identifier_id).where(identifier.c.person_id.in_(part))
            found += self._connection.execute(query).scalars()
        return sorted(found)

    def _set_apart(self, numbers: Sequence[int]) -> set[int]:
        if self._connection.execute(select(set_apart.c.identifier_id).limit(1)).first() is None:
            return set()
        rows = select_in(self._connection, "SELECT identifier_id FROM set_apart WHERE identifier_id", numbers, "bigint")
        return {number for (number,) in rows}
