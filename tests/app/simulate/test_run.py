"""The whole product on a small market."""

from dataclasses import replace

import numpy as np
import pytest

from siyu.app.simulate.ask import asked, asked_to_compare, plays_named
from siyu.app.simulate.compare import gain_of
from siyu.kernel.errors import BadInputError


def test_a_simulation_sends_measures_and_knows_the_truth() -> None:
    found = asked(
        "replenishment", market="grocery", people=300, days=35, seed=3, every_days=7, holdout=0.3, window_days=14
    )
    assert found.sent == found.outbox["sent"] > 20
    assert found.denied["holdout"] > 0
    assert found.people_known == 300
    assert found.treated > found.holdout > 0
    assert found.uplift is not None
    assert found.low < found.uplift < found.high
    assert found.true_effect is not None
    assert found.value_minor > 0
    assert found.staff_load["most_a_day"] > 0
    again = asked(
        "replenishment", market="grocery", people=300, days=35, seed=3, every_days=7, holdout=0.3, window_days=14
    )
    assert (again.sent, again.uplift, again.true_effect) == (found.sent, found.uplift, found.true_effect)


def test_the_same_seed_gives_the_same_answer() -> None:
    runs = [
        asked("win_back,replenishment,feedback", market="skincare", people=120, days=28, seed=9, every_days=7)
        for _ in range(2)
    ]
    one, other = (replace(run, seconds=0.0, processor_seconds=0.0) for run in runs)
    assert one == other
    assert one.sent > 20


def test_on_a_deaf_market_the_true_effect_of_the_whole_product_is_zero() -> None:
    found = asked("win_back", market="deaf", people=300, days=35, seed=3, every_days=7, window_days=14)
    assert found.sent > 0
    assert found.true_effect == 0.0


def test_policies_are_compared_on_the_same_people() -> None:
    rows = asked_to_compare(
        ["nothing", "everything_to_everyone"], market="skincare", people=150, days=28, seed=1, every_days=7
    )
    by_name = {row.policy: row for row in rows}
    assert by_name["nothing"].sent == 0
    assert by_name["everything_to_everyone"].sent > 150
    assert by_name["nothing"].retained_gain is None
    assert by_name["everything_to_everyone"].against == "nothing"


def test_gains_are_means_of_paired_differences_with_students_interval() -> None:
    one = gain_of(np.array([2.0]))
    assert (one.mean, one.low, one.high) == (2.0, None, None)
    many = gain_of(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (many.mean, many.low, many.high) == (2.5, 0.4, 4.6)  # 2.5 -+ 3.182 x 1.291 / 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"play": "magic"}, "no play 'magic'"),
        ({"market": "mars"}, "no market 'mars'"),
        ({"people": 0}, "people"),
        ({"seed": -1}, "seed"),
        ({"holdout": 1.0}, "no share"),
        ({"play": "missing.yaml"}, "cannot be read"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_words(wrong: dict[str, object], says: str) -> None:
    usual: dict[str, object] = {"play": "win_back", "market": "skincare", "people": 10, "days": 7, "seed": 1}
    with pytest.raises(BadInputError, match=says):
        asked(**{**usual, **wrong})  # type: ignore[arg-type]  # made wrong on purpose


def test_all_means_every_play() -> None:
    assert {play.name for play in plays_named("all")} >= {"welcome", "win_back", "dormant"}
