"""Super-user care (超级用户关怀): those who bring most are thanked and asked in person, once a quarter.

When to use: a twentieth of people often brings a third of the money. Needs: orders and what was paid. May not: sell.
Judged by: repurchase within 30 days and money per person against its holdout.
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

#: The top share by what was paid, with at least so many purchase days (house rule).
TOP_SHARE: Final = 0.05
MIN_DAYS: Final = 4
QUARTER_DAYS: Final = 91
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.015
_PIECE: Final = Piece(content_id="super-user-1", text="谢谢您一直照顾我们。新品想请您先用、先说，愿意的话回我。")


@dataclass(frozen=True, slots=True)
class SuperUser:
    """Care once a quarter."""

    name: ClassVar[str] = "super_user"
    chinese: ClassVar[str] = "超级用户关怀"
    subsystem: ClassVar[str] = "ability"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for the top ``TOP_SHARE`` of buyers."""
        bought = facts.orders > 0
        if not bought.any():
            return []
        line = float(np.quantile(facts.paid_minor[bought], 1.0 - TOP_SHARE))
        top = (facts.paid_minor >= line) & (facts.purchase_days >= MIN_DAYS)
        quarter = now_us // (QUARTER_DAYS * DAY) * (QUARTER_DAYS * DAY)
        occasion = Occasion(top, np.full(len(facts), quarter, np.int64), _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = SuperUser()
