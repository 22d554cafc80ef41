import numpy as np
import pytest

from siyu.policy.brake import Day, brake

_HISTORY = [Day(200, 1)] * 60


def _days(rng: np.random.Generator, rate: float, days: int) -> list[Day]:
    return [Day(200, int(bad)) for bad in rng.poisson(200 * rate, days)]


def test_a_source_that_is_as_usual_goes_on() -> None:
    assert brake(_HISTORY, [Day(200, 1)] * 14).step == "go"


def test_a_source_that_gets_worse_is_slowed_then_stopped() -> None:
    steps = [brake(_HISTORY, [Day(200, 4)] * days).step for days in range(1, 8)]
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


def test_a_source_without_a_history_is_slowed_and_stopped_by_a_number_not_by_one_or_two() -> None:
    steps = [brake([], [Day(20, bad)]).step for bad in range(1, 9)]
    assert steps[:2] == ["go", "go"]
    assert steps.index("slow") < steps.index("stop")
    assert steps[-1] == "stop"


@pytest.mark.parametrize("rate", [0.002, 0.01, 0.02])
@pytest.mark.parametrize("others_sent", [0, 20_000])
def test_a_young_source_like_the_others_is_hardly_ever_stopped(rate: float, others_sent: int) -> None:
    """Looked at every few days of its first fortnight: stopped in less than one in a hundred."""
    rng = np.random.default_rng(9)
    others = Day(others_sent, round(others_sent * rate))
    lives = [_days(rng, rate, 14) for _ in range(150)]
    stopped = sum(any(brake([], life[:day], others=others).step == "stop" for day in (3, 7, 14)) for life in lives)
    assert stopped <= 1


@pytest.mark.parametrize(("rate", "least"), [(0.005, 0.5), (0.01, 0.9), (0.02, 0.98)])
def test_a_young_source_four_times_worse_than_the_others_is_stopped(rate: float, least: float) -> None:
    rng = np.random.default_rng(10)
    lives = [_days(rng, 4 * rate, 14) for _ in range(60)]
    others = Day(20_000, round(20_000 * rate))
    assert sum(brake([], life, others=others).step == "stop" for life in lives) / len(lives) >= least
