"""Weak to strong (弱关系变强): the second purchase is the step from a buyer to a customer.

When to use: people who bought once. Needs: orders. May not: offer a discount, speak more than once a week, or go on
after the second purchase or once the person is late: that is win-back's.
Judged by: repurchase within 30 days against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.campaigns.rhythms import late_after_days
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: From here after the only purchase until the person is late, or to there where nobody tells what is usual; days (house
#: rule). Each week is an occasion; whether it is worth it is decided by next best action.
FROM_DAYS: Final = 21
TO_DAYS: Final = 75
STEP_DAYS: Final = 7
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.02
_PIECE: Final = Piece(content_id="weak-to-strong-1", text="上次带走的快用完了吧？要我提醒您补货的话，回我一个字就好。")
#: Other wordings: a question first, or what others say.
_INSTEAD: Final = (
    Piece(content_id="weak-to-strong-ask", text="第一次带走的，用着感觉怎么样？哪里不合适告诉我，下次帮您挑对。"),
    Piece(content_id="weak-to-strong-guide", text="谢谢您选了我们。老顾客整理了一份搭配用法，给您参考。"),
)


@dataclass(frozen=True, slots=True)
class WeakToStrong:
    """Help towards the second purchase."""

    name: ClassVar[str] = "weak_to_strong"
    chinese: ClassVar[str] = "弱关系变强"
    subsystem: ClassVar[str] = "ability"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody whose only purchase is ``FROM_DAYS`` old, week by week until they are late."""
        waited = now_us - facts.last_at_us
        late_days = late_after_days(facts)
        until_us = np.where(np.isfinite(late_days), late_days, TO_DAYS) * DAY
        once = (facts.purchase_days == 1) & (waited >= FROM_DAYS * DAY) & (waited < until_us)
        week = np.where(once, waited - FROM_DAYS * DAY, 0) // (STEP_DAYS * DAY)
        occasion = Occasion(once, facts.last_at_us + week, _PIECE, PRIOR_EFFECT, instead=_INSTEAD)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = WeakToStrong()
