"""What followed (随后消费): what people paid within a window after given moments.

Definition: the sum of paid orders in [moment, moment + window) for each pair of person and moment; or how often
something else happened.
Source: house definition; as ``metrics/uplift.py``, for several moments of one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Bool, Int64
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class BroughtWithin:
    """The measure.

    Attributes:
        person, at: The pairs, in any order; ``window_us``: how long after each.
        counted: Kinds of touches to be counted; none: what was paid.
    Shape: (pairs,) each.
    """

    person: Int64
    at: Int64
    window_us: int
    counted: tuple[TouchKind, ...] = ()
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Return what each pair brought in this bucket, in the order of the pairs: zeros for other buckets' people."""
        wanted = np.isin(timeline.kind, self.counted or (TouchKind.ORDER_PAID,))
        person, at = timeline.person[wanted], timeline.at[wanted]
        worth = np.ones(at.size, np.int64) if self.counted else np.abs(timeline.value[wanted])
        people = np.unique(person)
        brought = np.zeros(self.person.size, np.int64)
        if not people.size:
            return brought
        place = np.minimum(np.searchsorted(people, self.person), people.size - 1)
        mine: Bool = people[place] == self.person
        begin, end = np.searchsorted(person, people, "left"), np.searchsorted(person, people, "right")
        sums = np.concatenate(([0], np.cumsum(worth)))
        order = np.lexsort((self.at[mine], place[mine]))
        rows = np.flatnonzero(mine)[order]
        for moment_of, sign in ((self.at[rows] + self.window_us, 1), (self.at[rows], -1)):
            brought[rows] += sign * sums[_upto(at, begin[place[rows]], end[place[rows]], moment_of)]
        return brought

    def combine(self, parts: Iterable[Int64]) -> Int64:
        """Add the buckets up."""
        return np.asarray(sum(parts, np.zeros(self.person.size, np.int64)), np.int64)


def _upto(at: Int64, low: Int64, high: Int64, moments: Int64) -> Int64:
    """Return for each row the place of the first moment in ``at[low:high]`` that is not before its own (bisection)."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        before = open_ & (at[np.minimum(middle, at.size - 1)] < moments)
        low = np.where(before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low
