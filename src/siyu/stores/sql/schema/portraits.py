"""Tables of what is known about people: segments and who is in them, tags, and the portrait through time."""

from sqlalchemy import Column, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Serial, Us, metadata

#: Segments (人群) that are kept up to date.
segment = Table(
    "segment",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("title", String(256), nullable=False),
    Column("text", Text, nullable=False, comment="as it was written"),
    Column("made_at_us", Us, nullable=False),
    Column("refreshed_at_us", Us),
    Column("marks", LargeBinary, nullable=False, comment="JSON: bucket to what it held at the last refresh"),
)

#: Who is in a segment, and since when; the person's smallest identifier then.
segment_member = Table(
    "segment_member",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("person_id", Serial, primary_key=True, autoincrement=False),
    Column("since_us", Us, nullable=False),
)

#: Tags with their source and expiry. They hang on identifiers and follow them through merge and split.
tag = Table(
    "tag",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("name", String(128), primary_key=True),
    Column("source", String(128), primary_key=True),
    Column("since_us", Us, nullable=False),
    Column("until_us", Us, comment="when it expires or was taken off; empty: it holds"),
)

#: The portrait through time: what we knew about an identifier, and from when. Nothing personal in clear.
portrait = Table(
    "portrait",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("field", String(64), primary_key=True, comment="city, province, gender, age_band, language …"),
    Column("known_at_us", Us, primary_key=True, autoincrement=False),
    Column("value", String(256), nullable=False),
    Column("source", String(128), nullable=False),
)
