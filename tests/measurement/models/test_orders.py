"""Orders and returns to histories: one pass against a slow and obvious reading of the rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import DAY
from siyu.measurement.models.orders import NEVER, PurchaseHistory, Purchases, purchases
from siyu.measurement.timeline import Timeline, empty_timeline
from siyu.touchpoints.kind import TouchKind

rows = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.integers(-300, 300)), min_size=1, max_size=60)


def walk(orders: list[tuple[int, int, int]], **how: int) -> Purchases:
    ordered = sorted(orders, key=lambda row: (row[0], row[1], -row[2]))
    return purchases(*(np.array(column, np.int64) for column in zip(*ordered, strict=True)), **how)


def slowly(orders: list[tuple[int, int, int]], until: int) -> dict[int, list[tuple[int, int]]]:
    """Each customer's purchase days with the money kept."""
    out: dict[int, list[tuple[int, int]]] = {}
    for who in {row[0] for row in orders}:
        days: dict[int, int] = {}
        touched = set()
        for _, day, money in sorted((r for r in orders if r[0] == who and r[1] <= until), key=lambda r: (r[1], -r[2])):
            if money >= 0:
                days[day] = days.get(day, 0) + money
                continue
            left = -money
            for earlier in sorted(days, reverse=True):
                taken = min(left, days[earlier])
                if taken > 0:
                    touched.add(earlier)
                days[earlier] -= taken
                left -= taken
        kept = [(day, money) for day, money in sorted(days.items()) if money > 0 or day not in touched]
        if kept:
            out[who] = kept
    return out


@settings(deadline=None, max_examples=40)
@given(rows, st.integers(0, 30))
def test_one_pass_gives_what_the_rules_say(orders: list[tuple[int, int, int]], until: int) -> None:
    got = walk(orders, until=until, end=NEVER)
    truth = slowly(orders, until)
    assert got.person.tolist() == sorted(truth)
    for i, who in enumerate(got.person.tolist()):
        days = truth[who]
        assert (got.first_day[i], got.last_day[i], got.repeats[i]) == (days[0][0], days[-1][0], len(days) - 1)
        assert (got.first_minor[i], got.repeat_minor[i]) == (days[0][1], sum(money for _, money in days[1:]))
    if until < 30 and truth:
        whole = slowly(orders, 30)
        for i, who in enumerate(got.person.tolist()):
            later = [(day, money) for day, money in whole.get(who, []) if day > until]
            # customers who give back all of their past later on have no row then
            if any(day <= until for day, _ in whole.get(who, [])):
                assert (got.later_days[i], got.later_minor[i]) == (len(later), sum(money for _, money in later))


def test_a_return_before_any_purchase_is_set_aside_and_counted() -> None:
    got = walk([(1, 1, -500), (1, 2, 700), (2, 3, -5)])
    assert got.person.tolist() == [1]
    assert got.kept_minor.tolist() == [700]
    assert (got.orphan_rows, got.orphan_minor) == (2, 505)


def test_a_purchase_given_back_whole_is_no_purchase() -> None:
    got = walk([(1, 1, 500), (1, 5, 300), (1, 9, -300), (2, 1, 100), (2, 2, -100)])
    assert got.person.tolist() == [1]
    assert (got.repeats.tolist(), got.returned_minor.tolist(), got.all_returned) == ([0], [300], 1)


def test_a_gift_for_nothing_counts_as_a_purchase_day() -> None:
    assert walk([(1, 1, 500), (1, 5, 0)]).repeats.tolist() == [1]


def test_the_timeline_gives_the_same_as_the_table() -> None:
    orders = [(1, 1, 500), (1, 4, 300), (1, 6, -100), (3, 2, 50), (3, 2, 70)]
    person, day, minor = (np.array(column, np.int64) for column in zip(*orders, strict=True))
    kind = np.where(minor >= 0, TouchKind.ORDER_PAID, TouchKind.ORDER_REFUNDED).astype(np.int8)
    timeline = Timeline(person, day * DAY + 1, kind, minor)
    measure = PurchaseHistory(day_offset_us=0)
    got = measure.combine([measure.of_bucket(timeline), measure.of_bucket(empty_timeline())])
    assert got.person.tolist() == [1, 3]
    assert got.kept_minor.tolist() == [700, 120]
    assert got.repeats.tolist() == [1, 0]
    assert got.histories(10).histories.customers == 2


def test_customers_who_come_after_the_day_one_looks_from_are_counted_apart() -> None:
    got = walk([(1, 1, 500), (2, 20, 500)], until=10, end=30)
    assert (got.person.tolist(), got.later_customers) == ([1], 1)


@pytest.mark.parametrize("count", [63, 64, 65, 300])
def test_long_histories_are_kept_whole(count: int) -> None:
    assert walk([(1, day, 10) for day in range(count)]).repeats.tolist() == [count - 1]
