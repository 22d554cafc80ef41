"""Weak to strong (弱关系变强): the second purchase is the step from a buyer to a customer.

When to use: people who bought once. Needs: orders. May not: offer a discount, or go on after the second purchase.
Judged by: repurchase within 30 days against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: From here to there after the only purchase, days (house rule).
FROM_DAYS: Final = 21
TO_DAYS: Final = 75
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.02
_PIECE: Final = Piece(content_id="weak-to-strong-1", text="上次带走的快用完了吧？要我提醒您补货的话，回我一个字就好。")


@dataclass(frozen=True, slots=True)
class WeakToStrong:
    """Ask once per person."""

    name: ClassVar[str] = "weak_to_strong"
    chinese: ClassVar[str] = "弱关系变强"
    subsystem: ClassVar[str] = "ability"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody whose only purchase is ``FROM_DAYS`` to ``TO_DAYS`` old."""
        waited = now_us - facts.last_at_us
        once = (facts.purchase_days == 1) & (waited >= FROM_DAYS * DAY) & (waited < TO_DAYS * DAY)
        occasion = Occasion(once, facts.last_at_us, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = WeakToStrong()
