"""What rows give away about how they were exported: days that two exports share, and clocks that ran wrong."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.period import DAY

_FAR_US: Final = 5 * 366 * DAY


@dataclass(frozen=True, slots=True)
class SharedDays:
    """Days on which every row stands at least twice: ``days`` of them, the first and the last, and rows too many."""

    days: int
    first: int
    last: int
    rows: int


def shared_days(day: Int64, again: Bool) -> SharedDays | None:
    """Find the days that two exports share; None unless two days or more have every row twice.

    Args:
        day: Day number of each row.
        again: Whether the row equals an earlier one in every column.
    Shape: (rows,) each.
    """
    if not again.any():
        return None
    days, of = np.unique(day, return_inverse=True)
    rows, repeats = np.bincount(of), np.bincount(of, weights=again)
    twice = repeats * 2 >= rows
    if int(twice.sum()) < 2:
        return None
    full = days[twice]
    return SharedDays(full.size, int(full[0]), int(full[-1]), int(repeats[twice].sum()))


def wrong_clocks(at_us: Int64) -> int:
    """Count moments more than five years before or after nearly all the others."""
    if at_us.size < 20:
        return 0
    low, high = np.quantile(at_us, (0.05, 0.95))
    return int(((at_us < low - _FAR_US) | (at_us > high + _FAR_US)).sum())
