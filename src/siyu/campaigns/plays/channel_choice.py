"""Channel choice (高低频触点选择): a group for who buys often; who buys seldom follows us and is left in peace.

When to use: a shop whose people buy at very different paces. Needs: the person's rhythm. May not: offer a discount, or
ask more than twice a year. Judged by: D30 retention against its holdout, and messages per person saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Often: this own gap or less, known from so many purchase days; seldom: this gap or more, or one purchase so long ago.
OFTEN_DAYS: Final = 14.0
MIN_DAYS: Final = 4
SELDOM_DAYS: Final = 60.0
AGAIN_DAYS: Final = 182
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.008
_OFTEN: Final = Piece(
    content_id="channel-choice-often", text="您常来，我们有个老朋友群，到货和常买的补货先在群里说。要拉您进去吗？"
)
_SELDOM: Final = Piece(
    content_id="channel-choice-seldom",
    text="知道您不常买，不多打扰。关注我们的公众号，换季时有使用指南；要用的时候再来找我。",
)


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """Ask twice a year at most."""

    name: ClassVar[str] = "channel_choice"
    chinese: ClassVar[str] = "高低频触点选择"
    subsystem: ClassVar[str] = "ability"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose a group to who buys often, and the official account to who buys seldom."""
        waited = (now_us - facts.last_at_us) / DAY
        quiet = (facts.complaints_open == 0) & (facts.purchase_days > 0)
        often = quiet & (facts.purchase_days >= MIN_DAYS) & (facts.median_gap_days > 0)
        often &= (facts.median_gap_days <= OFTEN_DAYS) & (waited <= 2 * OFTEN_DAYS)
        seldom = quiet & (facts.median_gap_days >= SELDOM_DAYS) & (waited <= SELDOM_DAYS)
        seldom |= quiet & (facts.purchase_days == 1) & (waited >= SELDOM_DAYS) & (waited < AGAIN_DAYS)
        half_year = np.full(len(facts), now_us // (AGAIN_DAYS * DAY) * (AGAIN_DAYS * DAY), np.int64)
        found: list[Proposal] = []
        for chosen, piece in ((often, _OFTEN), (seldom, _SELDOM)):
            occasion = Occasion(chosen, half_year, piece, PRIOR_EFFECT)
            found += proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)
        return found


PLAY = ChannelChoice()
