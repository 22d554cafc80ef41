"""Who counts, and which stages inviters have reached: by invitees who really joined, the same for all that is given."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from siyu.app.fission.tree import Tree
from siyu.campaigns.fission.plan import FissionPlan, Stage
from siyu.kernel.period import DAY, moment_of, us_of
from siyu.loyalty.rewards import Invitee
from siyu.stores.sql.invites import Came


@dataclass(frozen=True, slots=True)
class Terms:
    """When an invitee has really joined: came as the plan allows, is still here after some days, and did what it asks.

    Attributes:
        since_us: Who came before does not count.
        means: By what people may come.
    """

    days: int
    must_answer: bool
    must_buy: bool
    since_us: int = 0
    means: frozenset[str] = frozenset()

    @classmethod
    def of(cls, plan: FissionPlan) -> "Terms":
        """Return the terms of a plan."""
        first, m = plan.referral.since, plan.mechanism
        since_us = us_of(datetime.fromisoformat(first).replace(tzinfo=UTC)) if first else 0
        return cls(m.mature_days, m.must_answer, plan.must_buy, since_us, frozenset(plan.referral.means))

    def refuses(self, came: Came) -> str:
        """Say why somebody who came does not count, however long they stay; empty if they do."""
        if came.at_us < self.since_us:
            return f"your friend came before {moment_of(self.since_us):%Y-%m-%d}, when this began"
        if came.means and came.means not in self.means:
            return f"this does not count invitations by {came.means}"
        return ""

    def met(self, invitee: Invitee) -> bool:
        """Say whether an invitee who came long enough ago has met them."""
        asked = (invitee.answered or not self.must_answer) and (invitee.paid_orders > 0 or not self.must_buy)
        return not invitee.left_at_us and asked


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage that somebody reached.

    Attributes:
        anchor: The identifier through which the inviter first brought somebody: it is given there.
        number: The stage's place in the plan; ``turn``: how often it was reached before.
        since_us: When the inviter first brought somebody; does not change, so that it can name what is given.
        at_us: When the invitee who completed it had stayed long enough.
    """

    anchor: int
    person: int
    number: int
    turn: int
    stage: Stage
    since_us: int
    at_us: int


def joined_by_inviter(tree: Tree, facts: Mapping[int, Invitee], terms: Terms, *, now_us: int) -> dict[int, list[Came]]:
    """Return the new people whom each inviter brought and who really joined, in order of time."""
    found: dict[int, list[Came]] = defaultdict(list)
    for place in np.argsort(tree.counted, kind="stable").tolist():
        row = int(tree.counted[place])
        if row < 0 or not tree.new[place] or tree.came[row].at_us > now_us - terms.days * DAY:
            continue
        if not terms.refuses(tree.came[row]) and terms.met(facts[tree.came[row].invitee]):
            found[tree.came[row].inviter].append(tree.came[row])
    return found


def stages_reached(plan: FissionPlan, tree: Tree, joined: Mapping[int, Sequence[Came]]) -> Iterator[Reached]:
    """Go through every stage that was reached; what one gives is named by its anchor, which does not change."""
    first = {one.inviter: one for one in reversed(tree.came)}
    for person, theirs in joined.items():
        for number, stage in enumerate(plan.mechanism.stages):
            if len(theirs) < stage.retained:
                continue
            for turn in range(len(theirs) - stage.retained + 1 if stage.each else 1):
                last = theirs[max(stage.retained + turn - 1, 0)]
                at_us = last.at_us + plan.mechanism.mature_days * DAY
                yield Reached(first[person].inviter_id, person, number, turn, stage, first[person].at_us, at_us)
