"""The brand's calendar: which day, week or month a moment falls in, on the clock of one zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

import numpy as np

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, us_of

Unit = Literal["day", "week", "month"]
UNITS: Final = ("day", "week", "month")
_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every day, week (from Monday) or month from 1970 to 2099 in one zone; other moments fall in the nearest.

    Attributes:
        day_starts: First microsecond of each day, and of the day after the last.
        unit_of_day: Which unit each day is in.
        unit_starts: First microsecond of each unit, and of the unit after the last.
        labels: The first day of each unit.
    Shape: (days + 1,), (days,), (units + 1,), (units,).
    """

    unit: Unit
    day_starts: Int64
    unit_of_day: Int32
    unit_starts: Int64
    labels: Sequence[date]

    def unit_of(self, at_us: int) -> int:
        """Return the number of the unit that a moment falls in."""
        return int(unit_of(at_us, self.day_starts, self.unit_of_day))


@lru_cache(maxsize=16)
def calendar(unit: Unit, zone: tzinfo) -> Calendar:
    """Make the calendar of a zone. A day that daylight saving makes 23 or 25 hours long is that long."""
    days = [_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days)]
    starts = [us_of(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in [*days, _LAST]]
    marks = [_mark(day, unit) for day in days]
    sizes = [len(list(same)) for _, same in groupby(marks)]
    firsts = np.cumsum([0, *sizes])
    day_starts = np.array(starts, np.int64)
    return Calendar(
        unit,
        day_starts,
        np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        day_starts[firsts],
        [marks[first] for first in firsts[:-1]],
    )


def _mark(day: date, unit: Unit) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day


@compiled
def day_of(at: int, day_starts: Int64) -> int:
    """Return the number of the day that a moment falls in."""
    days = day_starts.size - 1
    day = min(max((at - day_starts[0]) // DAY, 0), days - 1)
    while day > 0 and at < day_starts[day]:
        day -= 1
    while day < days - 1 and at >= day_starts[day + 1]:
        day += 1
    return int(day)


@compiled
def unit_of(at: int, day_starts: Int64, unit_of_day: Int32) -> int:
    """Return the number of the unit that a moment falls in."""
    return int(unit_of_day[day_of(at, day_starts)])
