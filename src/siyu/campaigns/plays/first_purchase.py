"""First purchase by trust (首单信任): an expert's word, then a friend's, then a question. No offer at all.

When to use: people who added us and have not bought. Needs: relations, orders. May not: offer a discount, or go on
after the first order. Judged by: the share with a first order within 30 days against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Days after adding at which each step begins, and its words (house rule).
STEPS: Final = (
    (3, Piece(content_id="first-purchase-expert", text="我们的老师写了一份使用指南，先看看适不适合您。")),
    (10, Piece(content_id="first-purchase-friend", text="谢谢您一直在。和您情况差不多的朋友是这样用的，给您参考。")),
    (24, Piece(content_id="first-purchase-ask", text="还在犹豫什么吗？告诉我，我帮您挑。")),
)
#: After so many days it is another play's turn.
UNTIL_DAYS: Final = 45
#: Expected share of people who buy because of one step, until measured (house prior).
PRIOR_EFFECT: Final = 0.015


@dataclass(frozen=True, slots=True)
class FirstPurchase:
    """Three steps, each once, as long as the person has not bought."""

    name: ClassVar[str] = "first_purchase"
    chinese: ClassVar[str] = "首单信任"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose the step that a person without an order stands at."""
        age = now_us - facts.contact_since_us
        without = (facts.contact_since_us > 0) & (facts.orders == 0)
        ends = [*(day for day, _ in STEPS[1:]), UNTIL_DAYS]
        found: list[Proposal] = []
        for (day, piece), end in zip(STEPS, ends, strict=True):
            here = without & (age >= day * DAY) & (age < end * DAY)
            occasion = Occasion(here, facts.contact_since_us + day * DAY, piece, PRIOR_EFFECT)
            found += proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)
        return found


PLAY = FirstPurchase()
