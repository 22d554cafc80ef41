"""Exposures and discounts: against plain Python on any timeline."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings

from measurement.people import Row, measured, rows
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.interval import share
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.discounts import Discounts
from siyu.measurement.metrics.exposures import Exposures

PAID, SHOWN, COUPON = (np.zeros(KINDS, np.int8) for _ in range(3))
PAID[51], SHOWN[11], COUPON[61] = 1, 1, 1


def _people(some: list[Row]) -> list[list[Row]]:
    return [list(mine) for _, mine in groupby(sorted(some, key=lambda row: row[:4]), key=lambda row: row[0])]


@settings(deadline=None, max_examples=60)
@given(rows(kinds=[11, 51, 20], longest=60 * DAY, people=5, most=50, step=DAY))
def test_each_exposure_before_the_first_order_is_counted_with_what_followed(some: list[Row]) -> None:
    curve = measured(Exposures(SHOWN, PAID, most=4, days_us=10 * DAY, until_us=60 * DAY), some).curve
    expected: dict[int, list[int]] = {}
    for mine in _people(some):
        order = min((at for _, at, kind, *_ in mine if kind == 51), default=None)
        shown = [at for _, at, kind, *_ in mine if kind == 11 and (order is None or at < order)]
        for place, at in enumerate(shown[:4], 1):
            row = expected.setdefault(place, [0, 0, 0])
            row[0] += 1
            if at + 10 * DAY <= 60 * DAY:
                row[1] += 1
                row[2] += order is not None and order < at + 10 * DAY
    assert {row.exposure: [row.people, row.observed, row.bought] for row in curve} == expected
    assert all(row.first_order == share(row.bought, row.observed) for row in curve)


@settings(deadline=None, max_examples=60)
@given(rows(kinds=[51, 61, 20], longest=100 * HOUR, people=4, most=40, step=HOUR // 2))
def test_orders_near_a_coupon_are_discounted_and_repeats_are_told_apart(some: list[Row]) -> None:
    days, until = 30 * HOUR, 100 * HOUR
    result = measured(Discounts(PAID, COUPON, hours_us=HOUR, days_us=days, until_us=until), some)
    orders, less, money, money_less, kinds, first = 0, 0, 0, 0, [0, 0, 0], [[0, 0], [0, 0]]
    for mine in _people(some):
        coupons = [at for _, at, kind, *_ in mine if kind == 61]
        bought = [
            (at, value, any(abs(at - one) <= HOUR for one in coupons)) for _, at, kind, value, _ in mine if kind == 51
        ]
        orders += len(bought)
        less += sum(one[2] for one in bought)
        money += sum(one[1] for one in bought)
        money_less += sum(one[1] for one in bought if one[2])
        if len(bought) > 1:
            kinds[any(one[2] for one in bought) + all(one[2] for one in bought)] += 1
        if bought and bought[0][0] + days <= until:
            group = first[not bought[0][2]]
            group[0] += 1
            group[1] += any(one[0] < bought[0][0] + days for one in bought[1:])
    assert (result.orders, result.discounted) == (orders, share(less, orders))
    assert result.discounted_value == (pytest.approx(money_less / money) if money else None)
    assert [result.never, result.sometimes, result.always] == kinds
    assert result.repeat_after_discount == share(first[0][1], first[0][0])
    assert result.repeat_after_full_price == share(first[1][1], first[1][0])
