"""Currencies (币种): which ones money is in, and measuring one of them only. Sums of several are never made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.measurement.ports import Measure
from siyu.measurement.timeline import Coded, Timeline


@dataclass(frozen=True, slots=True)
class Currencies:
    """The measure of how many touches move money in each currency, most first."""

    columns: tuple[str, ...] = ("value", "currency")

    def of_bucket(self, timeline: Timeline) -> dict[str, int]:
        """Count one bucket."""
        text = timeline.text["currency"]
        counts: Int64 = np.bincount(text.codes[timeline.value != 0], minlength=len(text.names))
        return {name: int(count) for name, count in zip(text.names, counts, strict=True) if count}

    def combine(self, parts: Iterable[dict[str, int]]) -> dict[str, int]:
        """Add the buckets up."""
        sums: dict[str, int] = {}
        for part in parts:
            for name, count in part.items():
                sums[name] = sums.get(name, 0) + count
        return dict(sorted(sums.items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True, slots=True)
class InCurrency:
    """Another measure, of touches that move no money or money of one currency; the others are not seen."""

    measure: Measure[Any, Any]
    currency: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return (*self.measure.columns, "currency")

    def of_bucket(self, timeline: Timeline) -> Any:
        """Measure one bucket."""
        text = timeline.text["currency"]
        mine = np.array([name == self.currency for name in text.names], np.bool_)[text.codes]
        kept = mine | (timeline.value == 0)
        if kept.all():
            return self.measure.of_bucket(timeline)
        return self.measure.of_bucket(
            Timeline(
                timeline.person[kept], timeline.at[kept], timeline.kind[kept], timeline.value[kept],
                {name: Coded(column.codes[kept], column.names) for name, column in timeline.text.items()},
            )
        )  # fmt: skip

    def combine(self, parts: Iterable[Any]) -> Any:
        """Add the buckets up."""
        return self.measure.combine(parts)
