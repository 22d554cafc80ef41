"""Plays (玩法): what each brought, beside the people who were held out from it. Sorted by retention, not by sends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from siyu.app.views.kept import KEPT
from siyu.app.views.measured import metric
from siyu.app.workspace import Workspace
from siyu.campaigns.play import plays
from siyu.measurement.interval import Estimate
from siyu.measurement.metrics.uplift import UpliftResult
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.dispatch import message

#: Windows of days since a person was drawn: seen on day 1, day 7, day 30; bought within 30 days.
_WINDOWS: Final = "1-2,7-8,30-31,0-30"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a play changed: treated people against those held out.

    Attributes:
        what: ``bought`` (a paid order within 30 days), ``d1``, ``d7`` or ``d30`` (seen on that day).
        treated, holdout: People whose period is over, by arm.
        treated_rate, holdout_rate: The share of each arm; None while it has nobody.
        difference: Treated minus holdout with its interval; None while an arm has nobody.
    """

    what: str
    treated: int
    holdout: int
    treated_rate: float | None
    holdout_rate: float | None
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class PlayRow:
    """One play.

    Attributes:
        proposals: By state.
        messages: By state.
        treated, holdout: People who were drawn into each arm.
        effects: What it changed, by name; empty before anybody was drawn.
        money: Paid minor units per person, treated minus holdout, over 30 days.
        warnings: What is wrong with the experiment, in words.
    """

    name: str
    chinese: str
    subsystem: str
    proposals: Mapping[str, int]
    messages: Mapping[str, int]
    treated: int
    holdout: int
    effects: Mapping[str, Effect]
    money: Estimate | None
    warnings: Sequence[str]

    @property
    def uplift(self) -> Estimate | None:
        """The one that plays are judged by: people who came back to buy within 30 days."""
        effect = self.effects.get("bought")
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
        measured = metric(workspace, "uplift", play=name, windows=_WINDOWS) if name in arms else None
        rows.append(
            PlayRow(
                name,
                play.chinese if play else name,
                play.subsystem if play else "",
                proposals.get(name, {}),
                messages.get(name, {}),
                arms.get(name, {}).get("1", 0),
                arms.get(name, {}).get("0", 0),
                _effects(measured) if measured else {},
                measured.windows[-1].money_uplift_minor if measured else None,
                measured.warnings if measured else (),
            )
        )
    return sorted(rows, key=lambda row: (row.uplift is None, -(row.uplift.value if row.uplift else 0.0), row.name))


def _effects(measured: UpliftResult) -> dict[str, Effect]:
    *days, month = measured.windows
    found = {
        "bought": Effect(
            "bought", month.treated, month.holdout, _share(month.treated_bought, month.treated),
            _share(month.holdout_bought, month.holdout), month.bought_uplift,
        )
    }  # fmt: skip
    for one in days:
        found[f"d{one.from_day}"] = Effect(
            f"d{one.from_day}", one.treated, one.holdout, _share(one.treated_kept, one.treated),
            _share(one.holdout_kept, one.holdout), one.uplift,
        )  # fmt: skip
    return found


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def _table(rows: Iterable[Any]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for play, key, count in rows:
        table.setdefault(play, {})[str(key)] = count
    return table
