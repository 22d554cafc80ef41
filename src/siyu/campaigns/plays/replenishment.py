"""Replenishment reminder (补货提醒): when a person's own rhythm says that the next purchase is due.

When to use: people who bought again. Needs: at least ``MIN_DAYS`` purchase days. May not: offer a discount, speak more
than once a week about one purchase, or go on once the person is late: that is win-back's. Judged by: repurchase and
D30 retention against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms, expected_gap_days, late_after_days
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Fewer purchase days than this are no rhythm yet (house rule).
MIN_DAYS: Final = 2
#: Due from here on, as a multiple of the gap to be expected, until the person is late (house rule: early helps).
FROM_GAPS: Final = 0.75
#: Each week that it is due is an occasion; whether it is worth it is decided by next best action.
STEP_DAYS: Final = 7.0
#: Expected share of reminded people who buy because of it, until the play's own holdout has measured it (house prior).
PRIOR_EFFECT: Final = 0.02
_PIECE: Final = Piece(content_id="replenishment-1", text="上次买的快用完了吧？常买的都给您留着，需要时回复我就好。")
#: Other wordings: a question first.
_INSTEAD: Final = (
    Piece(content_id="replenishment-ask", text="上次带走的，用着感觉怎么样？想接着用还是换一样，告诉我，我帮您挑。"),
)


@dataclass(frozen=True, slots=True)
class Replenishment:
    """Remind when the next purchase is due."""

    name: ClassVar[str] = "replenishment"
    chinese: ClassVar[str] = "补货提醒"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody whose gap to be expected is nearly over, week by week until they are late."""
        from_days, late_days = FROM_GAPS * expected_gap_days(rhythms), late_after_days(rhythms)
        waited = (now_us - rhythms.last_at_us) / DAY
        due = (rhythms.purchase_days >= MIN_DAYS) & (rhythms.median_gap_days > 0)
        due &= (waited >= from_days) & (waited < late_days)
        step = np.where(due, waited - from_days, 0.0) // STEP_DAYS
        return [
            Proposal(
                # a step is told apart by a microsecond: it is the same purchase
                proposal_id=proposal_id(self.name, int(rhythms.person[i]), int(rhythms.last_at_us[i] + step[i])),
                play=self.name,
                person_id=int(rhythms.person[i]),
                purpose="marketing",
                channel=channel,
                action="mass_send",
                piece=_PIECE,
                instead=_INSTEAD,
                expected_value_minor=PRIOR_EFFECT * float(rhythms.average_order_minor[i]),
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=int(rhythms.last_at_us[i] + late_days[i] * DAY),
            )
            for i in np.flatnonzero(due)
        ]


PLAY = Replenishment()
