"""Indexes of proposals hold only what is looked for in them: what is still open, and what was judged."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting', 'held')")
_JUDGED = sa.text("judged_at_us IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    _drop()
    op.create_index("ix_proposal_due", "proposal", ["state", "due_at_us"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_proposal_judged", "proposal", ["judged_at_us"], sqlite_where=_JUDGED, postgresql_where=_JUDGED)


def downgrade() -> None:
    """Go back."""
    _drop()
    op.create_index("ix_proposal_due", "proposal", ["state", "due_at_us"])
    op.create_index("ix_proposal_judged", "proposal", ["judged_at_us"])


def _drop() -> None:
    op.drop_index("ix_proposal_judged", table_name="proposal")
    op.drop_index("ix_proposal_due", table_name="proposal")
