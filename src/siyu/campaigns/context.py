"""Context (情境): where somebody stands in their own rhythm, and how long ago they last heard from us.

What a message brings depends on both, and so do the choices that are learned from: a context is written ``late/week``.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from siyu.campaigns.facts import Facts
from siyu.campaigns.rhythms import LATE_GAPS, expected_gap_days
from siyu.kernel.period import DAY

#: Never bought; far from the next purchase; about due; late; silent for very long by one's own rhythm.
KINDS: Final = ("new", "early", "due", "late", "gone")
#: Multiples of the gap that can be expected at which the last three begin (house rule).
_BEGINS: Final = (0.7, LATE_GAPS, 4.0)
#: How long nothing was heard from us: days, a week or more, two weeks or more, four weeks or more.
RESTS: Final = ("days", "week", "weeks", "rested")
#: Days at which the last three begin, an hour's play left for turns that come early.
_RESTED: Final = (6.5, 13.5, 27.5)
#: Who buys more often than every so many days is used to hearing from us as much more often (house rule).
_USUAL_GAP: Final = 14.0
#: So far back it matters when somebody heard from us.
REMEMBERED: Final = 28 * DAY


def contexts_of(facts: Facts, now_us: int, *, heard_at_us: Mapping[int, int]) -> dict[int, str]:
    """Say in which context everybody is.

    Args:
        heard_at_us: When each person last heard from us; who is missing did not within ``REMEMBERED``.
    """
    gap = np.maximum(expected_gap_days(facts), 1.0)
    gaps, pace = (now_us - facts.last_at_us) / DAY / gap, np.maximum(1.0, _USUAL_GAP / gap)
    kind = np.where(facts.purchase_days == 0, 0, 1 + np.searchsorted(_BEGINS, gaps, side="right"))
    people = facts.person.tolist()
    heard_us = np.array([heard_at_us.get(person, now_us - REMEMBERED) for person in people], np.int64)
    rest = np.searchsorted(_RESTED, pace * (now_us - heard_us) / DAY, side="right")
    names = [f"{kind}/{rest}" for kind in KINDS for rest in RESTS]
    return {person: names[place] for person, place in zip(people, (kind * len(RESTS) + rest).tolist(), strict=True)}
