"""The identity log in SQL: identifiers, evidence, and the person each identifier belongs to."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.kernel.ids import time_ordered_id
from siyu.people.ports import Known, Link
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.people import evidence, identifier


class SqlIdentityStore:
    """A ``people.ports.IdentityStore``. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"

    def lookup(self, keys: Sequence[bytes]) -> Mapping[bytes, Known]:
        """Return those of ``keys`` that are known."""
        rows = select_in(
            self._connection, "SELECT key, identifier_id, person_id FROM identifier WHERE key", keys, "bytea"
        )
        return {bytes(key): Known(number, person) for key, number, person in rows}

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
        """Append strong evidence and join the people it connects; the smallest number stays."""
        known = self.lookup(list({key for link in links for key in (link.left, link.right)}))
        flavour = sqlite if self._is_sqlite else postgresql
        self._connection.execute(
            flavour.insert(evidence).on_conflict_do_nothing(index_elements=["evidence_id"]),
            [_evidence_row(link, known) for link in links],
        )
        roots: dict[int, int] = {}
        for link in links:
            left, right = _root(roots, known[link.left].person_id), _root(roots, known[link.right].person_id)
            roots[max(left, right)] = min(left, right)
        moves = [
            {"from_person": person, "to_person": _root(roots, person)}
            for person in roots
            if _root(roots, person) != person
        ]
        if moves:
            self._connection.execute(
                update(identifier)
                .where(identifier.c.person_id == bindparam("from_person"))
                .values(person_id=bindparam("to_person")),
                moves,
            )

    def people(self) -> int:
        """Count the people there are."""
        return int(self._connection.execute(select(func.count(identifier.c.person_id.distinct()))).scalar_one())


def _evidence_row(link: Link, known: Mapping[bytes, Known]) -> dict[str, object]:
    left, right = known[link.left].identifier_id, known[link.right].identifier_id
    return {
        "evidence_id": time_ordered_id(link.said_at_us, "touch", str(left), str(right), link.touch_id.hex()),
        "left_id": left,
        "right_id": right,
        "strength": "strong",
        "probability": 1.0,
        "source": "touch",
        "touch_id": link.touch_id,
        "said_at_us": link.said_at_us,
        "withdraws": None,
    }


def _root(roots: dict[int, int], person: int) -> int:
    while roots.get(person, person) != person:
        person = roots[person]
    return person
