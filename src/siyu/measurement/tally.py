"""A tally (计数): how many touches of each kind there are, and what money they moved."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.measurement.timeline import Timeline

_KINDS = 128


@dataclass(frozen=True, slots=True)
class Tallied:
    """Touches and minor units by the number of the kind.

    Shape: 128 each.
    """

    touches: list[int]
    value_minor: list[int]


@dataclass(frozen=True, slots=True)
class Tally:
    """A ``Measure`` of touches and money by kind; several currencies are added as they are."""

    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Count one bucket: (2, 128)."""
        counts = np.zeros((2, _KINDS), np.int64)
        np.add.at(counts[0], timeline.kind, 1)
        np.add.at(counts[1], timeline.kind, timeline.value)
        return counts

    def combine(self, parts: Iterable[Int64]) -> Tallied:
        """Add the buckets up."""
        total = np.zeros((2, _KINDS), np.int64)
        for part in parts:
            total += part
        touches, value = total.tolist()
        return Tallied(touches, value)
