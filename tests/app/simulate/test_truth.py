"""The product's measure held against the truth: a short form here, a thousand markets a play in the soak."""

import pytest

from siyu.app.simulate.truth import trials
from siyu.campaigns.play import plays
from siyu.sandbox.market.parameters import preset

_SHORT = {"markets": 24, "people": 800, "days": 70, "holdout": 0.3}
#: One standard error of a share of 0.95 over so many markets is 0.0049, so an honest interval lies outside 0.93 to 0.97
#: in less than 1 of 10,000 plays, and one that is a little wide (0.96: see the page of the market) in 1 of 100; over
#: 1,000 markets that would be 1 play in 20, and one was (0.971, and 0.950 over the next 1,000).
_MARKETS = 2_000


def test_most_intervals_cover_the_true_effect() -> None:
    found = trials(plays()["replenishment"], preset("skincare"), **_SHORT)
    assert found.markets == 24
    assert found.covered >= 0.85
    assert found.mean_true > 0.0


def test_where_nothing_works_the_truth_is_zero_and_few_intervals_deny_it() -> None:
    found = trials(plays()["win_back"], preset("deaf"), **_SHORT)
    assert found.mean_true == 0.0
    assert found.rejected <= 0.15


@pytest.mark.parametrize("play", ["after_sales", "birthday", "membership"])
def test_a_play_that_needs_more_than_the_counters_is_tried_as_well(play: str) -> None:
    found = trials(plays()[play], preset("skincare"), markets=8, people=600, days=70, holdout=0.3)
    assert found.markets == 8
    assert found.covered >= 0.6


@pytest.mark.soak
@pytest.mark.parametrize("play", sorted(plays()))
def test_the_interval_covers_the_truth_in_nineteen_of_twenty_markets(play: str) -> None:
    days = 240 if play == "anniversary" else 90
    found = trials(plays()[play], preset("skincare"), markets=_MARKETS, people=1_500, days=days, holdout=0.2)
    assert found.markets >= 0.99 * _MARKETS
    assert 0.93 <= found.covered <= 0.97


@pytest.mark.soak
@pytest.mark.parametrize("play", ["replenishment", "win_back"])
def test_a_play_that_does_nothing_is_found_to_do_something_once_in_twenty_times(play: str) -> None:
    found = trials(plays()[play], preset("deaf"), markets=_MARKETS, people=1_500, days=90, holdout=0.2)
    assert found.mean_true == 0.0
    assert 0.03 <= found.rejected <= 0.07
