"""Fatigue of creatives (素材疲劳): the same picture shown again and again is answered less and less.

Definition: days of a creative are put in order and cut where a third of its impressions was shown, and where the last
    third begins. Fallen = response per impression of the last third less that of the first. A creative is tired when
    the whole interval of that lies below zero, the rate fell by at least ``least_fall`` of what it was, and at least
    ``LEAST_ANSWERS`` people responded at first.
Units: responses per impression; 95 % interval.
Source: Newcombe (1998), method 10, for the difference of two shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siyu.measurement.interval import Estimate, difference_of_shares

#: A fall by less than this is nothing to act on, however sure it is.
LEAST_FALL: Final = 0.2
#: Whoever was answered less often than this at first has nothing to fall from.
LEAST_ANSWERS: Final = 30


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One day of a creative: how often it was shown, how often people responded."""

    day_us: int
    impressions: int
    responses: int


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How a creative wears.

    Attributes:
        first_rate, last_rate: Responses per impression in the first and in the last third of its impressions.
        fallen: Their difference with its interval; ``None`` while there are not two parts to compare.
        tired: Time for another one.
    """

    impressions: int
    responses: int
    first_rate: float | None
    last_rate: float | None
    fallen: Estimate | None
    tired: bool


def fatigue(days: Sequence[ShownDay], *, least_fall: float = LEAST_FALL) -> Fatigue:
    """Say how a creative wears; days may come in any order, those without impressions are passed over."""
    shown = sorted((one for one in days if one.impressions > 0), key=lambda one: one.day_us)
    total = sum(one.impressions for one in shown)
    responses = sum(min(one.responses, one.impressions) for one in shown)
    first, last, seen = [0, 0], [0, 0], 0
    for one in shown:
        part = first if 3 * seen < total else None
        seen += one.impressions
        if 3 * seen > 2 * total and part is None:
            part = last
        if part is not None:
            part[0] += one.impressions
            part[1] += min(one.responses, one.impressions)
    if not first[0] or not last[0]:
        return Fatigue(total, responses, None, None, None, tired=False)
    fallen = difference_of_shares(last[1], last[0], first[1], first[0])
    first_rate, last_rate = first[1] / first[0], last[1] / last[0]
    sure = fallen is not None and fallen.high < 0 and first[1] >= LEAST_ANSWERS
    tired = sure and last_rate <= (1 - least_fall) * first_rate
    return Fatigue(total, responses, first_rate, last_rate, fallen, tired=tired)
