"""Next best action (最优下一步): choose for each person among what plays propose, and learn from what came of it.

One thing is chosen a day. What was not chosen waits and may be chosen another day; who is left in peace is left in
peace for the window of measurement, unless another play finds a reason. Only what the guard would allow can be chosen,
so a choice it would deny gives way to the next best at once, exploring never leaves policy, and every chance is exact.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from siyu.app.lake import measure
from siyu.app.policy.judge import cases_of
from siyu.app.policy.rules import rules_of
from siyu.app.workspace import Workspace
from siyu.campaigns.context import REMEMBERED, contexts_of
from siyu.campaigns.facts import Facts
from siyu.campaigns.learned import Learned, learn
from siyu.campaigns.next_best import Choice, Choosing, choose
from siyu.campaigns.play import Play
from siyu.campaigns.proposal import Proposal
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.brought import BroughtWithin
from siyu.policy.case import Slots
from siyu.policy.guard import Guard
from siyu.policy.verdict import Deny, Hold
from siyu.stores.sql.choices import SqlChoices
from siyu.touchpoints.kind import TouchKind

#: A little less than a day, so that a daily turn that comes early counts as the next day's.
EARLY: Final = 4 * HOUR
#: Among fewer people nothing can be found out: what plays expect is followed, and nobody is tried out on.
_FEW: Final = 200
#: So many settled choices, the latest, are learned from.
_LEARN_FROM: Final = 20_000
_MOST: Final = 100_000
_HARMS: Final = (TouchKind.COMPLAINT, TouchKind.CONTACT_REMOVED)
_YEAR: Final = 365 * DAY
#: Who leaves us costs what they pay in a year, and so many orders at most: who buys every week does not come for what
#: we say (house rule).
_ORDERS_LOST: Final = 8
#: Who is known for less than so long is taken to have been known for so long.
_LEAST_KNOWN: Final = 0.25


class Chooser:
    """Chooses for one turn: what is learned, and where everybody stands, is looked up once."""

    def __init__(self, workspace: Workspace, plays: Sequence[Play], facts: Facts) -> None:
        """Learn from the log, and look up when people last heard from us."""
        self._workspace, how = workspace, workspace.settings.next_best
        now_us = workspace.clock.now_us()
        expected = expectations(plays)
        with workspace.database.read() as connection:
            store = SqlChoices(connection)
            learned = learn(store.settled(most=_LEARN_FROM), expected) if expected else Learned()
            self._contexts = contexts_of(facts, now_us, heard_at_us=store.heard_at(since_us=now_us - REMEMBERED))
            self._busy = _busy(store, now_us, how.window_days * DAY)
        salt = workspace.settings.policy.holdout_salt or workspace.vault.salt
        self._how = Choosing(how.explore, salt, expected, learned)
        self._share = min(1.0, how.learners / len(facts)) if len(facts) >= _FEW else 0.0
        known = np.maximum((now_us - facts.first_order_at_us) / _YEAR, _LEAST_KNOWN)
        a_year = np.where(facts.first_order_at_us > 0, facts.paid_minor / known, 0.0)
        at_stake = np.minimum(a_year, _ORDERS_LOST * facts.average_order_minor)
        self._at_stake = dict(zip(facts.person.tolist(), at_stake.tolist(), strict=True))

    def may_choose(self, one: Proposal) -> bool:
        """Say whether nothing was chosen for the person too lately for this to be chosen."""
        return one.play not in self._busy.get(one.person_id, ()) and "" not in self._busy.get(one.person_id, ())

    def choose(self, connection: Connection, wanted: Sequence[Proposal]) -> tuple[list[Choice], list[Proposal]]:
        """Choose for each person among what the guard would let go, and log what chance may have decided.

        Returns:
            The choices, and what the guard denies.
        """
        workspace, now_us = self._workspace, self._workspace.clock.now_us()
        many = Counter(one.person_id for one in wanted)
        learn = {person for person in many if self._learns(person)}
        # where nothing is learned and nothing else could be said, the guard's own round is soon enough
        asked = [one for one in wanted if many[one.person_id] > 1 or one.person_id in learn]
        open_, denied = _allowed(workspace, connection, asked) if asked else ([], [])
        open_ += [one for one in wanted if many[one.person_id] == 1 and one.person_id not in learn]
        made = choose(
            open_, self._how, now_us=now_us, context_of=lambda person: self._contexts.get(person, "new/rested"),
            at_stake_minor=self._at_stake, learners=learn.__contains__,
        )  # fmt: skip
        logged = [one for one in made if one.person_id in learn and _may_be_learned(one, self._how)]
        SqlChoices(connection).keep(logged, now_us=now_us)
        return made, denied

    def _learns(self, person: int) -> bool:
        return self._share >= 1.0 or share_of("learns", self._how.salt, str(person)) < self._share


def expectations(plays: Sequence[Play]) -> dict[str, float]:
    """Return the share of people that each play expects to move, of those that state one."""
    return {play.name: float(play.prior) for play in plays if hasattr(play, "prior")}


def settle_choices(workspace: Workspace) -> int:
    """Measure what choices brought whose window is over, once a day's worth has come together; return how many."""
    window_us = workspace.settings.next_best.window_days * DAY
    until_us = workspace.clock.now_us() - window_us
    settled = 0
    while True:
        with workspace.database.read() as connection:
            who, person, at = SqlChoices(connection).unsettled(until_us=until_us, most=_MOST)
        if not who.size or (not settled and at[0] > until_us - DAY + EARLY):
            return settled
        brought, harmed = (measure(workspace, BroughtWithin(person, at, window_us, kinds)) for kinds in ((), _HARMS))
        with workspace.database.write() as connection:
            rows = zip(who.tolist(), at.tolist(), brought.tolist(), harmed.tolist(), strict=True)
            SqlChoices(connection).settle(list(rows))
        settled += int(who.size)
        if who.size < _MOST:
            return settled


def _may_be_learned(one: Choice, how: Choosing) -> bool:
    """Say whether there was something to choose: several things, or one of which is learned when it is worth it."""
    return len(one.actions) > 2 or one.actions[-1] in how.learning


def _busy(store: SqlChoices, now_us: int, window_us: int) -> Mapping[int, set[str]]:
    """Return what cannot be chosen for people yet: ``""`` is anything, a play's name what was weighed and left."""
    busy: dict[int, set[str]] = {}
    for person, at_us, action, actions in store.since(now_us - window_us + EARLY):
        if at_us >= now_us - DAY + EARLY:
            busy[person] = {""}
        elif not action:
            busy[person] = {name.partition(":")[0] for name in actions} - {""}
        else:
            busy.pop(person, None)
    return busy


def _allowed(
    workspace: Workspace, connection: Connection, wanted: Sequence[Proposal]
) -> tuple[list[Proposal], list[Proposal]]:
    """Part proposals into what the guard would let go today and what it denies; the rest is not for today."""
    now_us, guard = workspace.clock.now_us(), Guard(rules_of(workspace.settings))
    cases = cases_of(workspace, connection, wanted, now_us=now_us, slots=Slots())
    open_, denied = [], []
    for case in cases:
        verdict = guard.judge(case)
        if isinstance(verdict, Deny):
            denied.append(case.proposal)
        elif not isinstance(verdict, Hold) or verdict.until_us <= now_us + DAY - EARLY:
            open_.append(case.proposal)
    return open_, denied
