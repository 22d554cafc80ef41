"""Next best action (最优下一步): choose for each person among what plays propose, learn from it, and judge other ways.

Where several plays want to speak to one person, one of them is chosen a day; what was not chosen waits and may be
chosen another day. A play that is alone speaks if it is worth more than silence. The guard judges what was chosen like
everything else, so exploring never leaves policy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.app.lake import measure
from siyu.app.workspace import Workspace
from siyu.campaigns.facts import Facts
from siyu.campaigns.learned import factor
from siyu.campaigns.next_best import Choice, Choosing, choose
from siyu.campaigns.off_policy import Chosen, Judged, always, by_worth, judge_from_log
from siyu.campaigns.play import Play
from siyu.campaigns.proposal import Proposal
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.brought import BroughtWithin
from siyu.stores.sql.choices import SqlChoices

#: One choice a person a day: a little less, so that a daily turn that comes early counts as the next day's.
_A_DAY: Final = 20 * HOUR
#: What a play without a prior of its own is expected to move.
_USUAL: Final = 0.01
_MOST: Final = 100_000
#: Late: so many of one's own gaps since the last purchase.
_LATE_GAPS: Final = 2.0


def contexts_of(facts: Facts, now_us: int) -> dict[int, str]:
    """Say which kind of person everybody is: new (never bought), once, regular, or late by their own rhythm."""
    waited = (now_us - facts.last_at_us) / DAY
    late = (facts.purchase_days > 1) & (waited > _LATE_GAPS * np.maximum(facts.median_gap_days, 1.0))
    kind = np.where(facts.purchase_days == 0, 0, np.where(facts.purchase_days == 1, 1, np.where(late, 3, 2)))
    names = ("new", "once", "regular", "late")
    return {person: names[one] for person, one in zip(facts.person.tolist(), kind.tolist(), strict=True)}


def chosen_of(
    workspace: Workspace, store: SqlChoices, wanted: Sequence[Proposal], plays: Iterable[Play], facts: Facts
) -> list[Choice]:
    """Choose one of the proposals for each person, or nothing, as worth and chance have it.

    Args:
        wanted: What may be chosen; nobody who was held out from a play, and nobody who had a choice today.
    """
    now_us, how = workspace.clock.now_us(), workspace.settings.next_best
    contexts, tallies = contexts_of(facts, now_us), store.tallies()
    priors = {play.name: float(getattr(play, "prior", _USUAL)) for play in plays}
    known: dict[tuple[str, str], float] = {}

    def by(play: str, context: str) -> float:
        key = (play, context)
        if key not in known:
            known[key] = factor(tallies, play, context, priors.get(play, _USUAL))
        return known[key]

    people = sorted({one.person_id for one in wanted})
    heard: Mapping[int, int] = store.heard(people, since_us=now_us - 7 * DAY) if how.goodwill_minor else {}
    salt = workspace.settings.policy.holdout_salt or workspace.vault.name
    return choose(
        wanted, Choosing(how.explore, how.goodwill_minor, salt), now_us=now_us, heard=heard,
        context_of=lambda person: contexts.get(person, ""), factor=by,
    )  # fmt: skip


def had_a_choice(workspace: Workspace, store: SqlChoices) -> set[int]:
    """Return the people for whom something was chosen today."""
    return store.chosen_since(workspace.clock.now_us() - _A_DAY)


def settle_choices(workspace: Workspace) -> int:
    """Measure what choices brought whose window is over, once a day's worth has come together; return how many."""
    window_us = workspace.settings.next_best.window_days * DAY
    until_us = workspace.clock.now_us() - window_us
    settled = 0
    while True:
        with workspace.database.read() as connection:
            who, person, at = SqlChoices(connection).unsettled(until_us=until_us, most=_MOST)
        if not who.size or (not settled and at[0] > until_us - DAY):
            return settled
        brought = measure(workspace, BroughtWithin(person, at, window_us))
        with workspace.database.write() as connection:
            SqlChoices(connection).settle(list(zip(who.tolist(), at.tolist(), brought.tolist(), strict=True)))
        settled += int(who.size)
        if who.size < _MOST:
            return settled


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """What another way of choosing would have brought per choice, in minor units, with its 95 % interval.

    Attributes:
        ips, snips, dr: By weights alone, self-normalised, and doubly robust (``campaigns/off_policy.py``).
    """

    policy: str
    says: str
    ips: Judged
    snips: Judged
    dr: Judged


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


def judge_other_policies(workspace: Workspace) -> ChoiceReport:
    """Say from the log of choices what other policies would have brought."""
    settle_choices(workspace)
    with workspace.database.read() as connection:
        rows = SqlChoices(connection).settled()
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
            others.append(OtherPolicy(name, says, ips, snips, dr))
    return ChoiceReport(
        len(rows), workspace.settings.next_best.window_days, min((row.propensity for row in rows), default=1.0),
        sum(row.brought_minor for row in rows) / max(1, len(rows)), counts, tuple(others),
    )  # fmt: skip
