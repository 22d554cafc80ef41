"""Tables of communities: what was asked and answered, settled so that it is found again."""

from sqlalchemy import Column, String, Table, Text

from siyu.stores.sql.schema.base import Key, Us, metadata

#: Settled knowledge (内容沉淀). Holds nothing that says who somebody is, so it outlives an erasure.
knowledge = Table(
    "knowledge",
    metadata,
    Column("entry_id", Key, primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("topic", String(128), nullable=False),
    Column("source", String(256), nullable=False),
    Column("said_at_us", Us, nullable=False),
)
