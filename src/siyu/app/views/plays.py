"""Plays (玩法): what each brought, beside the people who were held out from it. Sorted by retention, not by sends."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.campaigns.play import plays
from siyu.measurement.interval import Estimate
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.dispatch import message


@dataclass(frozen=True, slots=True)
class Effect:
    """What a play changed: treated people against those held out.

    Attributes:
        what: ``d1``, ``d7``, ``d30`` for retention, ``repurchase``, ``value``.
        treated, holdout: People whose period is over, by arm.
        difference: Treated minus holdout with its interval; None while an arm has nobody.
    """

    what: str
    treated: int
    holdout: int
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class PlayRow:
    """One play.

    Attributes:
        proposals: By state.
        messages: By state.
        treated, holdout: People who were drawn into each arm.
        effects: What it changed, by name; empty while nothing can be measured.
    """

    name: str
    chinese: str
    subsystem: str
    proposals: Mapping[str, int]
    messages: Mapping[str, int]
    treated: int
    holdout: int
    effects: Mapping[str, Effect]

    @property
    def uplift(self) -> Estimate | None:
        """The one that plays are judged by: D30 retention."""
        effect = self.effects.get("d30")
        return effect.difference if effect else None


def play_rows(workspace: Workspace) -> list[PlayRow]:
    """Return every play, those that bring most retention first; those not measured yet at the end."""
    return KEPT.get(workspace, "plays", lambda: _read(workspace))


def _read(workspace: Workspace) -> list[PlayRow]:
    with workspace.database.read() as connection:
        proposals = _table(
            connection.execute(
                select(proposal.c.play, proposal.c.state, func.count()).group_by(proposal.c.play, proposal.c.state)
            ).all()
        )
        messages = _table(
            connection.execute(
                select(message.c.play, message.c.state, func.count()).group_by(message.c.play, message.c.state)
            ).all()
        )
        arms = _table(
            connection.execute(
                select(assignment.c.play, assignment.c.treated, func.count()).group_by(
                    assignment.c.play, assignment.c.treated
                )
            ).all()
        )
    known = plays()
    rows = []
    for name in sorted({*known, *proposals, *arms}):
        play = known.get(name)
        rows.append(
            PlayRow(
                name,
                play.chinese if play else name,
                play.subsystem if play else "",
                proposals.get(name, {}),
                messages.get(name, {}),
                arms.get(name, {}).get("1", 0),
                arms.get(name, {}).get("0", 0),
                {},
            )
        )
    return sorted(rows, key=lambda row: (row.uplift is None, -(row.uplift.value if row.uplift else 0.0), row.name))


def _table(rows: "object") -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for play, key, count in rows:  # type: ignore[attr-defined]  # rows of a query
        table.setdefault(play, {})[str(key)] = count
    return table
