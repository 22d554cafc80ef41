"""Other policies (换个选法): what other ways of choosing would have brought, said from the log of choices."""

from dataclasses import dataclass
from typing import Final

from siyu.app.campaigns.next_best import settle_choices
from siyu.app.workspace import Workspace
from siyu.campaigns.off_policy import Chosen, Judged, always, by_worth, judge_from_log
from siyu.stores.sql.choices import SqlChoices

_MOST: Final = 50_000


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """What another way of choosing would have brought per choice, in minor units, with its 95 % interval.

    Attributes:
        ips, snips, dr: By weights alone, self-normalised, and doubly robust (``campaigns/off_policy.py``).
        thin: Too few choices support it: nothing should be decided on it.
    """

    policy: str
    says: str
    ips: Judged
    snips: Judged
    dr: Judged
    thin: bool


@dataclass(frozen=True, slots=True)
class ChoiceReport:
    """What was chosen, and what other policies would have brought on the same people.

    Attributes:
        choices: Those whose window is over; ``explored``: of them, those that the chance of choosing made possible to
            judge otherwise, as the smallest chance among them.
        brought_minor: Paid per choice within the window, as it was.
        by_action: How often each play was chosen; ``""`` is silence.
    """

    choices: int
    window_days: int
    smallest_chance: float
    brought_minor: float
    by_action: dict[str, int]
    others: tuple[OtherPolicy, ...]


def judge_other_policies(workspace: Workspace, *, settling: bool = True) -> ChoiceReport:
    """Say from the log of choices, its latest ``_MOST``, what other policies would have brought.

    Args:
        settling: Measure first what came of choices whose window is over; the loop does so every day anyway.
    """
    if settling:
        settle_choices(workspace)
    with workspace.database.read() as connection:
        rows = SqlChoices(connection).settled(most=_MOST)
    log: list[tuple[Chosen, float]] = [(row, float(row.brought_minor)) for row in rows]
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.action] = counts.get(row.action, 0) + 1
    others = []
    if len(log) > 1:
        names = sorted({name for row in rows for name in row.actions} - {""})
        policies = [
            ("best", "always what is worth most, never exploring", by_worth),
            ("nothing", "nobody is spoken to", always("")),
            *((name, f"{name} wherever it may, else nothing", always(name)) for name in names),
        ]
        for name, says, policy in policies:
            ips, snips, dr = (judge_from_log(log, policy, how=how) for how in ("ips", "snips", "dr"))
            others.append(OtherPolicy(name, says, ips, snips, dr, ips.is_thin))
    return ChoiceReport(
        len(rows), workspace.settings.next_best.window_days, min((row.propensity for row in rows), default=1.0),
        sum(row.brought_minor for row in rows) / max(1, len(rows)), counts, tuple(others),
    )  # fmt: skip
