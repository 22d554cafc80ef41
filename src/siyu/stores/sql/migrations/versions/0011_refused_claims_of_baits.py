"""Claims of baits that were refused or doubtful."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "bait_refusal",
        sa.Column("refusal_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("bait", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False, comment="had_it, doubtful, not_offered, none_left"),
        sa.Column(
            "state", sa.String(length=16), nullable=False,
            comment="refused, doubtful; given or denied once it was looked at",
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_bait_refusal")),
    )  # fmt: skip
    op.create_index(op.f("ix_bait_refusal_bait"), "bait_refusal", ["bait"])
    op.create_index(op.f("ix_bait_refusal_identifier_id"), "bait_refusal", ["identifier_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_bait_refusal_identifier_id"), table_name="bait_refusal")
    op.drop_index(op.f("ix_bait_refusal_bait"), table_name="bait_refusal")
    op.drop_table("bait_refusal")
