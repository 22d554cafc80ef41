"""Choices keep where the person stood and whether they complained or left."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STOOD = ("which kind of person: new, once, regular, late", "where the person stood: kind/rest")
_SAID = ("the play; empty: nothing was said", "the play and wording; empty: nothing was said")


def upgrade() -> None:
    """Go forward."""
    _say(before=0, after=1)
    op.add_column(
        "choice",
        sa.Column(
            "harmed", sa.SmallInteger(), nullable=True, comment="whether the person complained or left within it"
        ),
    )
    # how long ago people had heard from us was not kept before
    op.execute(
        "UPDATE choice SET context = CASE context WHEN 'new' THEN 'new/rested' WHEN 'late' THEN 'late/rested'"
        " ELSE 'early/rested' END"
    )


def downgrade() -> None:
    """Go back."""
    op.execute(
        "UPDATE choice SET context = CASE WHEN context LIKE 'new/%' THEN 'new' WHEN context LIKE 'late/%'"
        " OR context LIKE 'gone/%' THEN 'late' ELSE 'regular' END"
    )
    op.drop_column("choice", "harmed")
    _say(before=1, after=0)


def _say(*, before: int, after: int) -> None:
    """Change what PostgreSQL says of two columns; SQLite keeps no such words."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for name, length, said in (("context", 64, _STOOD), ("action", 128, _SAID)):
        op.alter_column(
            "choice", name, existing_type=sa.String(length), existing_nullable=False, existing_comment=said[before],
            comment=said[after],
        )  # fmt: skip
