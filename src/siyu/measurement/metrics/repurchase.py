"""Repurchase (复购): how many buyers bought again, how soon, and how often.

Definition: purchases of one calendar day are one purchase day. A repeater has two purchase days or more. The interval
    is the number of days between two purchase days that follow one another. ``within`` says, of the buyers whose
    first purchase is at least d days old, how many bought again within d days of it (later buyers are immature).
Units: people, days, money in minor units; shares in [0, 1] with Wilson's interval.
Source: the figures of CDNOW (Fader and Hardie) come out of this definition: 23,570 buyers, 67,591 purchase days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import LATEST_US
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import KINDS, Card, Option, Options
from siyu.measurement.quantiles import quantiles
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NOBODY: Final = -1
_DAYS: Final = 4000  # longest interval that is counted apart; longer ones count as this
_MANY: Final = 400  # most purchase days that are counted apart


@dataclass(frozen=True, slots=True)
class Within:
    """Buyers who bought again within some days of their first purchase."""

    days: int
    buyers: int
    again: int
    rate: Estimate | None


@dataclass(frozen=True, slots=True)
class RepurchaseResult:
    """Repurchase of everybody.

    Attributes:
        repeaters: Buyers with two purchase days or more.
        rate: Repeaters of buyers.
        interval_days: Quantiles .1, .25, .5, .75, .9 of the interval; ``None`` if nobody bought twice.
        by_purchase_days: Buyers by number of purchase days, from 1.
        value_minor: Sum of the purchases.
        repeat_value_minor: Of it, on purchase days after a person's first.
    """

    buyers: int
    purchases: int
    purchase_days: int
    repeaters: int
    rate: Estimate | None
    interval_days: Sequence[float] | None
    within: Sequence[Within]
    by_purchase_days: Sequence[int]
    value_minor: int
    repeat_value_minor: int


@dataclass(frozen=True, slots=True)
class RepurchasePart:
    """One bucket: sums, buyers by purchase days, intervals by days, and (again, buyers) per span of ``within``."""

    sums: Int64
    by_days: Int64
    gaps: Int64
    within: Int64


@dataclass(frozen=True, slots=True)
class Repurchase:
    """The measure."""

    kinds: Int8 = field(default_factory=lambda: _only(TouchKind.ORDER_PAID))
    within_days: tuple[int, ...] = (30, 60, 90, 180, 365)
    zone: tzinfo = UTC
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> RepurchasePart:
        """Measure one bucket."""
        day_starts = calendar("day", self.zone).day_starts
        spans = np.array(self.within_days, np.int64)
        return RepurchasePart(
            *repurchase_sums(
                timeline.person,
                timeline.at,
                timeline.kind,
                timeline.value,
                self.kinds,
                day_starts,
                spans,
                self.until_us,
            )
        )

    def combine(self, parts: Iterable[RepurchasePart]) -> RepurchaseResult:
        """Add the buckets up."""
        zero = np.zeros(4, np.int64), np.zeros(_MANY + 1, np.int64), np.zeros(_DAYS + 1, np.int64)
        sums, by_days, gaps, within = *zero, np.zeros((len(self.within_days), 2), np.int64)
        for part in parts:
            sums, by_days, gaps, within = (
                sums + part.sums,
                by_days + part.by_days,
                gaps + part.gaps,
                within + part.within,
            )
        buyers, repeaters = int(by_days.sum()), int(by_days[2:].sum())
        purchases, days, value, repeat_value = (int(one) for one in sums)
        return RepurchaseResult(
            buyers,
            purchases,
            days,
            repeaters,
            share(repeaters, buyers),
            quantiles(gaps, (0.1, 0.25, 0.5, 0.75, 0.9)),
            [
                Within(span, int(of), int(again), share(int(again), int(of)))
                for span, (again, of) in zip(self.within_days, within, strict=True)
            ],
            np.trim_zeros(by_days[1:], "b").tolist(),
            value,
            repeat_value,
        )


@compiled
def repurchase_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, counts: Int8, day_starts: Int64, spans: Int64, until: int
) -> tuple[Int64, Int64, Int64, Int64]:
    """Add up purchases, purchase days and the intervals between them.

    Args:
        counts: By kind: 1 if it is a purchase.
        spans: Days of ``within``, ascending or not.
        until: The data is complete up to here, microseconds.
    Shape: (touches,) each; returns (4,): purchases, purchase days, value, value after the first day; buyers by
        purchase days; intervals by days; (spans, 2): bought again, buyers.
    """
    sums = np.zeros(4, np.int64)
    by_days = np.zeros(_MANY + 1, np.int64)
    gaps = np.zeros(_DAYS + 1, np.int64)
    within = np.zeros((spans.size, 2), np.int64)
    end_day = day_of(until, day_starts)
    current, days, first, last, second, edge = _NOBODY, 0, 0, 0, -1, 0
    for i in range(person.size + 1):
        if i == person.size or person[i] != current:
            if days:
                by_days[min(days, _MANY)] += 1
                for s in range(spans.size):
                    if first + spans[s] < end_day:
                        within[s, 1] += 1
                        if second >= 0 and second - first <= spans[s]:
                            within[s, 0] += 1
            if i == person.size:
                break
            current, days, second = person[i], 0, -1
        if not counts[kind[i]]:
            continue
        sums[0] += 1
        sums[2] += value[i]
        if days == 0 or at[i] >= edge:
            day = day_of(at[i], day_starts)
            edge = day_starts[day + 1]
            if days == 0:
                first = day
            else:
                gaps[min(day - last, _DAYS)] += 1
                if days == 1:
                    second = day
            days += 1
            last = day
            sums[1] += 1
        if days > 1:
            sums[3] += value[i]
    return sums, by_days, gaps, within


def _only(*kinds: TouchKind) -> Int8:
    table = np.zeros(KINDS, np.int8)
    table[[int(kind) for kind in kinds]] = 1
    return table


def build(options: Options) -> Repurchase:
    """Build it from options."""
    try:
        within = tuple(int(days) for days in options.names("within", "30,60,90,180,365"))
    except ValueError as error:
        raise BadInputError(
            f"{options.text('within')!r} are no days", where="--within", mend="such as 30,90"
        ) from error
    return Repurchase(
        kinds=options.kind_set("kinds", (TouchKind.ORDER_PAID,)),
        within_days=within,
        zone=options.zone,
        until_us=options.until_us or LATEST_US,
    )


CARD = Card(
    name="repurchase",
    chinese="复购",
    says="How many buyers bought again, how soon, and how often.",
    options=(
        Option("kinds", "kinds that are purchases, with commas", "order_paid"),
        Option("within", "days after the first purchase to look at, with commas", "30,60,90,180,365"),
    ),
    build=build,
)
