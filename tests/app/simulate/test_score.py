"""What the product believes of people, held against the truth."""

import numpy as np
import pytest

from siyu.app.simulate.score import calibration_gap, fraud_score, mean_scores, scored, scores
from siyu.sandbox.market.parameters import preset


def test_who_people_are_is_known_and_who_is_gone_and_what_they_bring_is_guessed_better_than_chance() -> None:
    found = scored(preset("skincare"), people=500, days=120, seed=2)
    assert found.identity_precision > 0.99
    assert found.identity_recall > 0.95
    assert found.churn_auc > 0.7
    assert 0.5 < found.value_ratio < 2.0
    assert found.value_rank > 0.3
    assert found.k_said == pytest.approx(found.k_true, rel=0.1)
    assert found.k_true > 0.0
    assert mean_scores([found])["churn_auc"][0] == found.churn_auc


def test_a_fraud_score_is_judged_by_whom_it_flags_and_in_which_order() -> None:
    cheats = np.array([True, False, True, False])
    found = fraud_score(cheats, np.array([0.9, 0.85, 0.1, 0.0]), flag=0.8)
    assert (found["cheats"], found["flagged"]) == (2, 2)
    assert found["fraud_precision"] == found["fraud_recall"] == 0.5
    assert found["fraud_average"] == round((1.0 + 2 / 3) / 2, 4)
    nobody = fraud_score(np.zeros(2, np.bool_), np.zeros(2))
    assert nobody["fraud_precision"] is nobody["fraud_recall"] is nobody["fraud_average"] is None


def test_a_calibrated_belief_has_no_gap_and_an_overconfident_one_has() -> None:
    dice = np.random.default_rng(1)
    chance = dice.random(20_000)
    so = dice.random(20_000) < chance
    assert calibration_gap(chance, so) < 0.02
    assert calibration_gap(np.minimum(1.0, chance + 0.2), so) > 0.12


@pytest.mark.soak
def test_over_ten_markets_beliefs_come_near_the_truth() -> None:
    found = mean_scores(
        scores(preset("skincare"), people=2_000, days=182, seeds=range(1, 11), progress=lambda *_: None)
    )
    assert found["identity_precision"][0] > 0.995
    assert found["identity_recall"][0] > 0.99
    assert found["churn_auc"][0] > 0.85
    assert 0.85 < found["value_ratio"][0] < 1.15
    assert found["fraud_precision"][0] > 0.8
