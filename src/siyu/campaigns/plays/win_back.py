"""Win-back (流失召回): people who are later than their rhythm allows. It asks before it offers.

When to use: buyers who fell silent, those who bought once included. Needs: rhythms; refunds and settled complaints, so
that who left over something is asked about that and offered nothing. May not: offer in the first week of a lapse, ask
what went wrong more than once in four weeks, speak while a complaint is open, more than once a week, or more than once
in four weeks after a year, or go on for longer than two years. Judged by: D30 retention and repurchase against its
holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import EVENTS, Facts
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms, late_after_days
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Days from step to step, and after a year, but not before the first four: each is an occasion, and whether it is worth
#: it is decided by next best action. Somebody silent for longer than ``GONE_DAYS`` is left in peace (house rules).
STEP_DAYS: Final = 7.0
FAR_AFTER_DAYS: Final = 365.0
FAR_STEP_DAYS: Final = 28.0
GONE_DAYS: Final = 730.0
#: Steps after a year count from here on; there are fewer than so many before.
_FAR: Final = 100
ASK: Final = Piece(content_id="win-back-1", text="好久没见到您了，是哪里没照顾好吗？回我一句，我来改。")
OFFER: Final = Piece(content_id="win-back-2", text="给您留了一份老朋友的优惠，想起我们时说一声就好。")
REMIND: Final = Piece(content_id="win-back-3", text="常用的那几样该补货了吧？要我按上次的给您备一份，回我就好。")
THANK: Final = Piece(content_id="win-back-4", text="谢谢您陪我们走过的这段时间。有用法上的问题，照样随时问我。")
#: What is said at each step, in turn; a reminder only at first: after that nobody runs out of what they bought here.
#: At all but the first one of the others may be said instead, but not asked.
STEPS: Final = (ASK, OFFER, REMIND, OFFER)
LATER: Final = (ASK, OFFER, THANK, OFFER)
#: So the last question of the first year is four weeks old when the next one is asked.
FAR: Final = (OFFER, ASK)
#: What is said instead, at every step, to whom something happened since the last purchase: the likeliest reason.
REFUNDED: Final = Piece(
    content_id="win-back-refunded", text="好久没见，上次退的那件是哪里没合适？告诉我，下次帮您挑对。"
)
SETTLED: Final = Piece(content_id="win-back-settled", text="好久没见，上次的事我们认真改了。还有没处理好的吗？告诉我。")
#: Each step stands so long.
OPEN_FOR: Final = 7 * DAY
#: Expected share of asked people who come back because of it, until measured (house prior).
PRIOR_EFFECT: Final = 0.03


@dataclass(frozen=True, slots=True)
class WinBack:
    """Ask, offer, remind and offer, and ask again in the fifth week; each step once per lapse."""

    name: ClassVar[str] = "win_back"
    chinese: ClassVar[str] = "流失召回"
    subsystem: ClassVar[str] = "motivation"
    prior: ClassVar[float] = PRIOR_EFFECT
    needs: ClassVar[tuple[str, ...]] = (EVENTS,)

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose the step that everybody stands at who is late (``rhythms.late_after_days``)."""
        waited, late_days = (now_us - rhythms.last_at_us) / DAY, late_after_days(rhythms)
        late = (rhythms.purchase_days > 0) & (waited >= late_days) & (waited < GONE_DAYS)
        far_days = np.maximum(FAR_AFTER_DAYS, late_days + len(STEPS) * STEP_DAYS)
        step = np.where(late, waited - late_days, 0.0) // STEP_DAYS
        far = late & (waited >= far_days)
        step[far] = _FAR + (waited - far_days)[far] // FAR_STEP_DAYS
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
                piece=_reason(rhythms, int(i)) or said_at(int(step[i])),
                instead=() if _reason(rhythms, int(i)) else _instead(int(step[i])),
                expected_value_minor=PRIOR_EFFECT * float(rhythms.average_order_minor[i]),
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=now_us + OPEN_FOR,
            )
            for i in np.flatnonzero(late)
        ]


def said_at(step: int) -> Piece:
    """Return what is said at a step."""
    if step >= _FAR:
        return FAR[(step - _FAR) % len(FAR)]
    return STEPS[step] if step < len(STEPS) else LATER[step % len(LATER)]


def _instead(step: int) -> tuple[Piece, ...]:
    """Return what else may be said at a step: nothing at the first; never the question, which has its own weeks."""
    others = (OFFER, REMIND, THANK) if step < len(STEPS) else (OFFER, THANK)
    return tuple(piece for piece in others if piece != said_at(step)) if step else ()


def _reason(rhythms: Rhythms, i: int) -> Piece | None:
    """Return what to ask about, if something happened since the last purchase."""
    if not isinstance(rhythms, Facts):
        return None
    last_us = int(rhythms.last_at_us[i])
    if rhythms.calmed_at_us[i] >= last_us:
        return SETTLED
    return REFUNDED if rhythms.refunded_at_us[i] >= last_us else None


PLAY = WinBack()
