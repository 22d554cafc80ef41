"""Discounts (折扣依赖): how much of the business hangs on coupons, and whether it comes back without them.

Definition: a paid order is discounted when the same person used a coupon within ``hours`` before or after it. Buyers
    of at least two orders buy never, sometimes or always at a discount. Repeat: of the buyers whose first order is
    ``days`` old, the share with another order within ``days``, apart by whether the first was discounted.
Units: orders, people, minor units of money; shares with Wilson's interval. Association only: coupons are not drawn by
    lot (a play against its holdout says what a coupon brings).
Source: plain sums.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, HOUR, LATEST_US
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class DiscountsResult:
    """How far coupons carry.

    Attributes:
        discounted: Share of paid orders.
        discounted_value: Share of what was paid; ``None`` without money.
        never, sometimes, always: Buyers of at least two orders.
        repeat_after_discount, repeat_after_full_price: Shares of buyers who bought again.
    """

    orders: int
    discounted: Estimate | None
    discounted_value: float | None
    never: int
    sometimes: int
    always: int
    always_share: Estimate | None
    repeat_after_discount: Estimate | None
    repeat_after_full_price: Estimate | None


@dataclass(frozen=True, slots=True)
class Discounts:
    """The measure; its parts are sums (11,)."""

    paid: Int8
    coupon: Int8
    hours_us: int = HOUR
    days_us: int = 90 * DAY
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Measure one bucket."""
        sums: Int64 = discount_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, self.paid, self.coupon, self.hours_us,
            self.days_us, self.until_us,
        )  # fmt: skip
        return sums

    def combine(self, parts: Iterable[Int64]) -> DiscountsResult:
        """Add the buckets up."""
        orders, discounted, paid, paid_less, never, sometimes, always, *first = sum(
            parts, np.zeros(11, np.int64)
        ).tolist()
        return DiscountsResult(
            orders, share(discounted, orders), paid_less / paid if paid > 0 else None,
            never, sometimes, always, share(always, never + sometimes + always),
            share(first[1], first[0]), share(first[3], first[2]),
        )  # fmt: skip


@compiled
def discount_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, paid: Int8, coupon: Int8, near: int, days: int, until: int
) -> Int64:
    """Add up orders, money and buyers by discount.

    Args:
        paid, coupon: Tables by kind, 1 for the kinds that count.
        near: A coupon and an order at most so far apart belong together; ``days``: time to buy again; microseconds.
    Shape: (touches,) each; returns (11,): orders, discounted; money, of discounted; buyers never, sometimes, always;
        buyers whose first order was discounted, of them again; not discounted, of them again.
    """
    sums = np.zeros(11, np.int64)
    i, rows = 0, person.size
    while i < rows:
        who, begin = person[i], i
        while i < rows and person[i] == who:
            i += 1
        orders, discounted, first_at, first_less, again = 0, 0, 0, False, False
        window = begin
        for j in range(begin, i):
            if not paid[kind[j]]:
                continue
            while at[window] < at[j] - near:
                window += 1
            less, k = False, window
            while k < i and at[k] <= at[j] + near and not less:
                less = coupon[kind[k]] != 0
                k += 1
            if orders == 0:
                first_at, first_less = at[j], less
            elif at[j] < first_at + days:
                again = True
            orders += 1
            discounted += less
            sums[1] += less
            sums[2] += value[j]
            if less:
                sums[3] += value[j]
        sums[0] += orders
        if orders > 1:
            sums[4 + (discounted > 0) + (discounted == orders)] += 1
        if orders and first_at + days <= until:
            sums[7 if first_less else 9] += 1
            sums[8 if first_less else 10] += again
    return sums


def build(options: Options) -> Discounts:
    """Build it from options."""
    return Discounts(
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        options.kind_set("coupon", (TouchKind.COUPON_USED,)),
        int(options.number("hours", 1, least=0) * HOUR),
        int(options.number("days", 90, least=0.01) * DAY),
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="discounts",
    chinese="折扣依赖",
    says="How much of the business hangs on coupons, and whether buyers come back without them.",
    options=(
        Option("hours", "a coupon so near to an order belongs to it", "1"),
        Option("days", "days after the first order in which another counts", "90"),
        Option("paid", "kinds that are paid orders", "order_paid"),
        Option("coupon", "kinds that are a coupon used", "coupon_used"),
    ),
    build=build,
)
