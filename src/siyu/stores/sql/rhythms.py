"""Rhythms in SQL: measurement publishes them, campaigns read them."""

import numpy as np
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.campaigns.rhythms import Rhythms
from siyu.measurement.models import rhythm as measured
from siyu.stores.sql.schema.measurement import rhythm
from siyu.stores.sql.schema.people import identifier, profile


class SqlRhythms:
    """One row per buyer. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def publish(self, rhythms: measured.Rhythms, *, at_us: int) -> None:
        """Replace every row: a person who was merged into another has no rhythm of their own any more."""
        self._connection.execute(delete(rhythm).where(rhythm.c.measured_at_us <= at_us))
        if not len(rhythms):
            return
        statement = self._flavour.insert(rhythm)
        names = ("purchase_days", "last_at_us", "median_gap_days", "measured_at_us")
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["person_id"], set_={name: statement.excluded[name] for name in names}
            ),
            [
                {
                    "person_id": person,
                    "purchase_days": days,
                    "last_at_us": last,
                    "median_gap_days": gap if days > 1 else 0.0,
                    "measured_at_us": at_us,
                }
                for person, days, last, gap in zip(
                    rhythms.person.tolist(),
                    rhythms.purchase_days.tolist(),
                    rhythms.last_at_us.tolist(),
                    rhythms.median_gap_days.tolist(),
                    strict=True,
                )
            ],
        )

    def all(self) -> Rhythms:
        """Return every buyer's rhythm and average order, by ascending person."""
        paid = (
            select(
                identifier.c.person_id,
                (func.sum(profile.c.paid_minor) * 1.0 / func.max(1, func.sum(profile.c.orders))).label("average")
                if self._connection.dialect.name == "sqlite"
                else (func.sum(profile.c.paid_minor) * 1.0 / func.greatest(1, func.sum(profile.c.orders))).label(
                    "average"
                ),
            )
            .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
            .group_by(identifier.c.person_id)
            .subquery()
        )
        rows = self._connection.execute(
            select(
                rhythm.c.person_id,
                rhythm.c.purchase_days,
                rhythm.c.last_at_us,
                rhythm.c.median_gap_days,
                func.coalesce(paid.c.average, 0.0),
            )
            .outerjoin(paid, paid.c.person_id == rhythm.c.person_id)
            .order_by(rhythm.c.person_id)
        ).all()
        table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 5)
        # a moment in microseconds is below 2^53 until the year 2255, so it survives the trip through a float
        whole = table[:, :3].astype(np.int64)
        return Rhythms(whole[:, 0], whole[:, 1], whole[:, 2], table[:, 3].copy(), table[:, 4].copy())
