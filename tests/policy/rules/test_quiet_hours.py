from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.cases import NOW_US, case
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import HOUR, MINUTE, moment_of
from siyu.policy.rules.quiet_hours import QuietHours
from siyu.policy.verdict import Allow, Hold

NIGHT = QuietHours(time(22), time(8))


def test_daytime_is_free_and_night_holds_until_morning() -> None:
    assert isinstance(NIGHT.judge(case()), Allow)
    held = NIGHT.judge(case(now_us=NOW_US + 13 * HOUR))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 22 * HOUR  # 08:00 on the next day
    assert isinstance(NIGHT.judge(case(now_us=held.until_us)), Allow)
    assert isinstance(NIGHT.judge(case(now_us=held.until_us - 1)), Hold)


def test_it_is_the_persons_own_clock() -> None:
    assert isinstance(NIGHT.judge(case(zone=ZoneInfo("America/New_York"))), Hold)


def test_a_window_inside_one_day_works_too() -> None:
    noon = QuietHours(time(12), time(14))
    assert isinstance(noon.judge(case()), Allow)
    assert isinstance(noon.judge(case(now_us=NOW_US + 3 * HOUR)), Hold)


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="same time"):
        QuietHours(time(8), time(8))


@given(
    st.integers(0, 48 * 60),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kathmandu"]),
    st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1]),
)
def test_a_hold_always_ends_outside_the_window(minutes: int, zone: str, hours: tuple[int, int]) -> None:
    rule = QuietHours(time(hours[0]), time(hours[1]))
    at = NOW_US + minutes * MINUTE
    verdict = rule.judge(case(now_us=at, zone=ZoneInfo(zone)))
    if isinstance(verdict, Hold):
        assert at < verdict.until_us <= at + 25 * HOUR
        assert moment_of(verdict.until_us).astimezone(ZoneInfo(zone)).time() == time(hours[1])
