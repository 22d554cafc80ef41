"""Tables that measurement publishes and campaigns read: the loop closes through data, never through an import."""

from sqlalchemy import Column, Float, Integer, Table

from siyu.stores.sql.schema.base import Serial, Us, metadata

#: Each buyer's own rhythm of purchase.
rhythm = Table(
    "rhythm",
    metadata,
    Column("person_id", Serial, primary_key=True, autoincrement=False),
    Column("purchase_days", Integer, nullable=False),
    Column("last_at_us", Us, nullable=False),
    Column("median_gap_days", Float, nullable=False, comment="0 with fewer than two purchase days"),
    Column("measured_at_us", Us, nullable=False),
)
