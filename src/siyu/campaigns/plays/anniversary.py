"""Anniversary (相识周年): a year after the first purchase, a word of thanks.

When to use: it costs nothing and comes once a year. Needs: first orders. May not: sell, or come a week late. Judged by:
repurchase within 30 days against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

YEAR_DAYS: Final = 365
WITHIN_DAYS: Final = 7
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
_PIECE: Final = Piece(content_id="anniversary-1", text="认识您满一周年啦，谢谢您一路信任。")


@dataclass(frozen=True, slots=True)
class Anniversary:
    """Thank once a year."""

    name: ClassVar[str] = "anniversary"
    chinese: ClassVar[str] = "相识周年"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose in the week after the day on which the first purchase is whole years old."""
        age = now_us - facts.first_order_at_us
        years = age // (YEAR_DAYS * DAY)
        day = facts.first_order_at_us + years * (YEAR_DAYS * DAY)
        today = (facts.first_order_at_us > 0) & (years >= 1) & (now_us - day < WITHIN_DAYS * DAY)
        occasion = Occasion(today, day, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = Anniversary()
