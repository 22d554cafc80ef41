"""Relations in SQL. Callbacks come late and out of order: the latest moment decides whether a relation holds."""

from collections.abc import Sequence

from sqlalchemy import Connection, case, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.people.relation import Relation
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.people import identifier, relation


class SqlRelations:
    """Who is connected to which account and staff. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def say(self, relations: Sequence[Relation]) -> None:
        """Begin or end relations; what was said about an earlier moment does not overrule a later one."""
        if not relations:
            return
        statement = self._flavour.insert(relation)
        new = statement.excluded
        held_at = case((relation.c.until_us.is_(None), relation.c.since_us), else_=relation.c.until_us)
        ends = new.until_us.is_not(None)
        newer = new.since_us >= held_at
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["identifier_id", "channel", "account", "staff"],
                set_={
                    "since_us": case((newer & ~ends, new.since_us), else_=relation.c.since_us),
                    "until_us": case((newer, new.until_us), else_=relation.c.until_us),
                    "source_code": case((newer & ~ends, new.source_code), else_=relation.c.source_code),
                },
            ),
            [
                {
                    "identifier_id": one.identifier_id,
                    "channel": one.channel,
                    "account": one.account,
                    "staff": one.staff,
                    "since_us": one.since_us,
                    "until_us": one.until_us,
                    "source_code": one.source_code,
                }
                for one in relations
            ],
        )

    def standing(self, person_ids: Sequence[int]) -> dict[int, list[Relation]]:
        """Return the relations of each person that hold, the newest first."""
        ever = self.ever(person_ids)
        holding = {person: [one for one in found if one.until_us is None] for person, found in ever.items()}
        return {person: found for person, found in holding.items() if found}

    def ever(self, person_ids: Sequence[int]) -> dict[int, list[Relation]]:
        """Return every relation of each person, also those that ended, the newest first."""
        found: dict[int, list[Relation]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(
                    identifier.c.person_id,
                    relation.c.identifier_id,
                    relation.c.channel,
                    relation.c.account,
                    relation.c.staff,
                    relation.c.since_us,
                    relation.c.until_us,
                    relation.c.source_code,
                )
                .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(relation.c.since_us.desc(), relation.c.staff)
            )
            for person, *said in rows:
                found.setdefault(person, []).append(Relation(*said))
        return found
