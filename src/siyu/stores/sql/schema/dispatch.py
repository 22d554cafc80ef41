"""Tables of dispatch: the outbox. One row is one message to one person, once."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

message = Table(
    "message",
    metadata,
    Column("message_id", Key, primary_key=True, comment="derived from its proposal: a retry is the same id"),
    Column("proposal_id", Key, nullable=False),
    Column("play", String(128), nullable=False),
    Column("identifier_id", Serial, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("account", String(512), nullable=False),
    Column("staff", String(512), nullable=False),
    Column("action", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column(
        "state",
        String(16),
        nullable=False,
        comment="ready, claimed, awaiting, sent, failed, unknown, cancelled",
    ),
    Column("attempts", Integer, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("deadline_us", Us, nullable=False),
    Column("claimed_at_us", Us),
    Column("task", String(512), nullable=False, comment="the platform's own id of the send"),
    Column("settled_at_us", Us),
    Column("detail", Text, nullable=False),
)
Index("ix_message_due", message.c.state, message.c.channel, message.c.due_at_us)
Index("ix_message_person", message.c.identifier_id, message.c.due_at_us)

#: What is paused, by hand or by the brake.
pause = Table(
    "pause",
    metadata,
    Column("what", String(600), primary_key=True, comment="*, channel, channel/account, play:name, staff:name"),
    Column("reason", Text, nullable=False),
    Column("since_us", Us, nullable=False),
)

#: When staff were reminded of a task.
reminder = Table(
    "reminder",
    metadata,
    Column("task", String(512), primary_key=True),
    Column("at_us", Us, primary_key=True, autoincrement=False),
)
