"""Replenishment reminder (补货提醒): when a person's own rhythm says that the next purchase is due.

When to use: people who bought again. Needs: at least ``MIN_DAYS`` purchase days. May not: offer a discount, or
speak twice about one purchase. Judged by: repurchase and D30 retention against its holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms, expected_gap_days
from siyu.content.piece import Piece
from siyu.kernel.period import DAY

#: Fewer purchase days than this are no rhythm yet (house rule).
MIN_DAYS: Final = 2
#: Due from here to there, as multiples of the gap to be expected (house rule: a little early helps, late is win-back).
FROM_GAPS: Final = 0.9
TO_GAPS: Final = 1.5
#: Expected share of reminded people who buy because of it, until the play's own holdout has measured it (house prior).
PRIOR_EFFECT: Final = 0.02


@dataclass(frozen=True, slots=True)
class Replenishment:
    """Remind once per purchase cycle."""

    name: ClassVar[str] = "replenishment"
    chinese: ClassVar[str] = "补货提醒"
    subsystem: ClassVar[str] = "trigger"
    prior: ClassVar[float] = PRIOR_EFFECT

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody who stands between ``FROM_GAPS`` and ``TO_GAPS`` of the gap to be expected."""
        gap_us = expected_gap_days(rhythms) * DAY
        waited = (now_us - rhythms.last_at_us).astype(np.float64)
        due = (
            (rhythms.purchase_days >= MIN_DAYS)
            & (rhythms.median_gap_days > 0)
            & (waited >= FROM_GAPS * gap_us)
            & (waited < TO_GAPS * gap_us)
        )
        piece = Piece(content_id="replenishment-1", text="上次买的快用完了吧？常买的都给您留着，需要时回复我就好。")
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
                deadline_us=int(rhythms.last_at_us[i] + TO_GAPS * gap_us[i]),
            )
            for i in np.flatnonzero(due)
        ]


PLAY = Replenishment()
