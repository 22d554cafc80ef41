"""Revenue (收入恒等式): customers x orders per customer x average order value, in two periods, and what moved it.

Definition: of paid orders in a period: revenue = customers x (orders / customers) x (revenue / orders), exactly.
    The change between two periods is given to the three factors by Shapley's rule: the mean, over all orders in which
    the factors may change one after the other, of what each change adds. The three parts sum to the change exactly.
    Refunds are counted apart and never netted in silence; ``repeat`` is revenue after a person's first paid order
    of all time.
Units: money in minor units; average order value with a 95 % interval.
Source: Shapley (1953); for three factors the closed form below.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import Period, moment_of, us_of_text
from siyu.measurement.interval import Estimate, Sums, mean
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class PeriodRevenue:
    """One period.

    Attributes:
        orders_per_customer, order_value_minor: ``None`` without an order.
        repeat_minor: Of ``revenue_minor``, in orders after the customer's first one of all time.
        new_customers: Whose first order of all time lies in the period.
        negative_orders: Paid orders with a value below zero: they are in the sums, and should be looked at.
    """

    start: datetime
    end: datetime
    revenue_minor: int
    refunded_minor: int
    customers: int
    new_customers: int
    orders: int
    orders_per_customer: float | None
    order_value_minor: Estimate | None
    repeat_minor: int
    negative_orders: int


@dataclass(frozen=True, slots=True)
class RevenueResult:
    """Two periods and what moved revenue between them.

    Attributes:
        by_customers_minor, by_orders_minor, by_order_value_minor: Their sum is ``change_minor``; ``None`` if a period
            has no order.
        overlap_days: Days that both periods hold, counted in both.
    """

    before: PeriodRevenue
    now: PeriodRevenue
    change_minor: int
    by_customers_minor: float | None
    by_orders_minor: float | None
    by_order_value_minor: float | None
    overlap_days: float


@dataclass(frozen=True, slots=True)
class Revenue:
    """The measure."""

    before: Period
    now: Period
    paid: Int8
    refunded: Int8
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> tuple[Int64, Float64]:
        """Measure one bucket."""
        bounds = np.array([[one.start_us, one.end_us] for one in (self.before, self.now)], np.int64)
        sums, squares = revenue_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, self.paid, self.refunded, bounds
        )
        return sums, squares

    def combine(self, parts: Iterable[tuple[Int64, Float64]]) -> RevenueResult:
        """Add the buckets up."""
        sums, squares = np.zeros((2, 7), np.int64), np.zeros(2)
        for part_sums, part_squares in parts:
            sums, squares = sums + part_sums, squares + part_squares
        before, now = (_period(one, sums[row], squares[row]) for row, one in enumerate((self.before, self.now)))
        by_customers = by_orders = by_value = None
        if before.orders and now.orders:
            by_customers, by_orders, by_value = what_moved(_factors(before), _factors(now))
        overlap = min(self.before.end, self.now.end) - max(self.before.start, self.now.start)
        return RevenueResult(
            before,
            now,
            now.revenue_minor - before.revenue_minor,
            by_customers,
            by_orders,
            by_value,
            max(overlap / timedelta(days=1), 0.0),
        )


def what_moved(before: tuple[float, float, float], now: tuple[float, float, float]) -> tuple[float, float, float]:
    """Share the change of a product of three factors among them by Shapley's rule.

    >>> what_moved((100, 2, 50), (110, 2, 50))
    (1000.0, 0.0, 0.0)
    """
    parts = []
    for own in range(3):
        a, b = (other for other in range(3) if other != own)
        middle = (before[a] * before[b] + now[a] * now[b]) / 3 + (before[a] * now[b] + now[a] * before[b]) / 6
        parts.append((now[own] - before[own]) * middle)
    return parts[0], parts[1], parts[2]


def _factors(of: PeriodRevenue) -> tuple[float, float, float]:
    return float(of.customers), of.orders / of.customers, of.revenue_minor / of.orders


def _period(period: Period, sums: Int64, squares: float) -> PeriodRevenue:
    revenue, refunded, customers, new, orders, repeat, negative = (int(one) for one in sums)
    return PeriodRevenue(
        period.start, period.end, revenue, refunded, customers, new, orders,
        orders / customers if customers else None, mean(Sums(orders, revenue, float(squares))), repeat, negative,
    )  # fmt: skip


@compiled
def revenue_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, paid: Int8, refunded: Int8, bounds: Int64
) -> tuple[Int64, Float64]:
    """Add up orders in two periods.

    Args:
        paid, refunded: By kind: 1 if it is a paid order, a refund.
        bounds: Start and end of each period, microseconds, (2, 2).
    Shape: (touches,) each; returns (2, 7): revenue, refunded, customers, new customers, orders, revenue of repeat
        orders, orders below zero; and the sum of squares of order values, (2,).
    """
    sums = np.zeros((2, 7), np.int64)
    squares = np.zeros(2)
    seen = np.zeros(2, np.int64)
    current, bought = _NOBODY, False
    for i in range(person.size):
        if person[i] != current:
            current, bought = person[i], False
            seen[:] = 0
        does_pay = paid[kind[i]]
        if not does_pay and not refunded[kind[i]]:
            continue
        for p in range(2):
            if not bounds[p, 0] <= at[i] < bounds[p, 1]:
                continue
            if not does_pay:
                sums[p, 1] += abs(value[i])
                continue
            sums[p, 0] += value[i]
            squares[p] += float(value[i]) * float(value[i])
            sums[p, 4] += 1
            if value[i] < 0:
                sums[p, 6] += 1
            if not seen[p]:
                seen[p] = 1
                sums[p, 2] += 1
                if not bought:
                    sums[p, 3] += 1
            if bought:
                sums[p, 5] += value[i]
        if does_pay:
            bought = True
    return sums, squares


def build(options: Options) -> Revenue:
    """Build it from options: two periods ``FROM/TO``, or the last ``days`` against as many before them."""
    days = options.number("days", 30, least=1 / 24)
    end = moment_of(options.until_us).astimezone(options.zone)
    now = _read(options, "period") or Period(end - timedelta(days=days), end)
    before = _read(options, "before") or Period(now.start - (now.end - now.start), now.start)
    paid = options.kind_set("paid", (TouchKind.ORDER_PAID,))
    refunded = np.zeros_like(paid)
    for slug in options.names("refunded"):
        refunded[options.kind(slug, "refunded")] = 1
    if not options.names("refunded"):
        refunded[TouchKind.ORDER_REFUNDED] = 1
    return Revenue(before, now, paid, refunded * (1 - paid))


def _read(options: Options, name: str) -> Period | None:
    written = options.text(name)
    if not written:
        return None
    start, slash, end = written.partition("/")
    if not slash:
        raise BadInputError(f"{written!r} is no period", where=f"--{name}", mend="write FROM/TO: 2026-01-01/2026-02-01")
    moments = (moment_of(us_of_text(text, options.zone)).astimezone(UTC) for text in (start, end))
    return Period(*moments)


CARD = Card(
    name="revenue",
    chinese="收入拆解",
    says="Customers x orders x average order value in two periods, and what moved revenue between them.",
    options=(
        Option("days", "the last so many days against as many before", "30"),
        Option("period", "this period instead, FROM/TO (without TO)"),
        Option("before", "compared with this one, FROM/TO", "as long, just before"),
        Option("paid", "kinds that are paid orders", "order_paid"),
        Option("refunded", "kinds that are refunds", "order_refunded"),
    ),
    build=build,
)
