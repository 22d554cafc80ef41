"""How wide the interval of a next purchase must be so that it holds its share: learnt from a time that is known.

Definition: one looks back by a third of the history, predicts from there, and sees where in the predicted
    distribution the purchases fell that came since (whole days: a purchase on day g lies between the chances of g and
    g + 1). Their quantiles replace those of the model (split conformal prediction). What the interval says is: of the
    next purchases that come within as many days as one looked back, so many fall inside.
    ``held`` is how often it did: learnt on the middle third, counted on the last.
Units: days, shares in [0, 1].
When it lies: where the coming time is unlike the past, such as a season the history has not seen.
Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005), split conformal prediction.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.period import DAY
from siyu.measurement.models.rhythm import Rhythm, over_by
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

#: With fewer purchases to learn from, the model's own interval stands.
_LEAST: Final = 50
_SHORTEST_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class NextInterval:
    """What was learnt.

    Attributes:
        days: How far one looked back; the interval speaks of purchases within as many days.
        people: How many came in that time.
        low, middle, high: Which chances of the model are the ends of the interval and its middle.
        held, held_of: Share inside when learnt one such time earlier, and of how many; None if too few came then.
    """

    days: int
    people: int
    low: float
    middle: float
    high: float
    held: float | None
    held_of: int


def learn_interval(person: Int64, day: Int64, *, today: int, level: float = 0.8) -> NextInterval | None:
    """Learn how wide intervals must be; None where the history is too short or too few came back.

    Args:
        person, day: Purchase days, sorted by person and day; (rows,) each.
        today: Day number from which one looks; later rows are not used.
        level: Share of next purchases that the interval should hold.
    """
    if not day.size:
        return None
    back = (today - int(day.min())) // 3
    if back < _SHORTEST_DAYS:
        return None
    latest = _chances(person, day, today - back, today)
    ends = _ends(latest, level)
    if ends is None:
        return None
    before = _ends(_chances(person, day, today - 2 * back, today - back), level)
    held = None
    if before is not None:
        held = float(((latest[1] > before[0]) & (latest[0] <= before[2])).mean())
    return NextInterval(back, latest[0].size, *ends, held, latest[0].size if held is not None else 0)


def _chances(person: Int64, day: Int64, cut: int, until: int) -> tuple[Float64, Float64]:
    """Predict from ``cut``; return the chances of the days up to, and with, that of each next purchase by ``until``."""
    seen = day <= cut
    kind = np.full(int(seen.sum()), int(TouchKind.ORDER_PAID), np.int8)
    timeline = Timeline(person[seen], day[seen] * DAY, kind, np.zeros(kind.size, np.int64))
    rhythms = Rhythm(day_offset_us=0).of_bucket(timeline)
    later = (day > cut) & (day <= until)
    came, first = np.unique(person[later], return_index=True)
    known = np.flatnonzero((rhythms.purchase_days >= 2) & np.isin(rhythms.person, came))
    if not known.size:
        return np.empty(0), np.empty(0)
    gone = day[later][first][np.searchsorted(came, rhythms.person[known])]
    last = rhythms.last_at_us[known] // DAY
    silent = over_by(rhythms, known, (cut - last).astype(np.float64))
    lower, upper = (over_by(rhythms, known, (gone - last + more).astype(np.float64)) for more in (0, 1))
    left = np.maximum(1.0 - silent, 1e-300)
    return (lower - silent) / left, (upper - silent) / left


def _ends(chances: tuple[Float64, Float64], level: float) -> tuple[float, float, float] | None:
    lower, upper = np.sort(chances[0]), np.sort(chances[1])
    n = lower.size
    if n < _LEAST:
        return None
    side = (1.0 - level) / 2.0
    # order statistics of n + 1, so that the share holds for the next one and not only for these
    low = upper[max(floor((n + 1) * side) - 1, 0)]
    high = lower[min(ceil((n + 1) * (1.0 - side)) - 1, n - 1)]
    middle = float(np.median((lower + upper) / 2.0))
    return float(min(low, middle)), middle, float(max(high, middle))
