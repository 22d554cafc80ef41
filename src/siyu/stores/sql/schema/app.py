"""Tables of the app itself: keys, tokens, and how far the lake has come."""

from sqlalchemy import Column, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Serial, Us, metadata

#: Keys of the HTTP doors, stored as hashes.
api_key = Table(
    "api_key",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("scope", String(32), nullable=False),
    Column("label", String(128), nullable=False),
    Column("made_at_us", Us, nullable=False),
    Column("revoked_at_us", Us),
)

#: Small facts with one value each: the console's password hash, a paused outbox, the last tick.
setting = Table(
    "setting",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Each flush to the lake, so that a crash between the two stores can be mended by looking it up.
flush = Table(
    "flush",
    metadata,
    Column("batch", Serial, primary_key=True, autoincrement=False),
    Column("from_seq", Serial, nullable=False),
    Column("to_seq", Serial, nullable=False),
    Column("planned_at_us", Us, nullable=False),
    Column("done_at_us", Us),
)

#: Access tokens of platforms, encrypted, shared by all processes. A row is leased to the process that fetches it.
token = Table(
    "token",
    metadata,
    Column("name", String(512), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False, comment="empty before the first fetch"),
    Column("ends_at_us", Us, nullable=False),
    Column("leased_until_us", Us, nullable=False, comment="on the machine's clock; 0: nobody is fetching"),
)

#: Accounts that the brand connected, with their secrets encrypted.
channel_account = Table(
    "channel_account",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("account", String(512), primary_key=True),
    Column("base_url", String(512), nullable=False),
    Column("secrets", LargeBinary, nullable=False, comment="JSON, encrypted by the master key"),
    Column("connected_at_us", Us, nullable=False),
)
