"""Feedback (反馈问卷): after the first purchase and every fifth, one question; the answer goes to a person.

When to use: to hear of trouble before it becomes silence. Needs: orders; complaints. May not: sell, or ask who
complains already. Judged by: repurchase within 30 days, and answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: From here to there after the purchase, days (house rule).
FROM_DAYS: Final = 10
TO_DAYS: Final = 21
EVERY: Final = 5
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
_PIECE: Final = Piece(content_id="feedback-1", text="用了这些天，感觉怎么样？回我一句好或不好都行，我来改。")


@dataclass(frozen=True, slots=True)
class Feedback:
    """Ask once per purchase."""

    name: ClassVar[str] = "feedback"
    chinese: ClassVar[str] = "反馈问卷"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose after the first purchase and every ``EVERY``-th."""
        waited = now_us - facts.last_at_us
        asked = (facts.purchase_days == 1) | ((facts.purchase_days > 0) & (facts.purchase_days % EVERY == 0))
        asked &= (facts.complaints_open == 0) & (waited >= FROM_DAYS * DAY) & (waited < TO_DAYS * DAY)
        occasion = Occasion(asked, facts.last_at_us, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = Feedback()
