import numpy as np
import pytest

from siyu.policy.brake import Day, brake

_HISTORY = [Day(200, 1)] * 60


def _days(rng: np.random.Generator, rate: float, days: int) -> list[Day]:
    return [Day(200, int(bad)) for bad in rng.poisson(200 * rate, days)]


def test_a_source_that_is_as_usual_goes_on() -> None:
    assert brake(_HISTORY, [Day(200, 1)] * 14).step == "go"


def test_a_source_that_gets_worse_is_slowed_then_stopped() -> None:
    steps = [brake(_HISTORY, [Day(200, 5)] * days).step for days in range(1, 8)]
    assert steps[0] == "go"
    assert steps.index("slow") < steps.index("stop")


def test_the_same_number_means_nothing_where_it_is_usual() -> None:
    assert brake([Day(200, 5)] * 60, [Day(200, 5)] * 14).step == "go"


def test_a_young_source_is_not_stopped_by_one_complaint() -> None:
    assert brake([], [Day(20, 1)]).step == "go"


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.005, 0.02])
def test_false_alarms_are_as_rare_as_promised(rate: float) -> None:
    """A fortnight of a source that did not change: slowed in less than one in twenty, stopped in less than 1 in 200."""
    rng = np.random.default_rng(7)
    steps = [brake(_days(rng, rate, 60), _days(rng, rate, 14)).step for _ in range(500)]
    assert sum(step != "go" for step in steps) / len(steps) < 0.05
    assert steps.count("stop") / len(steps) < 0.005 + 0.005  # two standard errors of five hundred runs


@pytest.mark.parametrize(("rate", "stopped", "slowed"), [(0.002, 0.55, 0.8), (0.005, 0.95, 0.97), (0.02, 0.99, 0.99)])
def test_a_source_three_times_worse_is_stopped_within_a_fortnight(rate: float, stopped: float, slowed: float) -> None:
    """As often as its numbers allow: at one bad answer in 500 messages a fortnight holds seventeen of them."""
    rng = np.random.default_rng(8)
    steps = [brake(_days(rng, rate, 60), _days(rng, 3 * rate, 14)).step for _ in range(200)]
    assert steps.count("stop") / len(steps) > stopped
    assert sum(step != "go" for step in steps) / len(steps) > slowed


def test_a_source_without_a_history_is_stopped_by_six_bad_answers_and_not_by_two() -> None:
    assert [brake([], [Day(20, bad)]).step for bad in range(1, 8)] == ["go", "go", *["slow"] * 3, "stop", "stop"]
