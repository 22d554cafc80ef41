"""The chain of lifetime value: intervals that hold, backtests that tell, warnings that speak."""

import numpy as np
import pytest

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.bgnbd import BgNbd
from siyu.measurement.models.future import beta_nodes
from siyu.measurement.models.gamma_gamma import GammaGamma
from siyu.measurement.models.ltv import Orders, value_customers
from siyu.measurement.models.ltv_result import LifetimeValue
from siyu.measurement.models.value import Ahead, expected, quick_values

RATES = np.array([0.8, 6.0, 0.8, 2.5])
AMOUNTS = np.array([6.0, 4.0, 15.0])


def shop(people: int = 4000, days: int = 400, seed: int = 5, parameters: Float64 = RATES) -> Orders:
    """Draw a shop whose customers behave as BG/NBD and Gamma-Gamma say."""
    r, alpha, a, b = parameters
    p, q, v = AMOUNTS
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        rate, leave, scale = rng.gamma(r, 1 / alpha) / 7, rng.beta(a, b), rng.gamma(q, 1 / v)
        day = float(rng.integers(0, 60))
        while day <= days:
            rows.append((who, int(day), int(100 * rng.gamma(p) / scale)))
            if len(rows) > 1 and rows[-2][0] == who and rng.random() < leave:
                break
            day += max(rng.exponential(1 / rate), 1.0)
    customer, day_, minor = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Orders(customer, day_, minor)


@pytest.fixture(scope="module")
def valued() -> LifetimeValue:
    return value_customers(shop(), until_day=250, ahead=Ahead(6.0, 0.0))


def test_a_shop_that_follows_the_model_is_predicted_within_the_intervals(valued: LifetimeValue) -> None:
    past = valued.backtest
    assert past is not None
    assert past.value_low <= past.value_actual <= past.value_high
    assert abs(past.purchases_error) < 0.1
    assert past.covered is not None
    assert past.covered > 0.78
    assert past.mean_absolute_error < past.naive_mean_absolute_error
    assert not [warning for warning in valued.warnings if "does not fit" in warning]


def test_the_total_is_the_sum_of_the_customers_and_of_the_cohorts(valued: LifetimeValue) -> None:
    assert valued.total.value == pytest.approx(float(valued.values.value.sum()))
    assert sum(cohort.value for cohort in valued.cohorts) == pytest.approx(valued.total.value)
    assert sum(cohort.customers for cohort in valued.cohorts) == valued.total.customers
    assert valued.total.low < valued.total.value < valued.total.high
    assert (valued.values.low <= valued.values.high).all()


def test_margin_and_discount_lower_the_value_as_they_should() -> None:
    orders = shop(800)
    plain = value_customers(orders, ahead=Ahead(12.0, 0.0)).total.value
    assert value_customers(orders, ahead=Ahead(12.0, 0.0, margin=0.3)).total.value == pytest.approx(0.3 * plain)
    later = value_customers(orders, ahead=Ahead(12.0, 0.02)).total.value
    assert plain / 1.02**12 < later < plain


def test_a_mature_model_is_the_same_value_in_one_quick_pass(valued: LifetimeValue) -> None:
    grouped = valued.history.histories(valued.until_day)
    fit = BgNbd().fit(grouped.histories)
    spend = GammaGamma().fit(valued.history.spendings())
    quick = quick_values(
        grouped,
        expected(BgNbd(), fit.values, grouped.histories, valued.ahead),
        spend,
        valued.history.repeats,
        valued.history.repeat_minor,
        scale=0.01,
    )
    np.testing.assert_allclose(quick, valued.values.value, rtol=1e-10)


def test_a_monthly_habit_is_not_taken_for_chance() -> None:
    """Everybody buys every 28 days exactly: the model's numbers of repeats are far off, and that is said."""
    rows = [(who, who % 28 + 28 * k, 1000 + who % 50) for who in range(600) for k in range(9)]
    customer, day, minor = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    found = value_customers(Orders(customer, day, minor))
    assert any("does not fit" in warning for warning in found.warnings)


def test_amounts_that_grow_with_the_number_of_purchases_are_said() -> None:
    orders = shop(1500)
    counts = np.bincount(orders.customer)
    minor = orders.minor // 10 + 2000 * counts[orders.customer] ** 2
    found = value_customers(Orders(orders.customer, orders.day, minor))
    assert any("amounts depend" in warning for warning in found.warnings)


def test_a_handful_of_customers_gets_a_mean_amount_and_a_warning() -> None:
    customer = np.array([1, 1, 2, 3], np.int64)
    found = value_customers(Orders(customer, np.array([1, 30, 5, 9], np.int64), np.array([100, 100, 50, 70], np.int64)))
    assert found.spend is None
    assert any("too few repeat customers" in warning for warning in found.warnings)
    assert np.isfinite(found.total.value)


def test_wrong_questions_are_refused() -> None:
    nothing = np.empty(0, np.int64)
    with pytest.raises(BadInputError, match="no order"):
        value_customers(Orders(nothing, nothing, nothing))
    with pytest.raises(BadInputError, match="unknown model"):
        value_customers(shop(20), model="crystal-ball")
    with pytest.raises(BadInputError, match="by then"):
        value_customers(shop(20), until_day=-1)


@pytest.mark.parametrize(("a", "b"), [(0.79, 5.4), (0.01, 2.0), (3.0, 900.0), (1.0, 1.0)])
def test_points_over_a_beta_give_its_moments(a: float, b: float) -> None:
    points, weights = beta_nodes(a, b)
    assert weights.sum() == pytest.approx(1.0)
    assert points @ weights == pytest.approx(a / (a + b))
    assert points**2 @ weights == pytest.approx(a * (a + 1) / ((a + b) * (a + b + 1)))
