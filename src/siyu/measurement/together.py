"""Together (一次读完): several measures as one, so that every bucket is read once and one job answers for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.measurement.ports import Measure
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Together:
    """The measure of several; the result is a list, in their order."""

    measures: Sequence[Measure[Any, Any]]

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return tuple(sorted({column for measure in self.measures for column in measure.columns}))

    def of_bucket(self, timeline: Timeline) -> list[Any]:
        """Measure one bucket."""
        return [measure.of_bucket(timeline) for measure in self.measures]

    def combine(self, parts: Iterable[list[Any]]) -> list[Any]:
        """Add the buckets up, each measure its own."""
        taken = list(parts)
        return [measure.combine([part[place] for part in taken]) for place, measure in enumerate(self.measures)]
