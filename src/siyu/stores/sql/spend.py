"""Ad spend in SQL: one row per day and place."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.spend import spend


@dataclass(frozen=True, slots=True)
class Spend:
    """What one place cost on one day.

    Attributes:
        day_us: The first microsecond of the day on the brand's clock.
        source_code: The code that touches through it carry.
        impressions, clicks, leads: As the platform counted; None if it did not say.
    """

    day_us: int
    channel: str
    account: str
    campaign: str
    ad: str
    source_code: str
    cost_minor: int
    currency: str
    impressions: int | None = None
    clicks: int | None = None
    leads: int | None = None

    @property
    def spend_id(self) -> bytes:
        """Derived from day and place."""
        place = (self.channel, self.account, self.campaign, self.ad, self.source_code, self.currency)
        return time_ordered_id(self.day_us, *place)


_COLUMNS = (
    "day_us", "channel", "account", "campaign", "ad", "source_code", "cost_minor", "currency", "impressions",
    "clicks", "leads",
)  # fmt: skip
_RESTATED = ("cost_minor", "impressions", "clicks", "leads", "known_at_us")


class SqlSpend:
    """What was spent. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[Spend], known_at_us: int) -> int:
        """Keep rows; those of a day and place that is there replace it. Return how many were new."""
        known = "SELECT spend_id FROM spend WHERE spend_id"
        ids = list({one.spend_id for one in rows})
        there = len(list(select_in(self._connection, known, ids, "bytea")))
        last = {one.spend_id: one for one in rows}
        insert_rows(
            self._connection,
            spend,
            ("spend_id", *_COLUMNS, "known_at_us"),
            [(key, *(getattr(one, name) for name in _COLUMNS), known_at_us) for key, one in last.items()],
            then="ON CONFLICT (spend_id) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in _RESTATED),
        )
        return len(last) - there

    def between(self, start_us: int, end_us: int) -> list[Spend]:
        """Return what was spent from ``start_us`` up to, and without, ``end_us``."""
        rows = self._connection.execute(
            select(*(spend.c[name] for name in _COLUMNS))
            .where(spend.c.day_us >= start_us, spend.c.day_us < end_us)
            .order_by(spend.c.spend_id)
        )
        return [Spend(*row) for row in rows]
