"""Comment leads know where they stand and who carries the answer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("comment_lead") as batch_op:
        batch_op.add_column(
            sa.Column(
                "account", sa.String(length=512), server_default="", nullable=False,
                comment="the brand's own account it stands under",
            )
        )  # fmt: skip
        batch_op.add_column(
            sa.Column(
                "reply_to", sa.String(length=512), server_default="", nullable=False,
                comment="the platform's own ids of it; empty: unknown",
            )
        )  # fmt: skip
        batch_op.add_column(
            sa.Column(
                "reply_id", sa.LargeBinary(length=16), nullable=True,
                comment="the proposal that answers it through the outbox; empty: none, or by hand",
            )
        )  # fmt: skip
        batch_op.add_column(
            sa.Column(
                "promised", sa.String(length=512), server_default="", nullable=False,
                comment="what the answer promises, once it is out",
            )
        )  # fmt: skip
    op.create_index("ix_comment_lead_reply", "comment_lead", ["reply_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_comment_lead_reply", "comment_lead")
    with op.batch_alter_table("comment_lead") as batch_op:
        batch_op.drop_column("promised")
        batch_op.drop_column("reply_id")
        batch_op.drop_column("reply_to")
        batch_op.drop_column("account")
