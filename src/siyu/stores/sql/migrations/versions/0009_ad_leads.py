"""Leads of ad platforms, and what the platforms were told of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "ad_lead",
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("lead_no", sa.String(length=128), nullable=False, comment="the platform's own id of the lead"),
        sa.Column("left_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "told", sa.String(length=16), nullable=False,
            comment="the furthest step that was proposed: empty, added, bought",
        ),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_ad_lead")),
    )  # fmt: skip
    op.create_index(op.f("ix_ad_lead_identifier_id"), "ad_lead", ["identifier_id"])
    op.create_table(
        "ad_feedback",
        sa.Column("proposal_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False, comment="added, bought"),
        sa.Column("text_version", sa.String(length=128), nullable=False, comment="which text the person consented to"),
        sa.Column("proof", sa.Text(), nullable=False, comment="where that consent can be checked"),
        sa.Column("proposed_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_ad_feedback")),
    )
    op.create_index(op.f("ix_ad_feedback_touch_id"), "ad_feedback", ["touch_id"])
    op.create_index(op.f("ix_ad_feedback_identifier_id"), "ad_feedback", ["identifier_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_ad_feedback_identifier_id"), table_name="ad_feedback")
    op.drop_index(op.f("ix_ad_feedback_touch_id"), table_name="ad_feedback")
    op.drop_table("ad_feedback")
    op.drop_index(op.f("ix_ad_lead_identifier_id"), table_name="ad_lead")
    op.drop_table("ad_lead")
