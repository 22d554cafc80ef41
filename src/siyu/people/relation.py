"""Relation (好友关系): which of our accounts and staff can reach a person, since when, through which source."""

from collections.abc import Sequence

import msgspec

from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

_BEGINS = frozenset({TouchKind.CONTACT_ADDED, TouchKind.FOLLOW})
_ENDS = frozenset({TouchKind.CONTACT_REMOVED, TouchKind.CONTACT_DROPPED, TouchKind.UNFOLLOW})
#: Kinds of touch that begin or end a relation.
SAYS_RELATION = _BEGINS | _ENDS


class Relation(msgspec.Struct, frozen=True, gc=False):
    """One standing or ended connection.

    Attributes:
        identifier_id: The identifier by which the platform knows the person (external user id, open id).
        until_us: None while it holds. Microseconds since 1970 UTC.
    """

    identifier_id: int
    channel: str
    account: str
    staff: str
    since_us: int
    until_us: int | None
    source_code: str


def relations_of(touches: Sequence[tuple[int, Touch]]) -> list[Relation]:
    """Return what a batch of (identifier number, touch) says about relations, in the order it was said."""
    return [
        Relation(
            identifier_id,
            touch.channel,
            touch.account,
            touch.staff,
            touch.happened_at_us,
            touch.happened_at_us if touch.kind in _ENDS else None,
            touch.source_code,
        )
        for identifier_id, touch in touches
        if touch.kind in SAYS_RELATION and identifier_id
    ]
