"""The outbox says what is left to do with a message, and no index holds what a claim changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATES = "ready, claimed, awaiting, sent, failed, unknown, cancelled"
_PAUSED = "*, channel, channel/account, play:name, staff:name"


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "message",
        sa.Column(
            "todo",
            sa.SmallInteger(),
            nullable=True,
            comment="1: hand it over, 2: ask what became of it; empty at its end",
        ),
    )
    op.execute("UPDATE message SET todo = 1 WHERE state IN ('ready', 'claimed')")
    op.execute("UPDATE message SET todo = 2 WHERE state IN ('awaiting', 'unknown')")
    op.drop_index("ix_message_due", table_name="message")
    op.drop_index("ix_message_person", table_name="message")
    op.create_index("ix_message_person", "message", ["identifier_id", "deadline_us"], unique=False)
    op.create_index(
        "ix_message_todo",
        "message",
        ["todo", "channel", "deadline_us"],
        unique=False,
        sqlite_where=sa.text("todo IS NOT NULL"),
        postgresql_where=sa.text("todo IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # room in each page for the claimed rows: a claim then writes no index and a quarter of the log
        op.execute("ALTER TABLE message SET (fillfactor = 50)")
        _describe(f"{_STATES}, given_up", f"{_PAUSED}, code:name")


def downgrade() -> None:
    """Go back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE message RESET (fillfactor)")
        _describe(_STATES, _PAUSED)
    op.drop_index("ix_message_todo", table_name="message")
    op.drop_index("ix_message_person", table_name="message")
    op.create_index("ix_message_person", "message", ["identifier_id", "due_at_us"], unique=False)
    op.create_index("ix_message_due", "message", ["state", "channel", "due_at_us"], unique=False)
    op.drop_column("message", "todo")


def _describe(states: str, paused: str) -> None:
    op.execute(f"COMMENT ON COLUMN message.state IS '{states}'")
    op.execute(f"COMMENT ON COLUMN pause.what IS '{paused}'")
