"""Birthday (生日月): in the month of somebody's birthday, a wish; the day itself stays in the vault.

When to use: it costs little and is remembered. Needs: a day of birth, of which campaigns see the month alone. May not:
name the day or the age, sell, or wish twice a year. Judged by: repurchase within 30 days against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import PORTRAIT, Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY, moment_of, us_of

#: The month begins in China (the plays know no other clock).
_ZONE: Final = timezone(timedelta(hours=8))
#: Said within so many days of the month's beginning.
WITHIN_DAYS: Final = 20
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.02
_PIECE: Final = Piece(content_id="birthday-1", text="这个月是您的生日月，祝您生日快乐！想要什么样的小惊喜，回我一句。")


@dataclass(frozen=True, slots=True)
class Birthday:
    """Wish once a year."""

    name: ClassVar[str] = "birthday"
    chinese: ClassVar[str] = "生日月"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (PORTRAIT,)

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody whose month it is, until the month is two thirds over."""
        now = moment_of(now_us).astimezone(_ZONE)
        month_us = us_of(datetime(now.year, now.month, 1, tzinfo=_ZONE))
        theirs = (facts.birth_month == now.month) & (now_us - month_us < WITHIN_DAYS * DAY)
        theirs &= facts.complaints_open == 0
        occasion = Occasion(theirs, np.full(len(facts), month_us, np.int64), _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = Birthday()
