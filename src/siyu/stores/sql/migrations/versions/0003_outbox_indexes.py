"""The outbox keeps one index less: messages of a person are found by person and time."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.drop_index(op.f("ix_message_identifier_id"), table_name="message")


def downgrade() -> None:
    """Go back."""
    op.create_index(op.f("ix_message_identifier_id"), "message", ["identifier_id"], unique=False)
