"""A proposal (提议): what a play would like to do for one person. It is not a message: policy has not seen it yet."""

import msgspec

from siyu.content.piece import Piece
from siyu.kernel.ids import time_ordered_id


class Proposal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing a play would like to do for one person, once.

    Attributes:
        proposal_id: Derived from the play, the person and the occasion: the same occasion proposes once.
        person_id: Whom it is for.
        purpose: What consent it needs (``people/consent.py``).
        channel, action: Through what, and how (``wecom``, ``mass_send``).
        expected_value_minor: What it is expected to bring beyond doing nothing, in minor units; decides who gets a
            slot that several want.
        due_at_us: Not before; ``deadline_us``: after this it makes no sense any more.
        cost_minor: What saying it costs (a short message, a coupon), in the brand's minor units.
        personal: Whether it was chosen by the person's own behaviour; people may refuse that (PIPL article 24).
        instead: Other wordings that would serve; next best action finds out which suits whom.
    """

    proposal_id: bytes
    play: str
    person_id: int
    purpose: str
    channel: str
    action: str
    piece: Piece
    expected_value_minor: float
    proposed_at_us: int
    due_at_us: int
    deadline_us: int
    cost_minor: int = 0
    personal: bool = True
    instead: tuple[Piece, ...] = ()


def proposal_id(play: str, person_id: int, occasion_us: int) -> bytes:
    """Name a proposal by its play, its person and the moment that gave rise to it."""
    return time_ordered_id(occasion_us, play, str(person_id))
