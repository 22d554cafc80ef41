"""Revenue is an identity, and what moved it adds up exactly."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.people import Row, measured, rows
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, Period, us_of
from siyu.measurement.metric import KINDS, Options
from siyu.measurement.metrics.revenue import Revenue, build, what_moved

START = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE, NOW = Period(START, START + timedelta(days=10)), Period(START + timedelta(days=10), START + timedelta(days=20))


def table(*kinds: int) -> np.ndarray:
    counts = np.zeros(KINDS, np.int8)
    counts[list(kinds)] = 1
    return counts


@settings(max_examples=60, deadline=None)
@given(rows(kinds=(51, 54, 21), longest=25 * DAY, step=DAY))
def test_sums_are_those_of_plain_python_and_the_parts_add_up(some: list[Row]) -> None:
    some = [(row[0], us_of(START) + row[1], *row[2:]) for row in some]
    result = measured(Revenue(BEFORE, NOW, table(51), table(54)), some)
    for period, ours in ((BEFORE, result.before), (NOW, result.now)):
        paid = [row for row in some if row[2] == 51 and period.start_us <= row[1] < period.end_us]
        assert ours.revenue_minor == sum(row[3] for row in paid)
        assert ours.orders == len(paid)
        assert ours.customers == len({row[0] for row in paid})
        first = {p: min(row[1] for row in some if row[0] == p and row[2] == 51) for p in {row[0] for row in paid}}
        assert ours.new_customers == sum(period.start_us <= at < period.end_us for at in first.values())
        refunds = [row for row in some if row[2] == 54 and period.start_us <= row[1] < period.end_us]
        assert ours.refunded_minor == sum(row[3] for row in refunds)
        assert (ours.order_value_minor is None) == (len(paid) < 2)
    if result.by_customers_minor is not None:
        parts = result.by_customers_minor + result.by_orders_minor + result.by_order_value_minor
        assert parts == pytest.approx(result.change_minor, abs=1e-6)


factor = st.floats(0.1, 1e4)


@given(st.tuples(factor, factor, factor), st.tuples(factor, factor, factor))
def test_shapley_gives_every_factor_its_mean_over_all_orders(
    before: tuple[float, float, float], now: tuple[float, float, float]
) -> None:
    from itertools import permutations  # noqa: PLC0415  used here alone

    wanted = np.zeros(3)
    for order in permutations(range(3)):
        at = list(before)
        for own in order:
            was = np.prod(at)
            at[own] = now[own]
            wanted[own] += (np.prod(at) - was) / 6
    assert np.allclose(what_moved(before, now), wanted, rtol=1e-9, atol=1e-6)


def test_periods_that_overlap_are_said() -> None:
    until = us_of(START + timedelta(days=60))
    chosen = {"period": "2026-01-10/2026-02-10", "before": "2026-01-01/2026-01-19"}
    assert measured(build(Options(chosen, until_us=until)), []).overlap_days == 9


def test_a_period_that_is_none_is_said() -> None:
    with pytest.raises(BadInputError, match="FROM/TO"):
        build(Options({"period": "January"}, until_us=DAY))
