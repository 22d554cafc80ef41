"""Uplift: curves with ties, the cut that pays, and no model in use before it is proven."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.logistic import fit_logistic
from siyu.measurement.models.qini import (
    auuc,
    best_cut,
    bootstrap_area,
    qini,
    qini_area,
    qini_curve,
    uplift_curve,
)
from siyu.measurement.models.uplift import fit_uplift, prove

YES = np.array([1, 0, 1, 1, 0, 0, 1, 0], np.float64)
SENT = np.array([1, 0, 1, 0, 1, 0, 0, 1], np.float64)
SCORE = np.array([0.9, 0.9, 0.7, 0.5, 0.5, 0.5, 0.2, 0.1])


def crowd(people: int = 6000, moved: float = 0.15, seed: int = 2) -> tuple[Float64, Float64, Float64]:
    """Those whose first column is high are moved by a message; the second column buys anyway."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(people, 3))
    sent = (rng.random(people) < 0.5).astype(np.float64)
    chance = 0.1 + 0.1 * (columns[:, 1] > 0) + moved * sent * (columns[:, 0] > 0)
    return columns, (rng.random(people) < chance).astype(np.float64), sent


def test_the_curve_by_hand_takes_people_of_equal_score_together() -> None:
    curve = qini_curve(YES, SCORE, SENT)
    assert curve.people.tolist() == [0, 2, 3, 6, 7, 8]
    # treated and control after each run: (1,1) (2,1) (3,3) (3,4) (4,4); their yes: (1,0) (2,0) (2,1) (2,2) (2,2)
    assert curve.gain == pytest.approx([0, 1, 2, 2 - 1, 2 - 2 * 3 / 4, 0])
    assert uplift_curve(YES, SCORE, SENT).gain == pytest.approx([0, 2, 3, (2 / 3 - 1 / 3) * 6, (2 / 3 - 2 / 4) * 7, 0])


def test_the_coefficient_by_hand() -> None:
    # area of the curve 10.25 (trapezoids), line 0, perfect order: treated yes, then no, then control yes
    curve = qini_curve(YES, SCORE, SENT)
    perfect = qini_curve(YES, YES * SENT - YES * (1 - SENT), SENT)
    assert perfect.gain.tolist() == [0, 2, 2, 0]
    assert perfect.people.tolist() == [0, 2, 6, 8]
    assert curve.area == pytest.approx(1 + 1.5 + 4.5 + 0.75 + 0.25)
    assert qini(YES, SCORE, SENT) == pytest.approx(8.0 / 12.0)


@given(st.permutations(range(8)))
def test_the_order_of_the_rows_does_not_count(order: list[int]) -> None:
    for measure in (qini, auuc, qini_area):
        assert measure(YES[order], SCORE[order], SENT[order]) == pytest.approx(measure(YES, SCORE, SENT), abs=1e-12)


@given(st.integers(0, 1000))
def test_only_the_order_of_the_scores_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    yes, sent = rng.integers(0, 2, (2, 60)).astype(np.float64)
    yes[:2], sent[:2] = (0, 1), (0, 1)
    score = rng.integers(0, 10, 60).astype(np.float64)
    assert qini(yes, score, sent) == pytest.approx(qini(yes, np.exp(score / 3), sent), nan_ok=True)


def test_the_perfect_order_has_coefficient_one() -> None:
    _, yes, sent = crowd(500)
    assert qini(yes, yes * sent - yes * (1 - sent), sent) == pytest.approx(1.0)


def test_the_cut_stops_where_a_message_no_longer_pays() -> None:
    columns, yes, sent = crowd(20_000)
    score = columns[:, 0]
    cut = best_cut(yes, score, sent, margin=10.0, cost=0.5)
    assert 7000 < cut.people < 13_000
    assert cut.profit > cut.profit_all
    assert abs(cut.threshold) < 0.6
    nobody = best_cut(yes, score, sent, margin=0.1, cost=5.0)
    assert (nobody.people, nobody.profit) == (0, 0.0)
    assert best_cut(yes, score, sent, margin=100.0, cost=0.0).people > 9000


@pytest.mark.parametrize("way", ["t", "class"])
def test_a_crowd_that_can_be_moved_is_told_apart_and_the_model_goes_on(way: str) -> None:
    columns, yes, sent = crowd()
    proof = prove(columns, yes, sent, way="t" if way == "t" else "class")
    assert proof.use
    assert proof.words.startswith("on")
    assert abs(proof.random) < 0.01


def test_a_crowd_that_is_not_moved_leaves_the_model_off() -> None:
    columns, yes, sent = crowd(moved=0.0)
    proof = prove(columns, yes, sent)
    assert not proof.use
    assert proof.words.startswith("off")


def test_the_interval_of_the_area_holds_the_area() -> None:
    columns, yes, sent = crowd(3000)
    low, high = bootstrap_area(yes, columns[:, 0], sent, draws=60)
    assert low < qini_area(yes, columns[:, 0], sent) < high
    assert low > 0


def test_uplift_finds_the_column_that_moves_people() -> None:
    columns, yes, sent = crowd(20_000)
    model = fit_uplift(columns, yes, sent)
    high, low = model.score(np.array([[1.5, 0.0, 0.0], [-1.5, 0.0, 0.0]]))
    assert high > low + 0.08


def test_a_regression_finds_its_weights_again_and_its_slope_is_zero() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(40_000, 2)) * [1.0, 30.0] + [5.0, 100.0]
    truth = np.array([-2.0, 0.8, -0.01])
    chance = 1 / (1 + np.exp(-(truth[0] + columns @ truth[1:])))
    yes = (rng.random(40_000) < chance).astype(np.float64)
    fitted = fit_logistic(columns, yes, ridge=0.0)
    assert fitted.weights == pytest.approx(truth, rel=0.1)
    left = yes - fitted.chance(columns)
    assert abs(left.sum()) < 1e-6
    assert np.abs(left @ columns).max() < 1e-3


def test_what_cannot_be_learned_from_is_refused() -> None:
    columns, yes, sent = crowd(100)
    with pytest.raises(BadInputError, match="left alone"):
        fit_uplift(columns, yes, np.ones(100))
    with pytest.raises(BadInputError, match="answered the same"):
        fit_logistic(columns, np.zeros(100))
    with pytest.raises(BadInputError, match="equal size"):
        fit_uplift(columns, yes, (np.arange(100) < 90).astype(np.float64), way="class")
    with pytest.raises(BadInputError, match="finite"):
        fit_logistic(np.full((100, 1), np.nan), yes)
    with pytest.raises(BadInputError, match="left alone"):
        qini(yes, columns[:, 0], np.ones(100))
    with pytest.raises(BadInputError, match="different people"):
        qini(yes, columns[:50, 0], sent)
