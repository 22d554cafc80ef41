"""What was chosen for a person where several plays wanted to speak, and with which chance."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "choice",
        sa.Column(
            "identifier_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="the person's smallest then",
        ),
        sa.Column("chosen_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "context", sa.String(length=64), nullable=False, comment="which kind of person: new, once, regular, late"
        ),
        sa.Column("action", sa.String(length=128), nullable=False, comment="the play; empty: nothing was said"),
        sa.Column("propensity", sa.Float(), nullable=False, comment="the chance with which this was chosen"),
        sa.Column("worth_minor", sa.Float(), nullable=False),
        sa.Column(
            "options", sa.LargeBinary(), nullable=False, comment="JSON: what could have been chosen, and its worth"
        ),
        sa.Column("explored", sa.SmallInteger(), nullable=False),
        sa.Column(
            "brought_minor",
            sa.BigInteger(),
            nullable=True,
            comment="paid within the window after it; empty until that is over",
        ),
        sa.PrimaryKeyConstraint("identifier_id", "chosen_at_us", name=op.f("pk_choice")),
    )
    op.create_index("ix_choice_at", "choice", ["chosen_at_us"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_choice_at", table_name="choice")
    op.drop_table("choice")
