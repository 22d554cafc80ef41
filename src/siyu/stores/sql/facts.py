"""Facts in SQL: what campaigns read of everybody, put together from rhythms, counters and relations."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, func, select

from siyu.campaigns.facts import Facts
from siyu.kernel.arrays import Float64, Int64
from siyu.stores.sql.bulk import select_in, select_numbers
from siyu.stores.sql.schema.measurement import rhythm
from siyu.stores.sql.schema.people import identifier, profile, relation


class SqlFacts:
    """One row per person who ever did anything. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Facts:
        """Return everybody's facts, by ascending person."""
        counted = self._counted()
        person = counted[:, 0].astype(np.int64)
        measured, related = self._measured(), self._related()
        days, last, gap = (_put(person, measured[:, 0], measured[:, column]) for column in (1, 2, 3))
        since = _put(person, related[:, 0], related[:, 1])
        orders, paid = counted[:, 1], counted[:, 2]
        # a moment in microseconds is below 2^53 until the year 2255, so it survives the trip through a float
        return Facts(
            person=person,
            purchase_days=days.astype(np.int64),
            last_at_us=last.astype(np.int64),
            median_gap_days=gap,
            average_order_minor=paid / np.maximum(orders, 1),
            contact_since_us=since.astype(np.int64),
            orders=orders.astype(np.int64),
            paid_minor=paid.astype(np.int64),
            first_order_at_us=counted[:, 3].astype(np.int64),
            last_seen_us=counted[:, 4].astype(np.int64),
            messages_out=counted[:, 5].astype(np.int64),
            complaints_open=counted[:, 6].astype(np.int64),
        )

    def median_gap_days(self, person_ids: Sequence[int]) -> dict[int, float]:
        """Return the gap between purchases of those people of whom it was measured."""
        text = "SELECT person_id, median_gap_days FROM rhythm WHERE person_id"
        return dict(select_in(self._connection, text, person_ids, "bigint"))

    def _counted(self) -> Float64:
        return select_numbers(
            self._connection,
            select(
                identifier.c.person_id,
                func.sum(profile.c.orders),
                func.sum(profile.c.paid_minor),
                func.coalesce(func.min(profile.c.first_order_at_us), 0),
                func.max(profile.c.last_at_us),
                func.sum(profile.c.messages_out),
                func.sum(profile.c.complaints_open),
            )
            .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
            .group_by(identifier.c.person_id)
            .order_by(identifier.c.person_id),
        )

    def _measured(self) -> Float64:
        return select_numbers(
            self._connection,
            select(rhythm.c.person_id, rhythm.c.purchase_days, rhythm.c.last_at_us, rhythm.c.median_gap_days),
        )

    def _related(self) -> Float64:
        return select_numbers(
            self._connection,
            select(identifier.c.person_id, func.min(relation.c.since_us))
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(relation.c.until_us.is_(None))
            .group_by(identifier.c.person_id),
        )


def _put(person: Int64, whose: Float64, values: Float64) -> Float64:
    """Put values beside the people they are of; zero where there is none."""
    found = np.zeros(person.size)
    if person.size:
        place = np.minimum(np.searchsorted(person, whose.astype(np.int64)), person.size - 1)
        known = person[place] == whose
        found[place[known]] = values[known]
    return found
