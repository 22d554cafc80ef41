"""From orders and returns to one history per customer: first, last, how many repeats, what was kept.

Definition: a purchase day is a day with an order; several orders of one day are one purchase. A return takes back the
    latest money first. A day whose money was all returned is no purchase. A return without an earlier order in the
    data is set aside and counted, never a negative purchase.
Units: days are numbered from 1970-01-01; money is in minor units.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.gamma_gamma import Spendings, group_money
from siyu.measurement.models.histories import Grouped, group_days
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

#: Later than any day one will ask for.
NEVER: Final = 2**40


@dataclass(frozen=True, slots=True)
class Purchases:
    """What each customer bought and kept.

    Attributes:
        person: Number of the customer.
        first_day, last_day: First and last purchase day.
        repeats: Purchase days after the first.
        first_minor, repeat_minor: Money kept from the first purchase day, and from all later ones.
        returned_minor: Money given back and matched with an order, as a positive number.
        later_days, later_minor: Purchase days after the day asked for, and the money kept from them.
        all_returned: Customers who gave everything back; they have no row.
        orphan_rows, orphan_minor: Returns (or parts) without an earlier order.
        later_customers: Customers whose first purchase lies after the day asked for; they have no row.
    Shape: (customers,) each.
    """

    person: Int64
    first_day: Int64
    last_day: Int64
    repeats: Int64
    first_minor: Int64
    repeat_minor: Int64
    returned_minor: Int64
    later_days: Int64
    later_minor: Int64
    all_returned: int = 0
    orphan_rows: int = 0
    orphan_minor: int = 0
    later_customers: int = 0

    def __len__(self) -> int:
        return int(self.person.size)

    @property
    def kept_minor(self) -> Int64:
        """Money kept from each customer so far."""
        return np.asarray(self.first_minor + self.repeat_minor, np.int64)

    def histories(self, now_day: int, *, unit_days: float = 7.0) -> Grouped:
        """Count equal histories as seen on ``now_day``."""
        return group_days(self.repeats, self.last_day - self.first_day, now_day - self.first_day, unit_days=unit_days)

    def spendings(self, *, minor_per_unit: int = 100) -> Spendings:
        """Count equal spendings on repeats."""
        return group_money(self.repeats, self.repeat_minor, minor_per_unit=minor_per_unit)


def purchases(customer: Int64, day: Int64, minor: Int64, *, until: int = NEVER, end: int = NEVER) -> Purchases:
    """Turn order rows into one history per customer.

    Args:
        customer: Number of the customer; rows of one customer stand together.
        day: Day number, ascending inside a customer, orders before returns on the same day.
        minor: What was paid (zero or more) or given back (negative).
        until: Last day that counts as history; returns after it are not known yet.
        end: Last day that counts as later.
    Shape: (rows,) each.
    """
    known = _walk(customer, day, minor, until, until)
    rows = known[0]
    later_days, later_minor = np.zeros(len(rows[0]), np.int64), np.zeros(len(rows[0]), np.int64)
    if until < end:
        # once more with everything that happened afterwards, then match the customers
        whole = _walk(customer, day, minor, end, until)[0]
        place = (
            np.searchsorted(whole[0], rows[0]) if bool((np.diff(whole[0]) > 0).all()) else _places(whole[0], rows[0])
        )
        place = np.minimum(place, max(len(whole[0]) - 1, 0))
        if len(whole[0]):
            same = whole[0][place] == rows[0]
            later_days[same], later_minor[same] = whole[7][place][same], whole[8][place][same]
    all_returned, orphan_rows, orphan_minor, later_customers = known[1]
    return Purchases(*rows[:7], later_days, later_minor, all_returned, orphan_rows, orphan_minor, later_customers)


def _places(of: Int64, wanted: Int64) -> Int64:
    order = np.argsort(of, kind="stable")
    return np.asarray(order[np.minimum(np.searchsorted(of[order], wanted), of.size - 1)], np.int64)


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """A ``Measure``: every buyer's history, from the timeline.

    Attributes:
        until: Last day number that counts as history.
        end: Last day number that counts as later (for a backtest).
        day_offset_us: How far the clock on which a day begins is ahead of UTC; Shanghai by default.
    """

    until: int = NEVER
    end: int = NEVER
    day_offset_us: int = 8 * HOUR

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Purchases:
        """Measure the buyers of one bucket."""
        paid = timeline.kind == TouchKind.ORDER_PAID
        used = paid | (timeline.kind == TouchKind.ORDER_REFUNDED)
        money = np.where(paid, np.abs(timeline.value), -np.abs(timeline.value))[used]
        day = (timeline.at[used] + self.day_offset_us) // DAY
        return purchases(timeline.person[used], day, money, until=self.until, end=self.end)

    def combine(self, parts: Iterable[Purchases]) -> Purchases:
        """Put the buckets side by side, by ascending person."""
        nobody = np.empty(0, np.int64)
        taken = [purchases(nobody, nobody, nobody), *parts]
        order = np.argsort(np.concatenate([part.person for part in taken]), kind="stable")
        joined: dict[str, Any] = {
            f.name: np.concatenate([getattr(part, f.name) for part in taken])[order] for f in fields(Purchases)[:9]
        }
        joined |= {f.name: sum(getattr(part, f.name) for part in taken) for f in fields(Purchases)[9:]}
        return Purchases(**joined)


_Rows = tuple[Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64]


@compiled
def _walk(customer: Int64, day: Int64, minor: Int64, upto: int, after: int) -> tuple[_Rows, tuple[int, int, int, int]]:
    """Walk once over the rows; days after ``upto`` are not seen, purchase days after ``after`` are counted apart."""
    customers = 0
    for i in range(customer.size):
        if i == 0 or customer[i] != customer[i - 1]:
            customers += 1
    out = np.zeros((9, customers), np.int64)
    found = all_returned = orphan_rows = orphan_minor = later_customers = 0
    days, money, touched = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.bool_)
    count, returned, seen = 0, 0, 0
    for i in range(customer.size + 1):
        if i == customer.size or (i > 0 and customer[i] != customer[i - 1]):
            # write the customer whose rows have ended
            live = 0
            for k in range(count):
                if touched[k] and money[k] <= 0:
                    continue
                if days[k] > after:
                    out[7, found] += 1
                    out[8, found] += money[k]
                    continue
                if live == 0:
                    out[1, found], out[4, found] = days[k], money[k]
                else:
                    out[5, found] += money[k]
                out[2, found] = days[k]
                live += 1
            if live:
                out[0, found], out[3, found], out[6, found] = customer[i - 1], live - 1, returned
                found += 1
            else:
                out[7, found], out[8, found] = 0, 0
                if count:
                    all_returned += 1
                elif not seen:
                    later_customers += 1
            count, returned, seen = 0, 0, 0
            if i == customer.size:
                break
        if day[i] > upto:
            continue
        seen = 1
        if minor[i] >= 0:
            if count and days[count - 1] == day[i]:
                money[count - 1] += minor[i]
                continue
            if count == days.size:
                size = 2 * count
                more_days, more_money, more_touched = (
                    np.empty(size, np.int64),
                    np.empty(size, np.int64),
                    np.empty(size, np.bool_),
                )
                more_days[:count], more_money[:count], more_touched[:count] = days, money, touched
                days, money, touched = more_days, more_money, more_touched
            days[count], money[count], touched[count] = day[i], minor[i], False
            count += 1
            continue
        left, k = -minor[i], count - 1
        while left > 0 and k >= 0:
            taken = min(left, money[k])
            if taken > 0:
                money[k] -= taken
                touched[k] = True
                left -= taken
                returned += taken
            k -= 1
        if left > 0:
            orphan_rows += 1
            orphan_minor += left
    rows = (
        out[0, :found].copy(),
        out[1, :found].copy(),
        out[2, :found].copy(),
        out[3, :found].copy(),
        out[4, :found].copy(),
        out[5, :found].copy(),
        out[6, :found].copy(),
        out[7, :found].copy(),
        out[8, :found].copy(),
    )
    return rows, (all_returned, orphan_rows, orphan_minor, later_customers)
