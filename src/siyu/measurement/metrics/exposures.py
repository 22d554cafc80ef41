"""Exposures (触达信任曲线): how much more readily people buy for the first time after each further exposure.

Definition: an exposure is a touch of one of the kinds before the person's first paid order. For the k-th exposure: of
    the people who had one, the share whose first paid order came within ``days`` after it. People for whom that is not
    over are left out of the share.
Units: people; shares with Wilson's interval. Association only: who is exposed often is not drawn by lot.
Source: plain sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_EXPOSURES = (
    TouchKind.MESSAGE_IN, TouchKind.MESSAGE_OUT, TouchKind.COMMENT, TouchKind.VIEW, TouchKind.PLAY, TouchKind.LIKE,
    TouchKind.CLICK, TouchKind.GROUP_SPOKE, TouchKind.VISIT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """The k-th exposure: who had it, for whom the time is over, and who then bought."""

    exposure: int
    people: int
    observed: int
    bought: int
    first_order: Estimate | None


@dataclass(frozen=True, slots=True)
class ExposuresResult:
    """The curve, from the first exposure on, as far as anybody came."""

    curve: Sequence[ExposureRow]


@dataclass(frozen=True, slots=True)
class Exposures:
    """The measure; its parts are sums (most, 3): people, observed, bought."""

    exposure: Int8
    paid: Int8
    most: int = 10
    days_us: int = 30 * DAY
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Measure one bucket."""
        sums: Int64 = exposure_sums(
            timeline.person,
            timeline.at,
            timeline.kind,
            self.exposure,
            self.paid,
            self.most,
            self.days_us,
            self.until_us,
        )
        return sums

    def combine(self, parts: Iterable[Int64]) -> ExposuresResult:
        """Add the buckets up."""
        sums = sum(parts, np.zeros((self.most, 3), np.int64))
        return ExposuresResult(
            [
                ExposureRow(place, people, observed, bought, share(bought, observed))
                for place, (people, observed, bought) in enumerate(sums.tolist(), 1)
                if people
            ]
        )


@compiled
def exposure_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, exposure: Int8, paid: Int8, most: int, days: int, until: int
) -> Int64:
    """Count people, those observed and those who bought, by exposure.

    Args:
        exposure, paid: Tables by kind, 1 for the kinds that count.
        days: How long after an exposure the first order may come, microseconds.
    Shape: (touches,) each; returns (most, 3).
    """
    sums = np.zeros((most, 3), np.int64)
    i, rows = 0, person.size
    while i < rows:
        who, begin, had, order = person[i], i, 0, -1
        while i < rows and person[i] == who:
            if order < 0 and paid[kind[i]]:
                order = at[i]
            i += 1
        for j in range(begin, i):
            if had == most or (order >= 0 and at[j] >= order):
                break
            if exposure[kind[j]]:
                sums[had, 0] += 1
                if at[j] + days <= until:
                    sums[had, 1] += 1
                    sums[had, 2] += 0 <= order < at[j] + days
                had += 1
    return sums


def build(options: Options) -> Exposures:
    """Build it from options."""
    return Exposures(
        options.kind_set("exposure", _EXPOSURES),
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        options.whole("most", 10, least=1),
        int(options.number("days", 30, least=0.01) * DAY),
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="exposures",
    chinese="触达信任曲线",
    says="How much more readily people buy for the first time after each further exposure.",
    options=(
        Option("exposure", "kinds that count as an exposure", "talk, content and visits"),
        Option("most", "exposures to follow", "10"),
        Option("days", "days after an exposure in which the first order counts", "30"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
