"""Membership (会员能力): a tier that is nearly reached or about to be lost, and points that expire.

When to use: people who could have more and may not know. Needs: tiers (``[membership]``) or points in the ledger, and
orders. May not: invent a deadline, or speak twice about one tier in a quarter. Judged by: repurchase within 30 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import POINTS, TIERS, Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Nearly there: at most this share of what the next tier asks for is missing (house rule).
NEAR_SHARE: Final = 0.2
QUARTER_DAYS: Final = 91
#: Fewer points than this are not worth a message (house rule).
MIN_POINTS: Final = 50
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.025
_LOSING: Final = Piece(
    content_id="membership-losing", text="您现在的会员等级下个月就到期了，还差一点就能保住，需要我帮您看看差多少吗？"
)
_NEAR: Final = Piece(
    content_id="membership-near", text="您离下一个会员等级还差一点点，要不要我告诉您还差多少、有什么权益？"
)
_POINTS: Final = Piece(
    content_id="membership-points", text="您有一些积分这个月快过期了，别浪费，回我一声告诉您能换什么。"
)


@dataclass(frozen=True, slots=True)
class Membership:
    """Speak of what is about to be lost first, then of what is near, then of points."""

    name: ClassVar[str] = "membership"
    chinese: ClassVar[str] = "会员能力"
    subsystem: ClassVar[str] = "ability"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (TIERS, POINTS)

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose one of the three, the most pressing, for everybody whom one of them concerns."""
        quarter = np.full(len(facts), now_us // (QUARTER_DAYS * DAY) * (QUARTER_DAYS * DAY), np.int64)
        quiet = facts.complaints_open == 0
        losing = quiet & (facts.losing_minor > 0)
        near = quiet & ~losing & (facts.missing_minor > 0) & (facts.orders > 0)
        near &= facts.missing_minor <= NEAR_SHARE * facts.next_minor
        points = quiet & ~losing & ~near & (facts.points >= MIN_POINTS) & (facts.points_until_us > now_us)
        occasions = (
            Occasion(losing, quarter, _LOSING, PRIOR_EFFECT),
            Occasion(near, quarter + 1, _NEAR, PRIOR_EFFECT),
            Occasion(points, facts.points_until_us, _POINTS, PRIOR_EFFECT),
        )
        return [
            proposal
            for occasion in occasions
            for proposal in proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)
        ]


PLAY = Membership()
