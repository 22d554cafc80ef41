"""From when to when there is data."""

from collections.abc import Iterable
from dataclasses import dataclass

from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Span:
    """The measure of the earliest and the latest touch of anybody, microseconds since 1970 UTC; 0 of nothing."""

    columns: tuple[str, ...] = ()

    def of_bucket(self, timeline: Timeline) -> tuple[int, int] | None:
        """Measure one bucket."""
        return (int(timeline.at.min()), int(timeline.at.max())) if len(timeline) else None

    def combine(self, parts: Iterable[tuple[int, int] | None]) -> tuple[int, int]:
        """Add the buckets up."""
        known = [part for part in parts if part is not None]
        return min((first for first, _ in known), default=0), max((last for _, last in known), default=0)
