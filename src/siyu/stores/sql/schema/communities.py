"""Tables of communities: groups, and what was asked and answered, settled so that it is found again."""

from sqlalchemy import Column, String, Table, Text

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

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

#: Customer groups (客户群) that messages may go to; the group's own name is in the vault.
customer_group = Table(
    "customer_group",
    metadata,
    Column(
        "group_id", Serial, primary_key=True, autoincrement=False, comment="the number of its name: nobody among people"
    ),
    Column("channel", String(64), nullable=False),
    Column("account", String(512), nullable=False),
    Column("owner", String(512), nullable=False, comment="the staff member whose group it is, and who confirms"),
    Column("read_at_us", Us, nullable=False, comment="when it was last seen there"),
)
