"""Tables of people. Evidence hangs on identifiers; a person is the view that joins them.

Every ledger row names the *identifier* through which it came. The person of an identifier is
``identifier.person_id``: the smallest ``identifier_id`` of its connected component. A merge or a split
changes that one column, and every ledger follows its evidence.
"""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Key, Minor, Serial, Us, metadata

identifier = Table(
    "identifier",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=True),
    Column("key", Key, nullable=False, unique=True, comment="keyed hash of namespace and value"),
    Column("namespace", String(128), nullable=False),
    Column("person_id", Serial, nullable=False, index=True),
    Column("first_seen_at_us", Us, nullable=False),
)

#: Who said that two identifiers are one person. Append-only: a withdrawal is a row of its own.
evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", Key, primary_key=True),
    Column("left_id", Serial, nullable=False, index=True),
    Column("right_id", Serial, nullable=False, index=True),
    Column("strength", String(16), nullable=False, comment="strong, weak, held, or apart: they are two people"),
    Column("probability", Float, nullable=False),
    Column("source", String(128), nullable=False, comment="touch, import, person (a decision by hand)"),
    Column("touch_id", Key),
    Column("said_at_us", Us, nullable=False),
    Column("withdraws", Key, index=True, comment="the evidence that this row takes back"),
)

#: One data key per identifier, itself encrypted by the master key. Erasing destroys it.
vault_key = Table(
    "vault_key",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master", String(32), nullable=False, comment="which master key wrapped it"),
)

vault = Table(
    "vault",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("field", String(64), primary_key=True, comment="identifier, name, phone, address …"),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("source", String(128), nullable=False),
    Column("known_at_us", Us, nullable=False),
)

#: Consent ledger (授权台账). Append-only.
consent = Table(
    "consent",
    metadata,
    Column("consent_id", Key, primary_key=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("purpose", String(64), nullable=False),
    Column("channel", String(64), nullable=False, comment="empty: every channel"),
    Column("granted", Integer, nullable=False),
    Column("text_version", String(128), nullable=False),
    Column("proof", Text, nullable=False),
    Column("decided_at_us", Us, nullable=False),
)

#: Which of our accounts and staff a person is connected to, per identifier.
relation = Table(
    "relation",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("channel", String(64), primary_key=True),
    Column("account", String(512), primary_key=True),
    Column("staff", String(512), primary_key=True),
    Column("since_us", Us, nullable=False),
    Column("until_us", Us, comment="when it ended; empty while it holds"),
    Column("source_code", String(512), nullable=False),
)

#: When somebody last wrote to us on a channel; platforms open their reply windows by it.
last_word = Table(
    "last_word",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("channel", String(64), primary_key=True),
    Column("at_us", Us, nullable=False),
)

#: Additive counters per identifier; a person's profile is their sum.
profile = Table(
    "profile",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("touches", Integer, nullable=False),
    Column("messages_in", Integer, nullable=False),
    Column("messages_out", Integer, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("paid_minor", Minor, nullable=False),
    Column("refunded_minor", Minor, nullable=False),
    Column("complaints_open", Integer, nullable=False),
    Column("first_at_us", Us, nullable=False),
    Column("last_at_us", Us, nullable=False),
    Column("first_order_at_us", Us, comment="empty without an order"),
    Column("last_order_at_us", Us),
)

#: Figures per person that measurement publishes and campaigns read: data, never an import.
score = Table(
    "score",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("person_id", Serial, primary_key=True, autoincrement=False),
    Column("value", Float, nullable=False),
    Column("scored_at_us", Us, nullable=False),
)

Index("ix_relation_staff", relation.c.channel, relation.c.account, relation.c.staff)
