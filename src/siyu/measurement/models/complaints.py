"""Complaints (投诉): who complained when, from a moment on. Definition: every touch of that kind. House definition."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class Complained:
    """Complaints, by bucket, person and time.

    Shape: (complaints,) each; ``at`` in microseconds since 1970 UTC.
    """

    person: Int64
    at: Int64


@dataclass(frozen=True, slots=True)
class Complaints:
    """The measure.

    Attributes:
        since_us: From when on they count.
    """

    since_us: int
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> Complained:
        """Pick the complaints of one bucket."""
        mine = (timeline.kind == TouchKind.COMPLAINT) & (timeline.at >= self.since_us)
        return Complained(timeline.person[mine].astype(np.int64), timeline.at[mine].astype(np.int64))

    def combine(self, parts: Iterable[Complained]) -> Complained:
        """Put the buckets together."""
        found = list(parts)
        if not found:
            return Complained(np.empty(0, np.int64), np.empty(0, np.int64))
        return Complained(np.concatenate([one.person for one in found]), np.concatenate([one.at for one in found]))
