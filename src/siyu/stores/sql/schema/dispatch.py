"""Tables of dispatch: the outbox. One row is one message to one person, once."""

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

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
        comment="ready, claimed, awaiting, sent, failed, unknown, cancelled, given_up",
    ),
    Column("todo", SmallInteger, comment="1: hand it over, 2: ask what became of it; empty at its end"),
    Column("attempts", Integer, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("deadline_us", Us, nullable=False),
    Column("claimed_at_us", Us),
    Column("task", String(512), nullable=False, comment="the platform's own id of the send"),
    Column("settled_at_us", Us),
    Column("detail", Text, nullable=False),
)
# No index holds what a claim changes: it rewrites rows in place (on PostgreSQL within their pages, see the migration).
# A message goes before its deadline, so that what went to a person lately is found by the deadline too.
Index(
    "ix_message_todo",
    message.c.todo,
    message.c.channel,
    message.c.deadline_us,
    sqlite_where=message.c.todo.is_not(None),
    postgresql_where=message.c.todo.is_not(None),
)
Index("ix_message_person", message.c.identifier_id, message.c.deadline_us)

#: What is paused, by hand or by the brake.
pause = Table(
    "pause",
    metadata,
    Column(
        "what", String(600), primary_key=True, comment="*, channel, channel/account, play:name, staff:name, code:name"
    ),
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
