"""Win-back (流失召回): people who are later than their rhythm allows. It asks before it offers, and not every week.

When to use: buyers who fell silent, those who bought once included. Needs: rhythms; refunds and settled complaints, so
that who left over something is asked about that and offered nothing. May not: offer before it asked, speak more than
once a month or while a complaint is open, or go on for longer than a year. Judged by: D30 retention and repurchase
against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import EVENTS, Facts
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms, expected_gap_days
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Late from so many expected gaps on, and not before so many days (house rule).
LATE_GAPS: Final = 2.0
LATE_DAYS: Final = 21.0
#: Days from step to step; somebody silent for longer than ``GONE_DAYS`` is left in peace (house rule).
STEP_DAYS: Final = 30.0
GONE_DAYS: Final = 365.0
#: What is said, in turn.
STEPS: Final = (
    Piece(content_id="win-back-1", text="好久没见到您了，是哪里没照顾好吗？回我一句，我来改。"),
    Piece(content_id="win-back-2", text="给您留了一份老朋友的优惠，想起我们时说一声就好。"),
)
#: What is said instead, at every step, to whom something happened since the last purchase: the likeliest reason.
REFUNDED: Final = Piece(
    content_id="win-back-refunded", text="好久没见，上次退的那件是哪里没合适？告诉我，下次帮您挑对。"
)
SETTLED: Final = Piece(content_id="win-back-settled", text="好久没见，上次的事我们认真改了。还有没处理好的吗？告诉我。")
#: Each step stands so long.
OPEN_FOR: Final = 14 * DAY
#: Expected share of asked people who come back because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.03


@dataclass(frozen=True, slots=True)
class WinBack:
    """Ask, a month later offer, and so on in turn; each step once per lapse."""

    name: ClassVar[str] = "win_back"
    chinese: ClassVar[str] = "流失召回"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (EVENTS,)

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose the step that everybody stands at who is ``LATE_GAPS`` late, and ``LATE_DAYS`` at least."""
        waited = (now_us - rhythms.last_at_us) / DAY
        beyond = waited - np.maximum(LATE_GAPS * expected_gap_days(rhythms), LATE_DAYS)
        late = (rhythms.purchase_days > 0) & (beyond >= 0) & (waited < GONE_DAYS)
        step = np.where(late, beyond, 0.0) // STEP_DAYS
        if isinstance(rhythms, Facts):
            late &= rhythms.complaints_open == 0
        return [
            Proposal(
                # a step is told apart by a microsecond: it is the same lapse
                proposal_id=proposal_id(self.name, int(rhythms.person[i]), int(rhythms.last_at_us[i] + step[i])),
                play=self.name,
                person_id=int(rhythms.person[i]),
                purpose="marketing",
                channel=channel,
                action="mass_send",
                piece=_reason(rhythms, int(i)) or STEPS[int(step[i]) % len(STEPS)],
                expected_value_minor=PRIOR_EFFECT * float(rhythms.average_order_minor[i]),
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=now_us + OPEN_FOR,
            )
            for i in np.flatnonzero(late)
        ]


def _reason(rhythms: Rhythms, i: int) -> Piece | None:
    """Return what to ask about, if something happened since the last purchase."""
    if not isinstance(rhythms, Facts):
        return None
    last_us = int(rhythms.last_at_us[i])
    if rhythms.calmed_at_us[i] >= last_us:
        return SETTLED
    return REFUNDED if rhythms.refunded_at_us[i] >= last_us else None


PLAY = WinBack()
