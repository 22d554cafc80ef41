"""The alarm of channels that decay: it finds a planted change, and stays silent without one."""

from datetime import date, timedelta

import numpy as np
import pytest

from measurement.people import Row, measured
from siyu.kernel.period import DAY
from siyu.measurement.metrics.decay import Decay, change_point
from siyu.measurement.newcomers import Watch
from siyu.measurement.spending import Spending

MONDAY = 4 * DAY  # 1970-01-05
WATCH = Watch(10 * DAY, 10 * DAY, (10 * DAY, 20 * DAY), MONDAY + 400 * DAY)


def test_a_planted_change_is_dated_and_measured() -> None:
    chance = np.random.default_rng(1)
    of = np.full(30, 100.0)
    hits = chance.poisson(np.where(np.arange(30) < 18, 60, 36))
    found = change_point(hits, of)
    assert found is not None
    assert found.low <= 18 <= found.high
    assert found.high - found.low <= 6
    assert found.ratio.low < 0.6 < found.ratio.high
    assert found.p == pytest.approx(1 / 1000)


def test_without_a_change_one_series_in_twenty_is_called_changed() -> None:
    chance = np.random.default_rng(2)
    ps = [change_point(chance.poisson(30, 16), np.full(16, 50.0)).p for _ in range(200)]
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.04)


def test_the_interval_of_the_ratio_holds_the_truth_when_weeks_vary_more_than_poisson() -> None:
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        rate = np.where(np.arange(24) < 12, 80.0, 40.0) * chance.gamma(20, 1 / 20, 24)
        found = change_point(chance.poisson(rate), np.full(24, 1.0))
        held += found.ratio.low <= 0.5 <= found.ratio.high
    assert held / 200 >= 0.85


def test_a_short_or_empty_series_says_nothing() -> None:
    assert change_point(np.ones(5, np.int64), np.ones(5)) is None
    assert change_point(np.zeros(9, np.int64), np.ones(9)) is None


def test_a_source_that_brings_half_for_its_money_is_an_alarm_with_its_week() -> None:
    some: list[Row] = []
    days, names, costs = [], [], []
    person = 0
    for week in range(20):
        for name, many in (("old", 40 if week < 12 else 18), ("new", 30)):
            days.append(MONDAY + week * 7 * DAY)
            names.append(name)
            costs.append(10_000)
            for place in range(many):
                person += 1
                at = MONDAY + week * 7 * DAY + place % 7 * DAY
                some.append((person, at, 21, 0, name))
                if place % 4 == 0:
                    some.append((person, at + DAY, 51, 500, ""))
    spent = Spending(np.array(days, np.int64), names, names, np.array(costs, np.int64))
    result = measured(Decay(spent, WATCH, "source_code", since_us=MONDAY), some, "source_code")
    assert result.alarms == 1
    alarm = result.changes[0]
    assert (alarm.source, alarm.series, alarm.alarm) == ("old", "reach", True)
    assert alarm.week == date(1970, 1, 5) + timedelta(weeks=12)
    assert alarm.earliest <= alarm.week <= alarm.latest
    assert (alarm.before, alarm.after) == (0.4, 0.18)
    assert alarm.ratio.high < 0.7
    assert {change.series for change in result.changes if change.source == "new"} == {"reach", "buyers"}


def test_without_spend_the_yield_alone_is_looked_at() -> None:
    result = measured(Decay(Spending(), WATCH), [(1, MONDAY, 21, 0, "a")], "source_code")
    assert result.too_short == ["a"]
    assert "only the yield" in result.warnings[0]
