"""Welcome (欢迎与兑现): whoever added us is greeted once and gets what was promised on adding.

When to use: always; it is the first thing a person hears. Needs: relations with their beginning, and the promise
ledger. May not: sell, or greet later than a week. Judged by: first purchase and D7 retention against its holdout, and
the share of promises kept in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import PROMISES, Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: A greeting later than this is none (house rule).
WITHIN_DAYS: Final = 7
#: A promise older than this is not kept by a message any more: somebody has to call (house rule).
OWED_DAYS: Final = 14
#: Expected share of greeted people who buy because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.01
#: Messages with a content id that begins like this deliver what was promised (``app/campaigns/keep_promises.py``).
DELIVERS: Final = "welcome-promised"
_GREETING: Final = Piece(content_id="welcome-1", text="欢迎您！我是您的专属顾问，有事直接回我，使用上的问题随时问。")


@dataclass(frozen=True, slots=True)
class Welcome:
    """Greet once per person, and deliver each thing that was promised."""

    name: ClassVar[str] = "welcome"
    chinese: ClassVar[str] = "欢迎与兑现"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (PROMISES,)

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody to whom something is owed, and for who is new and was never written to."""
        here = facts.contact_since_us > 0
        owed = here & (facts.promised_at_us > 0) & (now_us - facts.promised_at_us < OWED_DAYS * DAY)
        waited = now_us - facts.contact_since_us
        new = here & ~owed & (waited >= 0) & (waited < WITHIN_DAYS * DAY) & (facts.messages_out == 0)
        found = proposals_of(
            self.name, facts, Occasion(new, facts.contact_since_us, _GREETING, PRIOR_EFFECT), now_us=now_us,
            channel=channel,
        )  # fmt: skip
        for what in np.unique(facts.promised[owed]).tolist():
            piece = Piece(
                content_id=f"{DELIVERS}/{what}"[:128], text=f"欢迎您！添加时答应您的{what}在这里，有事直接回我。"
            )
            occasion = Occasion(owed & (facts.promised == what), facts.promised_at_us, piece, PRIOR_EFFECT)
            found += proposals_of(self.name, facts, occasion, now_us=now_us, channel=channel)
        return found


PLAY = Welcome()
