"""Tables of who is who where no rule may decide alone: conflicts, and identifiers that join nobody."""

from sqlalchemy import Column, Float, String, Table, Text

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

#: Cases that no rule may decide alone: they wait for a person.
conflict = Table(
    "conflict",
    metadata,
    Column("conflict_id", Key, primary_key=True),
    Column("left_id", Serial, nullable=False, index=True),
    Column("right_id", Serial, nullable=False, index=True),
    Column("reason", String(64), nullable=False, comment="two_ids, shared, too_large, alike"),
    Column("detail", Text, nullable=False, comment="in words, nothing personal"),
    Column("probability", Float, nullable=False),
    Column("evidence_id", Key, comment="the evidence that is held"),
    Column("suggestion", String(16), nullable=False, comment="merge, apart, look"),
    Column("opened_at_us", Us, nullable=False),
    Column("settled_at_us", Us),
    Column("decision", String(16), nullable=False, comment="merge, apart; empty while it waits"),
)

#: Identifiers whose evidence does not join: shared by too many, staff, tests.
set_apart = Table(
    "set_apart",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("why", String(32), nullable=False, comment="shared, staff, test"),
    Column("detail", Text, nullable=False),
    Column("since_us", Us, nullable=False),
)
