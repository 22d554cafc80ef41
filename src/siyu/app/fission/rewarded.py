"""For whom money is set aside, for how much, and who brings none and why: nobody is silently unpaid."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from siyu.app.fission.reached import Terms
from siyu.app.fission.tree import Tree
from siyu.campaigns.fission.plan import FissionPlan
from siyu.kernel.period import DAY
from siyu.loyalty.rewards import RewardState
from siyu.stores.sql.invites import Came
from siyu.stores.sql.rewards import KeptReward

#: A reward that has ended takes no place of the cap.
ENDED: Final = frozenset({RewardState.FORFEITED, RewardState.CLAWED_BACK})


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody who came brings the inviter no money: a name to count by, and words for the inviter."""

    step: str
    why: str


_OVER_DAY: Final = Refused("over_day", "more friends came that day than one person is rewarded for")
_OVER_CAP: Final = Refused("over_cap", "with this friend you would earn more than one person can")
_NO_BUDGET: Final = Refused("no_budget", "the budget was promised when your friend came")


def rewarded(
    plan: FissionPlan, tree: Tree, kept: Collection[KeptReward], *, left_minor: int
) -> Iterator[tuple[Came, int, Refused | None]]:
    """Go through everybody new who came and brings no reward yet, first come first served.

    Args:
        left_minor: Budget that is free.

    Yields each with the money to set aside and, if there will be none, why.
    """
    if not any(stage.gives == "cash" for stage in plan.mechanism.stages):
        return
    person_of, control, terms = tree.person_of, plan.control, Terms.of(plan)
    used: dict[int, int] = defaultdict(int)
    friends: Counter[int] = Counter()
    a_day: Counter[tuple[int, int]] = Counter()
    for one in kept:
        inviter = person_of.get(one.reward.inviter_id, one.reward.inviter_id)
        a_day[inviter, one.reward.joined_at_us // DAY] += 1
        if one.reward.state not in ENDED:
            used[inviter] += one.reward.amount
            friends[inviter] += 1
    done = {person_of.get(one.reward.invitee_id) for one in kept}
    for place, row in enumerate(tree.counted.tolist()):
        if row < 0 or not tree.new[place] or tree.came[row].invitee in done:
            continue
        came = tree.came[row]
        amount = plan.cash_for_minor(friends[came.inviter] + 1)
        if why := terms.refuses(came):
            yield came, 0, Refused("not_counted", why)
        elif a_day[came.inviter, came.at_us // DAY] >= control.invites_per_person_day:
            yield came, 0, _OVER_DAY
        elif used[came.inviter] + amount > control.cap_per_person_minor:
            yield came, 0, _OVER_CAP
        elif amount > left_minor:
            yield came, 0, _NO_BUDGET
        else:
            used[came.inviter] += amount
            friends[came.inviter] += 1
            a_day[came.inviter, came.at_us // DAY] += 1
            left_minor -= amount
            yield came, amount, None


def unrewarded(
    plan: FissionPlan, tree: Tree, kept: Collection[KeptReward], *, inviter: int, left_minor: int
) -> list[tuple[Came, str]]:
    """Return those who came by an inviter and bring nothing, each with the reason in words."""
    refused = {
        came.invitee: why.why for came, _, why in rewarded(plan, tree, kept, left_minor=left_minor) if why is not None
    }
    counted = {row for row in tree.counted.tolist() if row >= 0}
    new = {tree.people[place] for place in range(len(tree.people)) if tree.new[place]}
    terms, found = Terms.of(plan), []
    for row, one in enumerate(tree.came):
        if one.inviter != inviter:
            continue
        if one.invitee == inviter:
            why = "nobody is their own friend"
        elif row not in counted:
            why = "your friend had come by an invitation already"
        elif one.invitee not in new:
            why = "your friend was known here before"
        else:
            why = terms.refuses(one) or refused.get(one.invitee, "")
        if why:
            found.append((one, why))
    return found
