"""Lifecycle (生命周期) and growth accounting: who is new, kept, resurrected, gone dormant, unit by unit.

Definition: a person is active in a unit (day, week, month) with a touch of the chosen kinds in it. New: active for the
    first time. Kept: active in this unit and the one before. Resurrected: active now, not in the one before, but
    earlier. Dormant: active in the one before and not now. Active = new + kept + resurrected, and the change of active
    people from unit to unit = new + resurrected - dormant, exactly.
Units: people; quick ratio = (new + resurrected) / dormant. The unit in progress is immature: nobody is dormant yet.
Source: growth accounting as venture investors use it (Hsu, 2015).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import LATEST_US
from siyu.measurement.calendar import Unit, calendar, unit_of
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class LifecycleUnit:
    """One unit.

    Attributes:
        start: Its first day.
        dormant, quick_ratio: ``None`` while the unit is not over.
        kept_share: Kept of the people active in the unit before; ``None`` without any, or while it is not over.
    """

    start: str
    active: int
    new: int
    kept: int
    resurrected: int
    dormant: int | None
    quick_ratio: float | None
    kept_share: Estimate | None
    mature: bool


@dataclass(frozen=True, slots=True)
class LifecycleResult:
    """Every unit from the first touch to the last."""

    unit: Unit
    people: int
    units: Sequence[LifecycleUnit]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The measure; its parts are the first unit and (units + 1, 4): new, kept, resurrected, dormant."""

    active: Int8
    unit: Unit = "month"
    zone: tzinfo = UTC
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> tuple[int, Int64]:
        """Measure one bucket."""
        if not len(timeline):
            return 0, np.zeros((0, 4), np.int64)
        days = calendar(self.unit, self.zone)
        first, last = (days.unit_of(int(at)) for at in (timeline.at.min(), timeline.at.max()))
        counts = lifecycle_counts(
            timeline.person, timeline.at, timeline.kind, self.active,
            days.day_starts, days.unit_of_day, days.unit_starts, first, last - first + 1,
        )  # fmt: skip
        return first, counts

    def combine(self, parts: Iterable[tuple[int, Int64]]) -> LifecycleResult:
        """Add the buckets up."""
        known = [(first, counts) for first, counts in parts if len(counts)]
        if not known:
            return LifecycleResult(self.unit, 0, [])
        start = min(first for first, _ in known)
        end = max(first + len(counts) for first, counts in known)
        sums = np.zeros((end - start, 4), np.int64)
        for first, counts in known:
            sums[first - start : first - start + len(counts)] += counts
        days = calendar(self.unit, self.zone)
        units: list[LifecycleUnit] = []
        before = 0
        for place, (new, kept, resurrected, dormant) in enumerate(sums[:-1].tolist()):
            over = int(days.unit_starts[start + place + 1]) <= self.until_us
            units.append(
                LifecycleUnit(
                    days.labels[start + place].isoformat(), new + kept + resurrected, new, kept, resurrected,
                    dormant if over else None,
                    (new + resurrected) / dormant if over and dormant else None,
                    share(kept, before) if over else None,
                    over,
                )
            )  # fmt: skip
            before = new + kept + resurrected
        return LifecycleResult(self.unit, int(sums[:, 0].sum()), units)


@compiled
def lifecycle_counts(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, active: Int8,
    day_starts: Int64, unit_of_day: Int32, unit_starts: Int64, first: int, units: int,
) -> Int64:  # fmt: skip
    """Count people who are new, kept, resurrected and dormant in each unit from ``first`` on.

    Args:
        active: By kind: 1 if it counts as being active.
    Shape: (touches,) each; returns (units + 1, 4); the last row holds those who go dormant after the last unit.
    """
    counts = np.zeros((units + 1, 4), np.int64)
    current, last, edge = _NOBODY, -1, 0
    for i in range(person.size):
        if not active[kind[i]]:
            continue
        changed = person[i] != current
        if not changed and at[i] < edge:
            continue
        unit = unit_of(at[i], day_starts, unit_of_day) - first
        edge = unit_starts[unit + first + 1]
        if changed:
            if current != _NOBODY:
                counts[last + 1, 3] += 1
            current = person[i]
            counts[unit, 0] += 1
        elif unit == last + 1:
            counts[unit, 1] += 1
        else:
            counts[last + 1, 3] += 1
            counts[unit, 2] += 1
        last = unit
    if current != _NOBODY:
        counts[last + 1, 3] += 1
    return counts


def build(options: Options) -> Lifecycle:
    """Build it from options."""
    return Lifecycle(
        options.kind_set("active", (TouchKind.ORDER_PAID,)),
        options.unit("unit", "month"),
        options.zone,
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="lifecycle",
    chinese="生命周期",
    says="Who is new, kept, resurrected and dormant in each day, week or month.",
    options=(
        Option("unit", "day, week or month", "month"),
        Option("active", "kinds that count as being active", "order_paid"),
    ),
    build=build,
)
