"""Parts of revenue (收入构成): how much is repeat purchase, how much came by referral, how much by paid sources.

Definition: of paid orders in a period. A person was referred if they accepted an invitation before or with the order;
    else they came by a paid source if money was ever spent on their first source code; else by themselves. Repeat: any
    order after a person's first paid order of all time. Every order is in exactly one of the six cells. Refunds are
    counted apart, and never netted in silence.
Units: minor units; shares in [0, 1] with an interval by the delta method over people (ratio of sums).
Source: plain sums; Cochran, Sampling techniques, 6.4 (ratio estimate).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY
from siyu.measurement.interval import Estimate, z_of
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.spending import Spending
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_ORIGINS: Final = ("organic", "paid", "referral")


@dataclass(frozen=True, slots=True)
class RevenuePart:
    """One part of revenue; the share is ``None`` without revenue."""

    part: str
    value_minor: int
    share: Estimate | None


@dataclass(frozen=True, slots=True)
class RevenuePartsResult:
    """Revenue of the period by origin of the person and by first or repeat order.

    Attributes:
        repeat, referral, paid: The three shares that are asked for most; referral and paid hold repeat orders too.
        cells: The six cells that add up to all: ``organic first`` to ``referral repeat``.
    """

    days: float
    revenue_minor: int
    refunded_minor: int
    buyers: int
    repeat: RevenuePart
    referral: RevenuePart
    paid: RevenuePart
    cells: Sequence[RevenuePart]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class RevenueParts:
    """The measure; its parts are moments (10, 10) of six cells, repeat, referral, paid and all; buyers; refunds."""

    since_us: int
    until_us: int
    spending: Spending
    paid: Int8
    columns: tuple[str, ...] = ("kind", "value", "source_code")

    def of_bucket(self, timeline: Timeline) -> tuple[Float64, Float64, Int64]:
        """Measure one bucket."""
        text = timeline.text["source_code"]
        bought = {name for name in self.spending.source_code if name}
        blank = np.array([not name for name in text.names], np.bool_)
        costs = np.array([name in bought for name in text.names], np.bool_)
        sums, products, counts = part_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, text.codes, blank, costs, self.paid,
            self.since_us, self.until_us,
        )  # fmt: skip
        return sums, products, counts

    def combine(self, parts: Iterable[tuple[Float64, Float64, Int64]]) -> RevenuePartsResult:
        """Add the buckets up."""
        sums, products, counts = np.zeros(7), np.zeros((7, 7)), np.zeros(2, np.int64)
        for part, product, count in parts:
            sums, products, counts = sums + part, products + product, counts + count
        names = [f"{origin} {which}" for origin in _ORIGINS for which in ("first", "repeat")]

        def made(name: str, cells: Sequence[int]) -> RevenuePart:
            chosen = np.zeros(7)
            chosen[list(cells)] = 1.0
            return RevenuePart(name, int(chosen @ sums), _share(chosen, sums, products, int(counts[0])))

        said = [] if self.spending.source_code else ["no spend is known: nobody counts as paid for"]
        return RevenuePartsResult(
            (self.until_us - self.since_us) / DAY, int(sums[6]), int(counts[1]), int(counts[0]),
            made("repeat", (1, 3, 5)), made("referral", (4, 5)), made("paid", (2, 3)),
            [made(name, (place,)) for place, name in enumerate(names)], said,
        )  # fmt: skip


def _share(chosen: Float64, sums: Float64, products: Float64, people: int) -> Estimate | None:
    """Return part / all with the interval of a ratio of sums over people; ``None`` without revenue or one buyer."""
    every = float(sums[6])
    if every <= 0 or people < 2:
        return None
    ratio = float(chosen @ sums) / every
    off = chosen.copy()
    off[6] -= ratio  # per person: part - ratio x all, whose mean is 0
    half = z_of() * sqrt(max(float(off @ products @ off), 0.0) * people / (people - 1)) / every
    return Estimate(ratio, max(ratio - half, 0.0), min(ratio + half, 1.0))


@compiled
def part_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, code: Int32, blank: Bool, costs: Bool, paid: Int8,
    since: int, until: int,
) -> tuple[Float64, Float64, Int64]:  # fmt: skip
    """Add up orders by origin and by first or repeat, and their products per person.

    Args:
        blank, costs: By source code: whether it is none, whether money was spent on it.
        paid: By kind: 1 if it is a paid order.
        since, until: The period, microseconds.
    Shape: (touches,) each; returns sums (7,): origin x (first, repeat), then all; products (7, 7); buyers and refunds.
    """
    sums, products, counts = np.zeros(7), np.zeros((7, 7)), np.zeros(2, np.int64)
    mine = np.zeros(7)
    i, rows = 0, person.size
    while i < rows:
        who, found, origin, bought = person[i], False, 0, False
        mine[:] = 0.0
        buys = False
        while i < rows and person[i] == who:
            if not found and not blank[code[i]]:
                found = True
                if costs[code[i]] and origin == 0:
                    origin = 1
            if kind[i] == _INVITED:
                origin = 2
            if paid[kind[i]]:
                if since <= at[i] < until:
                    mine[2 * origin + bought] += value[i]
                    mine[6] += value[i]
                    buys = True
                bought = True
            elif kind[i] == _REFUNDED and since <= at[i] < until:
                counts[1] += abs(value[i])
            i += 1
        if buys:
            counts[0] += 1
            for j in range(7):
                sums[j] += mine[j]
                for k in range(7):
                    products[j, k] += mine[j] * mine[k]
    return sums, products, counts


_INVITED: Final = int(TouchKind.INVITE_ACCEPTED)
_REFUNDED: Final = int(TouchKind.ORDER_REFUNDED)


def build(options: Options) -> RevenueParts:
    """Build it from options."""
    until = options.until_us
    days = options.number("days", 0)
    since = max(until - int(days * DAY), 0) if days else options.since_us
    return RevenueParts(
        since, until, options.extra.get("spend") or Spending(), options.kind_set("paid", (TouchKind.ORDER_PAID,))
    )


CARD = Card(
    name="revenue-parts",
    chinese="收入构成",
    says="How much of revenue is repeat purchase, how much came by referral, how much by paid sources.",
    options=(
        Option("days", "the last so many days; everything if not said"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
    needs=("spend",),
)
