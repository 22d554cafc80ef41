from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, Period, moment_of, us_of, us_of_text


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001  the strategy adds the zone
def test_a_moment_survives_the_trip_through_microseconds(moment: datetime) -> None:
    assert moment_of(us_of(moment)) == moment


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInputError, match="no time zone"):
        us_of(datetime(2026, 1, 1))  # noqa: DTZ001  the naive moment is the point


def test_a_text_without_an_offset_is_on_the_brands_clock() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    assert us_of_text("2026-11-22T09:30:00", shanghai) == us_of(datetime(2026, 11, 22, 1, 30, tzinfo=UTC))
    assert us_of_text("2026-11-22T09:30:00+00:00", shanghai) == us_of(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1969-12-31"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        us_of_text(text)


def test_a_period_is_half_open_and_follows_the_local_calendar() -> None:
    zone = ZoneInfo("America/New_York")
    spring_forward = Period.of_days(date(2026, 3, 8), 1, zone)
    assert spring_forward.end_us - spring_forward.start_us == 23 * DAY // 24
    assert spring_forward.start in spring_forward
    assert spring_forward.end not in spring_forward
    assert spring_forward.end - timedelta(microseconds=1) in spring_forward


def test_an_empty_period_is_refused() -> None:
    at = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    with pytest.raises(BadInputError, match="empty"):
        Period(at, at)
