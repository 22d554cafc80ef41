"""Reasons of rows that were set aside are encrypted, for they quote the row; those written in plain before are dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _forget_reasons(
        sa.Column(
            "reason",
            sa.LargeBinary(),
            nullable=False,
            server_default="",
            comment="what is wrong in words, encrypted: it may quote the row; empty: not kept",
        )
    )


def downgrade() -> None:
    """Go back."""
    _forget_reasons(sa.Column("reason", sa.Text(), nullable=False, server_default=""))


def _forget_reasons(column: sa.Column[bytes] | sa.Column[str]) -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:  # what is dropped is overwritten as well
        op.execute("PRAGMA secure_delete = ON")
    op.drop_column("quarantine", "reason")
    op.add_column("quarantine", column)
    if on_sqlite:
        op.execute("PRAGMA secure_delete = OFF")
