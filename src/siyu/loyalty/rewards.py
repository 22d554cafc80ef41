"""Rewards (奖励) that mature on retention: promised when an invitee comes, earned when the invitee stays, then paid.

pending -> matured -> paid, and back (claw-back) when the invitee leaves or takes the order back. A reward is never
silently unpaid: a decision carries its reason in words, and a doubtful one waits for a person, with a date until when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from siyu.kernel.period import DAY
from siyu.loyalty.ledger import Account, Entry, Place, budget, entry


class RewardState(StrEnum):
    """Where a reward stands."""

    PENDING = "pending"
    MATURED = "matured"
    PAID = "paid"
    FORFEITED = "forfeited"
    CLAWED_BACK = "clawed_back"


@dataclass(frozen=True, slots=True)
class Reward:
    """One reward for one invitee who came.

    Attributes:
        reward_id: Names campaign, inviter and invitee, hexadecimal: one invitee is rewarded once in a campaign.
        inviter_id, invitee_id: Identifiers.
        amount: In minor units of ``currency``.
        joined_at_us: When the invitee came.
    """

    reward_id: str
    campaign: str
    inviter_id: int
    invitee_id: int
    amount: int
    currency: str
    joined_at_us: int
    state: RewardState = RewardState.PENDING


@dataclass(frozen=True, slots=True)
class Maturity:
    """When a reward is earned.

    Attributes:
        days: The invitee must be there this many days after coming.
        must_answer: The invitee must have written or answered at least once.
        must_buy: The invitee must have an order that was paid and not taken back.
        give_up_days: After this many days a reward that is not earned is forfeited.
        claw_back_days: For so long after it was earned a refund or leaving takes it back.
    """

    days: int = 7
    must_answer: bool = False
    must_buy: bool = False
    give_up_days: int = 60
    claw_back_days: int = 30


@dataclass(frozen=True, slots=True)
class Invitee:
    """What is known of an invitee by now.

    Attributes:
        left_at_us: When the invitee left, 0 while there.
        answered: Wrote or answered at least once.
        paid_orders: Orders paid and not taken back.
        refunded: An order was taken back and nothing paid is left.
        suspicion: What the fraud check says, in [0, 1].
    """

    left_at_us: int = 0
    answered: bool = False
    paid_orders: int = 0
    refunded: bool = False
    suspicion: float = 0.0


def quality_of(invitee: Invitee) -> float:
    """Return how real a new customer somebody is so far, in [0, 1]: still here, answered, bought and kept it."""
    return (float(not invitee.left_at_us) + float(invitee.answered) + float(invitee.paid_orders > 0)) / 3.0


class Step(StrEnum):
    """What to do with a reward now."""

    WAIT = "wait"
    REVIEW = "review"
    MATURE = "mature"
    FORFEIT = "forfeit"
    CLAW_BACK = "claw_back"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Decision:
    """A step and its reason, written for the inviter.

    Attributes:
        next_at_us: When to look again, 0 if never.
    """

    step: Step
    reason: str
    next_at_us: int = 0


def decide(reward: Reward, invitee: Invitee, rule: Maturity, *, now_us: int, review_above: float = 0.8) -> Decision:
    """Say what becomes of a reward now.

    Args:
        review_above: Suspicion from which on a person decides.
    """
    stays_until = reward.joined_at_us + rule.days * DAY
    if reward.state in {RewardState.FORFEITED, RewardState.CLAWED_BACK}:
        return Decision(Step.NOTHING, "it has ended")
    if reward.state is not RewardState.PENDING:
        until = stays_until + rule.claw_back_days * DAY
        gone = 0 < invitee.left_at_us < until
        if now_us >= until and not gone:
            return Decision(Step.NOTHING, "it is yours for good")
        if gone or (invitee.refunded and rule.must_buy):
            why = "your friend left" if gone else "your friend's order was given back"
            return Decision(Step.CLAW_BACK, f"{why} within {rule.claw_back_days} days after the reward was earned")
        return Decision(Step.NOTHING, "it is earned", until)
    if 0 < invitee.left_at_us < stays_until:
        return Decision(Step.FORFEIT, f"your friend left before {rule.days} days were over")
    if now_us < stays_until:
        return Decision(Step.WAIT, f"your friend must stay {rule.days} days", stays_until)
    missing = []
    if rule.must_answer and not invitee.answered:
        missing.append("answer once")
    if rule.must_buy and invitee.paid_orders <= 0:
        missing.append("buy something and keep it")
    ends = reward.joined_at_us + rule.give_up_days * DAY
    if missing and now_us >= ends:
        return Decision(Step.FORFEIT, f"in {rule.give_up_days} days your friend did not {' and '.join(missing)}")
    if missing:
        return Decision(Step.WAIT, f"your friend has yet to {' and '.join(missing)}", ends)
    if invitee.suspicion >= review_above:
        return Decision(Step.REVIEW, "we look at this invitation ourselves and tell you the result", now_us + 3 * DAY)
    return Decision(Step.MATURE, f"your friend stayed {rule.days} days")


def promise(reward: Reward) -> Entry:
    """Set the money of a reward aside: budget -> pending."""
    return entry(
        "promise", at_us=reward.joined_at_us, about=reward.reward_id,
        moves=[(budget(reward.campaign, reward.currency), _place(reward, Account.PENDING), reward.amount)],
    )  # fmt: skip


def mature(reward: Reward, *, at_us: int, reason: str = "") -> Entry:
    """The reward is earned: pending -> matured."""
    move = (_place(reward, Account.PENDING), _place(reward, Account.MATURED), reward.amount)
    return entry("mature", at_us=at_us, about=reward.reward_id, moves=[move], reason=reason)


def pay(reward: Reward, *, at_us: int, owed: Sequence[tuple[Place, int]] = ()) -> tuple[Entry, int]:
    """Pay a matured reward, less what the person owes from rewards that were taken back.

    Args:
        owed: Places of the person's ``OWED`` accounts with their balances.

    Returns the entry, and the money to hand out in minor units (may be 0).
    """
    matured, rest = _place(reward, Account.MATURED), reward.amount
    moves: list[tuple[Place, Place, int]] = []
    for place, balance in owed:
        taken = min(balance, rest)
        if taken > 0:
            kept = Place(Account.PAID, place.identifier_id, place.scope, place.unit)
            moves += [(matured, budget(place.scope, place.unit), taken), (place, kept, taken)]
            rest -= taken
    if rest:
        moves.append((matured, _place(reward, Account.PAID), rest))
    return entry("pay", at_us=at_us, about=reward.reward_id, moves=moves), rest


def take_back(reward: Reward, *, at_us: int, reason: str) -> Entry:
    """Undo a reward: unpaid money returns to the budget, paid money is owed and set off against the next reward."""
    if reward.state is RewardState.PAID:
        move = (_place(reward, Account.PAID), _place(reward, Account.OWED), reward.amount)
    else:
        account = Account.PENDING if reward.state is RewardState.PENDING else Account.MATURED
        move = (_place(reward, account), budget(reward.campaign, reward.currency), reward.amount)
    return entry("claw_back", at_us=at_us, about=reward.reward_id, moves=[move], reason=reason)


def _place(reward: Reward, account: Account) -> Place:
    return Place(account, reward.inviter_id, reward.campaign, reward.currency)
