"""Rhythms in SQL: measurement publishes them, campaigns read them."""

from typing import Final

import numpy as np
from sqlalchemy import Connection, delete, func, select

from siyu.campaigns.rhythms import Rhythms
from siyu.measurement.models import rhythm as measured
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows, select_numbers
from siyu.stores.sql.schema.measurement import rhythm
from siyu.stores.sql.schema.people import identifier, profile

_SAID: Final = (rhythm.c.person_id, rhythm.c.purchase_days, rhythm.c.last_at_us, rhythm.c.median_gap_days)
_INSTEAD: Final = "ON CONFLICT (person_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in ("purchase_days", "last_at_us", "median_gap_days", "measured_at_us")
)


class SqlRhythms:
    """One row per buyer. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def publish(self, rhythms: measured.Rhythms, *, at_us: int) -> None:
        """Make the table say this and nothing else; a row that says it already is left alone.

        A person who was merged into another has no rhythm of their own any more.
        """
        gap = np.where(rhythms.purchase_days > 1, rhythms.median_gap_days, 0.0)
        new = np.column_stack([rhythms.person, rhythms.purchase_days, rhythms.last_at_us, gap]).astype(np.float64)
        old = select_numbers(self._connection, select(*_SAID).order_by(rhythm.c.person_id))
        gone = np.setdiff1d(old[:, 0], new[:, 0]).astype(np.int64).tolist()
        for part in chunks(gone):
            self._connection.execute(delete(rhythm).where(rhythm.c.person_id.in_(part)))
        place = np.searchsorted(old[:, 0], new[:, 0])
        same = place < len(old)
        same[same] = (old[place[same]] == new[same]).all(axis=1)
        rows = [
            (person, days, last, gap_days, at_us)
            for (person, days, last), gap_days in zip(
                new[~same, :3].astype(np.int64).tolist(), gap[~same].tolist(), strict=True
            )
        ]
        insert_rows(self._connection, rhythm, (*(one.name for one in _SAID), "measured_at_us"), rows, then=_INSTEAD)

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
        table = select_numbers(
            self._connection,
            select(*_SAID, func.coalesce(paid.c.average, 0.0))
            .outerjoin(paid, paid.c.person_id == rhythm.c.person_id)
            .order_by(rhythm.c.person_id),
        )
        # a moment in microseconds is below 2^53 until the year 2255, so it survives the trip through a float
        whole = table[:, :3].astype(np.int64)
        return Rhythms(whole[:, 0], whole[:, 1], whole[:, 2], table[:, 3].copy(), table[:, 4].copy())
