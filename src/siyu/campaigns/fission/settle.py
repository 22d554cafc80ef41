"""Settle (结算) a campaign as columns: who counts, who stayed, what is promised, earned and still in the budget.

The same rules as ``loyalty/rewards.py`` gives for one reward, for millions at once: this is what plans, simulations and
reports run; the ledger then books what it says, one entry at a time.
"""

from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Bool, Int8, Int64
from siyu.kernel.compiled import compiled

#: What became of the reward for one person who came.
OUTCOMES = ("none", "pending", "matured", "forfeited", "review", "over_cap", "no_budget")


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a campaign owes.

    Attributes:
        outcome: One of ``OUTCOMES`` for the reward that each person's coming brought the inviter. Shape: (people,).
        earned: Matured money of each inviter, in minor units. Shape: (people,).
        promised_minor: Set aside and still waiting.
        earned_minor: Matured in all.
        left_minor: Budget that is free.
    """

    outcome: Int8
    earned: Int64
    promised_minor: int
    earned_minor: int
    left_minor: int


@compiled
def _settle(  # noqa: PLR0917  compiled code has no keyword-only arguments
    parent: Int64, order: Int64, old_enough: Bool, stayed: Bool, suspected: Bool, amount: int, cap: int, budget: int,
    outcome: Int8, earned: Int64, held: Int64,
) -> tuple[int, int, int]:  # fmt: skip
    promised, matured = 0, 0
    for place in range(order.size):
        person = order[place]
        inviter = parent[person]
        if inviter < 0:
            continue
        if old_enough[person] and not stayed[person]:
            outcome[person] = 3
        elif earned[inviter] + held[inviter] + amount > cap:
            outcome[person] = 5
        elif promised + matured + amount > budget:
            outcome[person] = 6
        elif not old_enough[person]:
            outcome[person] = 1
            held[inviter] += amount
            promised += amount
        elif suspected[inviter]:
            outcome[person] = 4
            held[inviter] += amount
            promised += amount
        else:
            outcome[person] = 2
            earned[inviter] += amount
            matured += amount
    return promised, matured, budget - promised - matured


def settle(
    parent: Int64, joined_at: Int64, *, stayed: Bool, suspected: Bool, now_us: int, mature_us: int, amount_minor: int,
    cap_minor: int, budget_minor: int,
) -> Settlement:  # fmt: skip
    """Settle a campaign that pays an amount for each retained invitee.

    Args:
        parent: Who brought each person; negative for nobody (``measurement``'s credit of invitations).
        joined_at: When each came, microseconds.
        stayed: Whether each met the terms by the time the reward could mature.
        suspected: Inviters whose rewards a person must look at first: held, not refused.
        mature_us: How long an invitee must stay.
        cap_minor: Most for one inviter. Who came first is served first, for cap and budget alike.
    Shape: (people,) each.
    """
    people = parent.size
    order = np.argsort(joined_at, kind="stable")
    outcome, earned = np.zeros(people, np.int8), np.zeros(people, np.int64)
    promised, matured, left = _settle(
        parent, order, joined_at + mature_us <= now_us, stayed, suspected, amount_minor, cap_minor, budget_minor,
        outcome, earned, np.zeros(people, np.int64),
    )  # fmt: skip
    return Settlement(outcome, earned, promised, matured, left)


def next_invitee_pays(
    *, value_minor: float, retained_share: float, reward_minor: int, spoiled_share: float = 0.0
) -> bool:
    """Say whether the next invitee is worth the reward: marginal stop.

    A reward is paid only for retained invitees, so cost and value both carry the retained share; what is spoiled
    (suspected, complained) brings nothing and may still cost.

    Args:
        value_minor: Expected value of a retained invitee beyond what would have come without the campaign.
    """
    return retained_share * (1 - spoiled_share) * value_minor > retained_share * reward_minor


__all__ = ["OUTCOMES", "Settlement", "next_invitee_pays", "settle"]
