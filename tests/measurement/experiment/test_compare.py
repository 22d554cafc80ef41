"""Comparisons of arms: against independent formulas, by simulation, and far out in the tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.compare import (
    always_valid_half_width,
    cuped,
    holm,
    log_two_sided,
    ratio,
    two_sided,
    welch,
)
from siyu.measurement.experiment.moments import Moments, add, moments


def two_arms(people: int = 400, lift: float = 0.3, seed: int = 1) -> tuple[Moments, Float64, Float64]:
    rng = np.random.default_rng(seed)
    before = rng.gamma(2.0, 10.0, people)
    arm = rng.integers(0, 2, people).astype(np.int32)
    after = 0.8 * before + rng.normal(0, 5, people) + lift * arm
    taken = moments(arm, [after, before], ["alone", "sent"], ["after", "before"])
    return taken, np.column_stack([after, before])[arm == 1], np.column_stack([after, before])[arm == 0]


def test_welch_equals_scipy() -> None:
    taken, sent, alone = two_arms()
    ours = welch(taken, "after", "sent", "alone")
    theirs = stats.ttest_ind(sent[:, 0], alone[:, 0], equal_var=False)
    interval = theirs.confidence_interval()
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-10)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert ours.degrees == pytest.approx(theirs.df)


def test_cuped_is_narrower_and_equals_a_regression_on_what_was_before() -> None:
    taken, sent, alone = two_arms()
    plain, ours = welch(taken, "after", "sent", "alone"), cuped(taken, "after", "before", "sent", "alone")
    rows = np.vstack([sent, alone])
    theta = np.cov(rows[:, 0], rows[:, 1])[0, 1] / rows[:, 1].var(ddof=1)
    by_hand = stats.ttest_ind(sent[:, 0] - theta * sent[:, 1], alone[:, 0] - theta * alone[:, 1], equal_var=False)
    assert ours.p == pytest.approx(by_hand.pvalue, rel=1e-9)
    assert ours.variance_kept is not None
    assert ours.variance_kept < 0.5
    assert ours.high - ours.low < plain.high - plain.low


def test_a_ratio_of_sums_holds_its_interval_in_95_of_100_experiments() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        visits = rng.poisson(3, 1200) + 1.0
        spend = visits * rng.gamma(2.0, 5.0, 1200)
        arm = np.repeat(np.arange(2, dtype=np.int32), 600)
        found = ratio(moments(arm, [spend, visits], ["a", "b"], ["s", "v"]), "s", "v", "b", "a")
        held += found.low <= 0.0 <= found.high
    assert 0.92 < held / 400 < 0.98


def test_one_may_look_every_day_and_still_be_wrong_in_at_most_five_of_a_hundred() -> None:
    """No effect, sixty daily looks: the always valid interval alarms rarely, the daily t-test all the time."""
    rng = np.random.default_rng(5)
    false_alarms = daily = 0
    for _ in range(300):
        alarm = naive = False
        arms = rng.exponential(1.0, (2, 6000))
        for day in range(1, 61):
            n = day * 100
            a, b = arms[0, :n], arms[1, :n]
            error = float(np.sqrt(a.var(ddof=1) / n + b.var(ddof=1) / n))
            gap = abs(float(a.mean() - b.mean()))
            alarm |= gap > always_valid_half_width(error, 2 * n, level=0.95, tuned=5000)
            naive |= gap > 1.96 * error
        false_alarms += alarm
        daily += naive
    assert false_alarms / 300 <= 0.05
    assert daily / 300 > 0.2


def test_probabilities_reach_far_below_what_subtraction_from_one_can_see() -> None:
    assert two_sided(37.0, np.inf) == pytest.approx(2 * stats.norm.sf(37.0), rel=1e-10)
    assert 0 < two_sided(37.0, np.inf) < 1e-298
    assert two_sided(38.0, np.inf) > 0
    assert two_sided(36.9, 5e4) == pytest.approx(2 * stats.t.sf(36.9, 5e4), rel=1e-9)
    assert two_sided(0.0, 10) == 1.0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(-1e6, 1e6), st.floats(-10, 10)), min_size=1, max_size=60),
    st.integers(0, 59),
)
def test_moments_of_two_parts_add_up(rows: list[tuple[int, float, float]], cut: int) -> None:
    def of(part: list[tuple[int, float, float]]) -> Moments:
        arm = np.array([row[0] for row in part], np.int32)
        columns = [np.array([row[i] for row in part], np.float64) for i in (1, 2)]
        return moments(arm, columns, ["a", "b", "c"], ["x", "y"])

    whole, parts = of(rows), add([of(rows[:cut]), of(rows[cut:])])
    whole = add([whole])  # arms without people drop out
    assert parts.n.tolist() == whole.n.tolist()
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(parts.about, whole.about, rtol=1e-7, atol=1e-2)


def test_variance_survives_numbers_far_from_zero() -> None:
    rng = np.random.default_rng(3)
    column = 1e9 + rng.normal(size=5000)
    taken = moments(np.zeros(5000, np.int32), [column], ["a"], ["x"])
    assert taken.covariance(0)[0, 0] == pytest.approx(column.var(ddof=1), rel=1e-6)


def test_covariances_equal_numpy_for_many_rows_and_arms() -> None:
    rng = np.random.default_rng(4)
    columns = [rng.gamma(1.0, 50.0, 30_011), rng.normal(size=30_011), rng.poisson(2.0, 30_011).astype(np.float64)]
    arm = rng.integers(0, 3, 30_011).astype(np.int32)
    taken = moments(arm, columns, ["a", "b", "c"], ["x", "y", "z"])
    for i in range(3):
        here = np.array(columns)[:, arm == i]
        np.testing.assert_allclose(taken.covariance(i), np.cov(here), rtol=1e-10)
        np.testing.assert_allclose(taken.mean[i], here.mean(axis=1), rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_correction_for_many_comparisons_keeps_the_order_and_never_helps(p: list[float]) -> None:
    corrected = holm(np.array(p))
    assert (corrected >= np.array(p) - 1e-15).all()
    assert (corrected <= 1.0).all()
    for i in range(len(p)):
        for j in range(len(p)):
            if p[i] < p[j]:
                assert corrected[i] <= corrected[j]


def test_holm_by_hand() -> None:
    assert holm(np.array([0.04, 0.01, 0.03])).tolist() == pytest.approx([0.06, 0.03, 0.06])


def test_what_cannot_be_compared_is_refused() -> None:
    one = moments(np.array([0, 0, 1], np.int32), [np.array([1.0, 2.0, 3.0])], ["a", "b"], ["x"])
    with pytest.raises(BadInputError, match="1 people"):
        welch(one, "x", "b", "a")
    with pytest.raises(BadInputError, match="no metric"):
        welch(one, "y", "b", "a")
    with pytest.raises(BadInputError, match="finite"):
        moments(np.zeros(2, np.int32), [np.array([1.0, np.nan])], ["a"], ["x"])
    zero = moments(np.array([0, 0, 1, 1], np.int32), [np.ones(4), np.zeros(4)], ["a", "b"], ["x", "y"])
    with pytest.raises(BadInputError, match="zero for everybody"):
        ratio(zero, "x", "y", "b", "a")
    with pytest.raises(BadInputError, match="different metrics"):
        add([one, zero])


@pytest.mark.parametrize(
    ("t", "degrees", "log10"),
    # by mpmath with 40 digits and more: series of the incomplete beta function, quadrature of the density
    [
        (30.0, 100.0, -51.076738746819),
        (110.0, 1000.0, -560.21660919043),
        (110.0, 200_000.0, -2553.1941931638),
        (39.0, 9e6, -331.94245156022),
    ],
)
def test_the_logarithm_of_p_goes_on_where_p_has_become_zero(t: float, degrees: float, log10: float) -> None:
    assert log_two_sided(t, degrees) / np.log(10.0) == pytest.approx(log10, rel=1e-6)
