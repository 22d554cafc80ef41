"""Welcome (欢迎与兑现): whoever added us is greeted once and gets what was promised on adding.

When to use: always; it is the first thing a person hears. Needs: relations with their beginning. May not: sell, or come
later than a week. Judged by: first purchase and D7 retention against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: A greeting later than this is none (house rule).
WITHIN_DAYS: Final = 7
#: Expected share of greeted people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
_PIECE: Final = Piece(content_id="welcome-1", text="欢迎您！添加时答应您的使用指南在这里，有事直接回我。")


@dataclass(frozen=True, slots=True)
class Welcome:
    """Greet once per person."""

    name: ClassVar[str] = "welcome"
    chinese: ClassVar[str] = "欢迎与兑现"
    subsystem: ClassVar[str] = "trigger"

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody who added us within ``WITHIN_DAYS`` and was never written to."""
        waited = now_us - facts.contact_since_us
        new = (facts.contact_since_us > 0) & (waited >= 0) & (waited < WITHIN_DAYS * DAY) & (facts.messages_out == 0)
        occasion = Occasion(new, facts.contact_since_us, _PIECE, PRIOR_EFFECT)
        return proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)


PLAY = Welcome()
