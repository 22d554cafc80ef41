"""Quantiles of whole numbers that are given by how often each occurs: counting is faster than sorting."""

from collections.abc import Sequence

import numpy as np

from siyu.kernel.arrays import Int64


def quantiles(counts: Int64, shares: Sequence[float]) -> Sequence[float] | None:
    """Return exact quantiles (linear between neighbours) of whole numbers that are given by how often each occurs.

    Args:
        counts: How often 0, 1, 2, … occurs.
    """
    size = int(counts.sum())
    if not size:
        return None
    upto = counts.cumsum()
    found = []
    for wanted in shares:
        place = wanted * (size - 1)
        below, above = np.searchsorted(upto, [int(place), min(int(place) + 1, size - 1)], "right")
        found.append(float(below + (above - below) * (place - int(place))))
    return found
