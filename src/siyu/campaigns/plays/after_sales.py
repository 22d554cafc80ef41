"""After-sales (售后触发): the parcel came, half is used, money went back, a complaint was settled.

When to use: always; each is a moment at which people expect to hear from us. The usage guide and the replenishment
reminder are plays of their own. Needs: parcels received, refunds and settled complaints as touches; a rhythm for what
is half used. May not: sell, or speak while a complaint is open. Judged by: repurchase within 30 days, complaints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import EVENTS, Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.period import DAY

#: From here to there after each moment, days (house rule).
RECEIVED_DAYS: Final = (1, 4)
REFUNDED_DAYS: Final = (2, 9)
SETTLED_DAYS: Final = (3, 10)
#: Half used, as multiples of the person's own gap; a rhythm is known from so many purchase days on.
HALF_GAPS: Final = (0.45, 0.6)
MIN_DAYS: Final = 4
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
_RECEIVED: Final = Piece(
    content_id="after-sales-received", text="包裹到了吗？东西有没有问题，有的话直接回我，我来处理。"
)
_HALF: Final = Piece(content_id="after-sales-half", text="用到一半了吧？效果怎么样，用法上有不清楚的随时问我。")
_REFUNDED: Final = Piece(content_id="after-sales-refunded", text="退款应该到账了。是哪里没让您满意？告诉我，我们改。")
_SETTLED: Final = Piece(content_id="after-sales-settled", text="上次的事后来处理得怎么样？还有不满意的，直接找我。")


@dataclass(frozen=True, slots=True)
class AfterSales:
    """Ask once per moment; who complained or sent something back is asked about that and nothing else."""

    name: ClassVar[str] = "after_sales"
    chinese: ClassVar[str] = "售后触发"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (EVENTS,)

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose at each moment of the way after a purchase."""
        quiet = facts.complaints_open == 0
        settled = quiet & _within(now_us - facts.calmed_at_us, facts.calmed_at_us, SETTLED_DAYS)
        refunded = quiet & ~settled & _within(now_us - facts.refunded_at_us, facts.refunded_at_us, REFUNDED_DAYS)
        calm = quiet & ~settled & ~refunded & (facts.refunded_at_us <= facts.last_at_us)
        received = calm & _within(now_us - facts.received_at_us, facts.received_at_us, RECEIVED_DAYS)
        gap_us, waited = facts.median_gap_days * DAY, now_us - facts.last_at_us
        half = calm & ~received & (facts.purchase_days >= MIN_DAYS) & (gap_us > 0)
        half &= (waited >= HALF_GAPS[0] * gap_us) & (waited < HALF_GAPS[1] * gap_us)
        occasions = (
            Occasion(settled, facts.calmed_at_us, _SETTLED, PRIOR_EFFECT),
            Occasion(refunded, facts.refunded_at_us, _REFUNDED, PRIOR_EFFECT),
            Occasion(received, facts.received_at_us, _RECEIVED, PRIOR_EFFECT),
            Occasion(half, facts.last_at_us + 1, _HALF, PRIOR_EFFECT),
        )
        return [
            proposal
            for occasion in occasions
            for proposal in proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)
        ]


def _within(waited: Int64, at_us: Int64, days: tuple[int, int]) -> Bool:
    return (at_us > 0) & (waited >= days[0] * DAY) & (waited < days[1] * DAY)


PLAY = AfterSales()
