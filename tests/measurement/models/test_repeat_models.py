"""BG/NBD, MBG/NBD, Pareto/NBD and BG/BB: published figures, exact slopes, simulated truth, and honest warnings."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import hyp2f1

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.bgbb import BgBb
from siyu.measurement.models.bgnbd import BgNbd
from siyu.measurement.models.gamma_gamma import GammaGamma, Spendings, group_money
from siyu.measurement.models.histories import Histories, group_days, group_exact
from siyu.measurement.models.pareto_nbd import ParetoNbd, log_likelihood_of_one
from siyu.measurement.models.value import RepeatModel

WEEKLY = np.array([0.24, 4.4, 0.79, 2.4])
#: Donations of 11,104 people over six years: purchases, last year used, how many people (Fader, Hardie and Shang 2010).
DONATIONS = """0 0 3464  1 1 1091  1 2 277  1 3 129  1 4 78  1 5 119  1 6 129  2 2 613  2 3 255  2 4 155  2 5 173
2 6 234  3 3 322  3 4 181  3 5 225  3 6 357  4 4 240  4 5 284  4 6 512  5 5 335  5 6 728  6 6 1203"""


def summary(shared: Path) -> Float64:
    file = shared / "data/cdnow/cdnow_customers_summary_with_transactions.csv"
    return np.asarray(np.loadtxt(file, delimiter=",", skiprows=1))


def donations() -> Histories:
    rows = np.array(DONATIONS.split(), np.float64).reshape(-1, 3)
    return Histories(rows[:, 0].copy(), rows[:, 1].copy(), np.full(len(rows), 6.0), rows[:, 2].copy())


def some_histories(seed: int = 3, people: int = 400) -> Histories:
    rng = np.random.default_rng(seed)
    age = rng.integers(30, 274, people).astype(np.float64) / 7
    x, t = BgNbd().simulate(WEEKLY, age, seed)
    return group_exact(x, np.ceil(t * 7) / 7, np.maximum(age, np.ceil(t * 7) / 7)).histories


def test_cdnow_gives_the_published_bg_nbd_and_the_log_likelihood_of_lifetimes(shared: Path) -> None:
    rows = summary(shared)
    histories = group_exact(rows[:, 1], rows[:, 2], rows[:, 3]).histories
    fit = BgNbd().fit(histories)
    assert fit.values == pytest.approx([0.242593, 4.413532, 0.792886, 2.425752], rel=2e-6)
    assert fit.log_likelihood == pytest.approx(-9582.425560567, rel=1e-12)
    assert fit.errors == pytest.approx([0.01256, 0.3782, 0.1857, 0.7054], rel=1e-3)
    assert fit.warnings == ()
    # lifetimes 0.11.3 on these very numbers, at the published parameters
    published = np.array([0.243, 4.414, 0.793, 2.426])
    assert BgNbd().log_likelihood(published, histories)[0] == pytest.approx(-9582.4268, abs=5e-5)


def test_cdnow_gives_the_figures_of_the_sister_models(shared: Path) -> None:
    rows = summary(shared)
    histories = group_exact(rows[:, 1], rows[:, 2], rows[:, 3]).histories
    assert BgNbd(modified=True).fit(histories).values == pytest.approx([0.5248, 6.183, 0.8914, 1.614], rel=1e-4)
    assert ParetoNbd().fit(histories).values == pytest.approx([0.5533, 10.5773, 0.6062, 11.6668], rel=1e-4)
    used = rows[:, 1] > 0
    fit = GammaGamma().fit(Spendings(rows[used, 1], rows[used, 1] * rows[used, 4], np.ones(int(used.sum()))))
    assert fit.values == pytest.approx([6.24880, 3.74459, 15.44775], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-4055.92324, abs=5e-6)


def test_donations_give_the_published_bg_bb() -> None:
    fit = BgBb().fit(donations())
    assert fit.values == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=6e-4)
    assert fit.log_likelihood == pytest.approx(-33225.58127, abs=1e-4)
    expected = (
        BgBb().alive(fit.values, donations())
        * BgBb().future(fit.values, donations().x, donations().age, np.array([5.0])).mean
    )
    assert expected[0, :4] == pytest.approx([0.07286334, 0.08569571, 0.31423812, 0.5938533], rel=1e-6)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (BgNbd(), WEEKLY),
        (BgNbd(modified=True), np.array([0.5, 6.0, 0.9, 1.6])),
        (ParetoNbd(), np.array([0.55, 10.6, 0.6, 11.7])),
        (ParetoNbd(), np.array([1.5, 3.0, 2.0, 20.0])),
    ],
)
def test_slope_and_curvature_are_those_of_the_log_likelihood(model: RepeatModel, parameters: Float64) -> None:
    _same_slopes(model, parameters, some_histories())


def test_slope_and_curvature_of_bg_bb_and_gamma_gamma_are_exact() -> None:
    _same_slopes(BgBb(), np.array([1.1, 0.8, 0.7, 2.5]), donations())
    rng = np.random.default_rng(5)
    x = rng.integers(1, 9, 300)
    spendings = group_money(x, rng.integers(100, 20_000, 300))
    model, at = GammaGamma(), np.array([5.0, 3.0, 12.0])
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5 * at[i]
        high, low = (model.log_likelihood(at + sign * step, spendings) for sign in (1, -1))
        _, slope, curve = model.log_likelihood(at, spendings)
        assert slope[i] == pytest.approx((high[0] - low[0]) / (2 * step[i]), rel=1e-5, abs=1e-4)
        assert curve[i] == pytest.approx((high[1] - low[1]) / (2 * step[i]), rel=1e-5, abs=1e-4)


def _same_slopes(model: RepeatModel, at: Float64, histories: Histories) -> None:
    _, slope, curve = model.log_likelihood(at, histories)
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 1e-5 * at[i]
        high, low = (model.log_likelihood(at + sign * step, histories) for sign in (1, -1))
        assert slope[i] == pytest.approx((high[0] - low[0]) / (2 * step[i]), rel=1e-5, abs=1e-4)
        assert curve[i] == pytest.approx((high[1] - low[1]) / (2 * step[i]), rel=1e-5, abs=1e-3)


@pytest.mark.parametrize(
    "parameters", [[0.5, 0.01, 0.5, 10.0], [1, 2000, 0.01, 0.5], [50, 4, 3, 4], [0.55, 10, 0.6, 12]]
)
def test_pareto_nbd_equals_adaptive_integration_even_where_parameters_are_extreme(parameters: list[float]) -> None:
    at = np.array(parameters, np.float64)
    for x, t, age in ((0.0, 0.0, 39.0), (1.0, 0.3, 39.0), (7.0, 30.0, 39.0), (60.0, 38.0, 38.2), (200.0, 100.0, 104.0)):
        one = Histories(*(np.array([value]) for value in (x, t, age, 1.0)))
        assert ParetoNbd().log_likelihood(at, one)[0] == pytest.approx(log_likelihood_of_one(at, x, t, age), rel=1e-11)


@pytest.mark.parametrize("modified", [False, True])
def test_expected_purchases_equal_the_closed_form(modified: bool) -> None:
    r, alpha, a, b = WEEKLY
    x, age, t = np.array([0.0, 1.0, 5.0, 40.0]), np.array([39.0, 10.0, 39.0, 104.0]), 26.0
    k = x + modified
    z = t / (alpha + age + t)
    closed = (a + b + k - 1) / (a - 1) * (1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + k, a + b + k - 1, z))
    ours = BgNbd(modified).future(WEEKLY, x, age, np.array([t])).mean[0]
    assert ours == pytest.approx(closed, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [(BgNbd(), WEEKLY), (BgNbd(modified=True), WEEKLY), (ParetoNbd(), np.array([0.55, 10.6, 0.6, 11.7]))],
)
def test_a_new_customer_behaves_as_drawn(model: RepeatModel, parameters: Float64) -> None:
    """Mean, second moment and chance of nothing, against two hundred thousand simulated customers."""
    drawn, _ = model.simulate(parameters, np.full(200_000, 39.0), 4)
    one = Histories(np.zeros(1), np.zeros(1), np.full(1, 1e-9), np.ones(1))
    future = model.future(parameters, one.x, one.age, np.array([39.0]))
    alive = model.alive(parameters, one)
    error = drawn.std() / 200_000**0.5
    assert (alive * future.mean[0])[0] == pytest.approx(drawn.mean(), abs=5 * error)
    assert (alive * future.square[0])[0] == pytest.approx((drawn**2).mean(), rel=0.05)
    assert 1 - alive[0] + (alive * future.none[0])[0] == pytest.approx((drawn == 0).mean(), abs=0.006)


def test_bg_bb_future_behaves_as_drawn() -> None:
    parameters = np.array([1.2, 0.75, 0.66, 2.8])
    drawn, _ = BgBb().simulate(parameters, np.full(200_000, 5.0), 4)
    new = Histories(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1))
    alive = BgBb().alive(parameters, new)
    future = BgBb().future(parameters, new.x, new.age, np.array([5.0]))
    assert (alive * future.mean[0])[0] == pytest.approx(drawn.mean(), abs=0.02)
    assert (alive * future.square[0])[0] == pytest.approx((drawn**2).mean(), rel=0.02)
    assert 1 - alive[0] + (alive * future.none[0])[0] == pytest.approx((drawn == 0).mean(), abs=0.006)


@pytest.mark.parametrize(
    ("model", "truth"),
    [
        (BgNbd(), WEEKLY),
        (BgNbd(modified=True), np.array([0.6, 5.0, 0.8, 2.0])),
        (ParetoNbd(), np.array([0.6, 9.0, 0.7, 12.0])),
    ],
)
def test_the_parameters_that_made_the_data_are_found_again(model: RepeatModel, truth: Float64) -> None:
    age = np.random.default_rng(1).integers(190, 274, 30_000) / 7
    x, t = model.simulate(truth, age, 9)
    fit = model.fit(group_exact(x, t, age).histories)
    assert (np.abs(fit.values - truth) < 4 * fit.errors).all()


def test_people_who_never_leave_have_no_finite_optimum_and_that_is_said() -> None:
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2.0, 2.0, 3000)).astype(np.float64)
    # steady buyers bought last shortly before the end: nobody has left
    histories = group_exact(x, np.where(x > 0, 39.0 * x / (x + 1), 0.0), np.full(3000, 39.0)).histories
    warnings = " ".join(BgNbd().fit(histories).warnings)
    assert "no finite optimum" in warnings


def test_customers_without_any_repeat_are_not_enough_and_that_is_said() -> None:
    zero = np.zeros(50)
    fit = BgNbd().fit(group_exact(zero, zero, np.full(50, 20.0)).histories)
    assert fit.warnings


def test_grouping_counts_every_customer_once_and_remembers_who_is_where() -> None:
    rng = np.random.default_rng(8)
    x = rng.integers(0, 4, 5000)
    age = rng.integers(100, 140, 5000)
    last = np.where(x > 0, rng.integers(1, 100, 5000), 0)
    grouped = group_days(x, last, age)
    histories = grouped.histories
    assert histories.customers == 5000
    assert len(np.unique(np.column_stack([x, last, age]), axis=0)) == len(histories)
    np.testing.assert_array_equal(histories.x[grouped.of], x)
    np.testing.assert_allclose(histories.t[grouped.of] * 7, last)
    np.testing.assert_allclose(histories.age[grouped.of] * 7, age)


@pytest.mark.parametrize(
    ("x", "last", "age"),
    [([1], [30], [20]), ([0], [5], [20]), ([2], [0], [20]), ([-1], [0], [3]), ([], [], [])],
)
def test_an_impossible_history_is_refused(x: list[int], last: list[int], age: list[int]) -> None:
    with pytest.raises(BadInputError):
        group_days(*(np.array(column, np.int64) for column in (x, last, age)))


def test_amounts_without_a_finite_mean_are_said() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(1, 4, 4000)
    total = np.maximum(GammaGamma().simulate(np.array([3.0, 0.8, 10.0]), x.astype(np.float64), 3) * 100, 1)
    fit = GammaGamma().fit(group_money(x, np.minimum(total, 1e12).astype(np.int64)))
    assert any("not finite" in warning for warning in fit.warnings)


def test_equal_spendings_are_counted_the_same_on_a_table_and_by_sorting() -> None:
    x = np.array([1, 1, 2, 0, 3, 2])
    total = np.array([500, 500, 900, 0, 0, 900])
    dense = group_money(x, total)
    sparse = group_money(np.append(x, 1), np.append(total, 10**13))
    assert dense.n.tolist() == [2.0, 2.0]
    assert sparse.n.tolist() == [2.0, 1.0, 2.0]
    with pytest.raises(BadInputError):
        group_money(np.zeros(3, np.int64), np.zeros(3, np.int64))
