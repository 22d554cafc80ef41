"""Dormant follower (沉睡好友唤醒): people who added us, never bought and fell silent. One question, then peace.

When to use: once in a while, before they are counted as lost. Needs: relations, orders, the last sign of life. May not:
offer a discount, or ask more than once in ``AGAIN_DAYS``. Judged by: first purchase within 30 days against its holdout.
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

SILENT_DAYS: Final = 45
AGAIN_DAYS: Final = 120
#: Expected share of people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.008
_PIECE: Final = Piece(content_id="dormant-1", text="好久没见，您当初想了解的是哪一样？告诉我，我只发您要的。")


@dataclass(frozen=True, slots=True)
class Dormant:
    """Ask once per spell of silence."""

    name: ClassVar[str] = "dormant"
    chinese: ClassVar[str] = "沉睡好友唤醒"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody who never bought and was not seen for ``SILENT_DAYS``."""
        seen = np.maximum(facts.last_seen_us, facts.contact_since_us)
        silent = now_us - seen
        asleep = (facts.contact_since_us > 0) & (facts.orders == 0) & (silent >= SILENT_DAYS * DAY)
        spell = seen + silent // (AGAIN_DAYS * DAY) * (AGAIN_DAYS * DAY)
        occasion = Occasion(asleep, spell, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = Dormant()
