"""Tables of touchpoints: what was taken in, what is on its way to the lake, what was set aside."""

from sqlalchemy import Column, Integer, LargeBinary, SmallInteger, String, Table, Text

from siyu.stores.sql.schema.base import Key, Minor, Serial, Us, metadata

#: Every touch ever taken in, by its id: the same event twice counts once, also after it went to the lake.
touch_id = Table(
    "touch_id",
    metadata,
    Column("touch_id", Key, primary_key=True),
    sqlite_with_rowid=False,
)

#: Recent touches, in the order they came, until a flush has moved them to the lake.
touch = Table(
    "touch",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("touch_id", Key, nullable=False),
    # without an index: it would be changed all over by every batch, and cost more than all the rest of the row;
    # the few who ask for one person's recent touches read through this table, which a flush keeps short
    Column("identifier_id", Serial, nullable=False, comment="0: an account event, nobody in it"),
    Column("channel", String(64), nullable=False),
    Column("account", String(512), nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("happened_at_us", Us, nullable=False),
    Column("received_at_us", Us, nullable=False),
    Column("scene", String(512), nullable=False),
    Column("source_code", String(512), nullable=False),
    Column("content_id", String(512), nullable=False),
    Column("staff", String(512), nullable=False),
    Column("about", String(512), nullable=False),
    Column("value_minor", Minor, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("properties", LargeBinary, nullable=False, comment="JSON object, nothing personal in it"),
    sqlite_autoincrement=True,
)

#: Rows that could not be understood, kept as they came, to be looked at and replayed.
quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", Key, primary_key=True),
    Column("source", String(512), nullable=False, index=True, comment="file name or HTTP route"),
    Column("line", Integer, nullable=False, comment="1 is the first data row; position in the batch for HTTP"),
    Column("heading", String(64), nullable=False, comment="what kind of fault, to count by"),
    Column(
        "reason",
        LargeBinary,
        nullable=False,
        server_default="",
        comment="what is wrong in words, encrypted: it may quote the row; empty: not kept",
    ),
    Column("raw", LargeBinary, nullable=False, comment="JSON of the row, encrypted: it may be personal"),
    Column("mapping", Text, nullable=False, comment="JSON: how it was read, so that it can be read again"),
    Column("set_aside_at_us", Us, nullable=False),
    Column("replayed_at_us", Us),
)
