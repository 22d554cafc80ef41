"""More tables of people: segments and who is in them, tags, the portrait, conflicts, and requests for rights."""

from sqlalchemy import Column, Float, Integer, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

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

#: Requests of people for their rights (PIPL articles 44 to 50), with deadlines. Outlives an erasure: no person in it.
rights_request = Table(
    "rights_request",
    metadata,
    Column("request_id", Key, primary_key=True),
    Column("kind", String(16), nullable=False, comment="export, correct, erase, withdraw, explain"),
    Column("subject", LargeBinary(16), nullable=False, index=True, comment="keyed hash of the identifier that asked"),
    Column("opened_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("done_at_us", Us),
    Column("proof", Text, nullable=False, comment="JSON: what was done, counted; a digest of what was handed over"),
    Column("identifiers", Integer, nullable=False),
)
