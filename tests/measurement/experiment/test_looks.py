"""Planned looks: bounds against published ones, false alarms by simulation."""

import numpy as np
import pytest

from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.looks import look_now, looks

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("spending", "bounds"),
    # Jennison and Turnbull, Group Sequential Methods (2000), and the programs of Reboussin et al. (2000)
    [("obrien", (4.877, 3.357, 2.680, 2.290, 2.031)), ("pocock", (2.438, 2.427, 2.410, 2.397, 2.386))],
)
def test_bounds_of_five_looks_are_the_published_ones(spending: str, bounds: tuple[float, ...]) -> None:
    found = looks(FIFTHS, spending=spending)
    assert [one.bound for one in found] == pytest.approx(bounds, abs=6e-4)
    assert found[-1].spent == pytest.approx(0.05)


def test_one_look_is_an_ordinary_test_and_too_early_a_look_stops_nobody() -> None:
    assert looks((1.0,))[0].bound == pytest.approx(1.959964, abs=1e-5)
    assert looks((0.01, 1.0))[0].bound == float("inf")


@pytest.mark.parametrize("spending", ["obrien", "pocock", "linear"])
def test_false_alarms_over_all_looks_are_as_many_as_were_allowed(spending: str) -> None:
    shares = np.array([0.1, 0.15, 0.5, 0.8, 1.0])
    bounds = np.array([one.bound for one in looks(shares.tolist(), level=0.9, spending=spending)])
    steps = np.random.default_rng(2).standard_normal((200_000, shares.size)) * np.sqrt(np.diff(shares, prepend=0.0))
    score = np.abs(steps.cumsum(axis=1)) / np.sqrt(shares)
    assert (score > bounds).any(axis=1).mean() == pytest.approx(0.1, abs=0.003)


def test_the_look_of_now_follows_the_plan_and_the_people_really_seen() -> None:
    assert look_now(4100, 10_000, FIFTHS).share == pytest.approx(0.41)
    assert look_now(4000, 10_000, FIFTHS) == looks((0.2, 0.4))[-1]
    assert look_now(12_000, 10_000, FIFTHS).share == 1.0
    for people, plan in ((100, FIFTHS), (6000, (0.5, 0.2, 0.55))):
        with pytest.raises(BadInputError):
            look_now(people, 10_000, plan)
