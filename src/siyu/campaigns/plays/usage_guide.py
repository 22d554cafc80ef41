"""Usage guide (用法指导): after each of the first purchases, how to use what was bought.

When to use: what is used well is bought again; the first three purchases decide. Needs: orders; complaints, so that an
open one stops it. May not: sell, or speak while a complaint is open. Judged by: repurchase within 30 days.
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
FROM_DAYS: Final = 1
TO_DAYS: Final = 8
#: Who bought on more days than this knows how.
MOST_DAYS: Final = 3
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
_PIECE: Final = Piece(content_id="usage-guide-1", text="东西收到了吗？给您一份用法指南，哪一步不清楚随时问我。")


@dataclass(frozen=True, slots=True)
class UsageGuide:
    """Explain once per purchase."""

    name: ClassVar[str] = "usage_guide"
    chinese: ClassVar[str] = "用法指导"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody whose last purchase is ``FROM_DAYS`` to ``TO_DAYS`` old."""
        waited = now_us - facts.last_at_us
        fresh = (facts.purchase_days >= 1) & (facts.purchase_days <= MOST_DAYS) & (facts.complaints_open == 0)
        fresh &= (waited >= FROM_DAYS * DAY) & (waited < TO_DAYS * DAY)
        occasion = Occasion(fresh, facts.last_at_us, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = UsageGuide()
