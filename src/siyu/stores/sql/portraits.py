"""What the portrait says that the guard must know."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.people_more import portrait

#: The portrait's field and value for somebody younger than fourteen.
AGE_BAND, UNDER_14 = "age_band", "under_14"


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
