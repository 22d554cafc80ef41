"""Win-back (流失召回): people who are later than their own rhythm allows. It asks before it offers.

When to use: buyers who fell silent. Needs: at least ``MIN_DAYS`` purchase days. May not: speak twice about one lapse.
Judged by: D30 retention and repurchase against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

MIN_DAYS: Final = 3
#: Late from so many of one's own gaps on, and not before so many days (house rule).
LATE_GAPS: Final = 3.0
LATE_DAYS: Final = 14.0
#: Somebody silent for longer needs another play (house rule).
GONE_DAYS: Final = 180.0
#: The offer stands so long.
OPEN_FOR: Final = 14 * DAY
#: Expected share of asked people who come back because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.03


@dataclass(frozen=True, slots=True)
class WinBack:
    """Ask once per lapse."""

    name: ClassVar[str] = "win_back"
    chinese: ClassVar[str] = "流失召回"
    subsystem: ClassVar[str] = "motivation"

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody who is ``LATE_GAPS`` of their own gaps late, and ``LATE_DAYS`` at least."""
        waited = (now_us - rhythms.last_at_us) / DAY
        late = (
            (rhythms.purchase_days >= MIN_DAYS)
            & (rhythms.median_gap_days > 0)
            & (waited >= np.maximum(LATE_GAPS * rhythms.median_gap_days, LATE_DAYS))
            & (waited < GONE_DAYS)
        )
        piece = Piece(content_id="win-back-1", text="好久没见到您了，是哪里没照顾好吗？回我一句，我来改。")
        return [
            Proposal(
                proposal_id=proposal_id(self.name, int(rhythms.person[i]), int(rhythms.last_at_us[i])),
                play=self.name,
                person_id=int(rhythms.person[i]),
                purpose="marketing",
                channel=channel,
                action="mass_send",
                piece=piece,
                expected_value_minor=PRIOR_EFFECT * float(rhythms.average_order_minor[i]),
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=now_us + OPEN_FOR,
            )
            for i in np.flatnonzero(late)
        ]


PLAY = WinBack()
