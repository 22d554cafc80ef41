"""An occasion (时机): the moment in a person's life that gives a play its reason; the same occasion proposes once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.campaigns.facts import Facts
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.period import DAY

_WEEK: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom it has come, and what is said.

    Attributes:
        chosen: Who, (people,).
        since_us: The moment that gave rise to it, (people,); microseconds since 1970 UTC.
        effect: Expected share of people who buy because of it, until the play's own holdout has measured it.
        open_for: How long it makes sense, microseconds.
        instead: Other wordings that would serve.
    """

    chosen: Bool
    since_us: Int64
    piece: Piece
    effect: float
    open_for: int = _WEEK
    instead: tuple[Piece, ...] = ()


def proposals_of(play: str, facts: Facts, occasion: Occasion, *, now_us: int, channel: str) -> list[Proposal]:
    """Propose for everybody for whom the occasion has come; who never bought is valued like the average buyer."""
    bought = facts.average_order_minor > 0
    usual = float(facts.average_order_minor[bought].mean()) if bought.any() else 0.0
    worth = np.where(bought, facts.average_order_minor, usual) * occasion.effect
    return [
        Proposal(
            proposal_id=proposal_id(play, int(facts.person[i]), int(occasion.since_us[i])),
            play=play,
            person_id=int(facts.person[i]),
            purpose="marketing",
            channel=channel,
            action="mass_send",
            piece=occasion.piece,
            instead=occasion.instead,
            expected_value_minor=float(worth[i]),
            proposed_at_us=now_us,
            due_at_us=now_us,
            deadline_us=now_us + occasion.open_for,
        )
        for i in np.flatnonzero(occasion.chosen)
    ]
