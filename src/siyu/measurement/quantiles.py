"""Quantiles of whole numbers by counting, which is faster than sorting. Linear between neighbours, as is usual."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int64
from siyu.kernel.compiled import compiled

#: Bins of the first count of many numbers; only the numbers of the few bins that matter are sorted.
_BINS: Final = 1 << 16


def quantiles(counts: Int64, shares: Sequence[float]) -> Sequence[float] | None:
    """Return exact quantiles of whole numbers that are given by how often each occurs.

    Args:
        counts: How often 0, 1, 2, … occurs.
    """
    size = int(counts.sum())
    if not size:
        return None
    low, high, part = _places(size, shares)
    below, above = np.searchsorted(counts.cumsum(), [low, high], "right")
    return list(map(float, below + (above - below) * part))


def quantiles_of(numbers: Int64, shares: Sequence[float]) -> Sequence[float]:
    """Return exact quantiles of whole numbers in any order; nothing of none."""
    if not numbers.size:
        return []
    least, most = int(numbers.min()), int(numbers.max())
    shift = max((most - least).bit_length() - (_BINS - 1).bit_length(), 0)
    counts = count_in_bins(numbers, least, shift)
    low, high, part = _places(numbers.size, shares)
    low_bin, high_bin = np.searchsorted(counts.cumsum(), [low, high], "right")
    matter = np.zeros(_BINS, np.bool_)
    matter[low_bin] = matter[high_bin] = True
    few = np.sort(those_in_bins(numbers, least, shift, matter))
    left_out = np.where(matter, 0, counts).cumsum()
    below, above = few[low - left_out[low_bin]], few[high - left_out[high_bin]]
    return list(map(float, below + (above - below) * part))


def _places(size: int, shares: Sequence[float]) -> tuple[Int64, Int64, Float64]:
    """Return, for each share, the places in ascending order on both sides of it, and how far it lies between them."""
    place = np.array(shares) * (size - 1)
    low = place.astype(np.int64)
    return low, np.minimum(low + 1, size - 1), place - low


@compiled
def count_in_bins(numbers: Int64, least: int, shift: int) -> Int64:
    """Count numbers by ``(number - least) >> shift``. Shape: (numbers,); returns (bins,)."""
    counts = np.zeros(_BINS, np.int64)
    for one in numbers:
        counts[(one - least) >> shift] += 1
    return counts


@compiled
def those_in_bins(numbers: Int64, least: int, shift: int, matter: Bool) -> Int64:
    """Return the numbers whose bin matters. Shape: (numbers,), (bins,); returns (some,)."""
    size = 0
    for one in numbers:
        size += matter[(one - least) >> shift]
    found = np.empty(size, np.int64)
    size = 0
    for one in numbers:
        if matter[(one - least) >> shift]:
            found[size] = one
            size += 1
    return found
