"""The consent ledger in SQL. Append-only: no row is ever changed or removed but by an erasure."""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.kernel.ids import ID_BYTES, time_ordered_id
from siyu.people.consent import ConsentRecord
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.people import consent, identifier


class SqlConsents:
    """The ledger of every identifier. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def append(self, records: Sequence[ConsentRecord]) -> None:
        """Keep each record once."""
        if records:
            self._connection.execute(
                self._flavour.insert(consent).on_conflict_do_nothing(index_elements=["consent_id"]),
                [
                    {
                        "consent_id": time_ordered_id(
                            one.decided_at_us,
                            str(one.identifier_id),
                            one.purpose,
                            one.channel,
                            str(one.granted),
                            one.proof,
                        ),
                        "identifier_id": one.identifier_id,
                        "purpose": one.purpose,
                        "channel": one.channel,
                        "granted": int(one.granted),
                        "text_version": one.text_version,
                        "proof": one.proof,
                        "decided_at_us": one.decided_at_us,
                    }
                    for one in records
                ],
            )

    def of_people(self, person_ids: Sequence[int]) -> dict[int, list[ConsentRecord]]:
        """Return every record of each person, oldest first."""
        found: dict[int, list[ConsentRecord]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, consent)
                .join(consent, consent.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(consent.c.consent_id)
            ).mappings()
            for row in rows:
                found.setdefault(row["person_id"], []).append(
                    ConsentRecord(
                        row["identifier_id"],
                        row["purpose"],
                        row["channel"],
                        bool(row["granted"]),
                        row["text_version"],
                        row["proof"],
                        row["decided_at_us"],
                    )
                )
        return found

    def withdrew(self, *, since_us: int) -> set[int]:
        """Return every identifier of people who took a consent back since then."""
        same = identifier.alias()
        rows = self._connection.execute(
            select(same.c.identifier_id)
            .distinct()
            .select_from(consent)
            .join(identifier, identifier.c.identifier_id == consent.c.identifier_id)
            .join(same, same.c.person_id == identifier.c.person_id)
            # a record's id begins with the moment it names
            .where(consent.c.consent_id >= since_us.to_bytes(ID_BYTES // 2, "big"), consent.c.granted == 0)
        )
        return set(rows.scalars())
