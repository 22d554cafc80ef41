"""Dates and numbers are read as shops write them, and what had to be guessed is said."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import HOUR
from siyu.measurement.dates import read_moments
from siyu.measurement.numbers import read_numbers

FORMS = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y%m%d%H%M%S",
    "%d.%m.%Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M:%S",
)  # fmt: skip
LATE = datetime(2025, 12, 25, 13, 14, 15)  # noqa: DTZ001  dates without a zone are the subject
moments = st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001  as above


def read(*texts: object) -> list[datetime | None]:
    return read_moments(pl.Series("x", texts, strict=False)).local_us.cast(pl.Datetime("us")).to_list()


@settings(deadline=None)
@given(st.lists(moments, min_size=1, max_size=5), st.sampled_from(FORMS))
def test_what_was_written_is_read(written: list[datetime], form: str) -> None:
    # the 25th of December says which number is the day
    assert read(*[at.strftime(form) for at in [LATE, *written]]) == [LATE, *written]


@settings(deadline=None)
@given(moments)
def test_numbers_are_days_of_a_spreadsheet_or_seconds_by_their_size(at: datetime) -> None:
    since = at - datetime(1970, 1, 1)  # noqa: DTZ001  as above
    seconds = int(since.total_seconds())
    if seconds >= 100_000_000:
        assert read(str(seconds)) == read(seconds) == read(seconds * 1000) == [at]
    sheet = (at.replace(hour=0, minute=0, second=0) - datetime(1899, 12, 30)).days  # noqa: DTZ001  as above
    assert read(sheet) == read(str(sheet)) == [at.replace(hour=0, minute=0, second=0)]


def test_the_other_rows_tell_whether_the_day_comes_first() -> None:
    assert read("03/04/2026", "25/04/2026")[0] == datetime(2026, 4, 3)  # noqa: DTZ001  as above
    assert read("03/04/2026", "04/25/2026")[0] == datetime(2026, 3, 4)  # noqa: DTZ001  as above
    guessed = read_moments(pl.Series(["03/04/2026"]))
    assert "no row tells" in guessed.note
    assert guessed.local_us.cast(pl.Datetime("us")).to_list() == [datetime(2026, 3, 4)]  # noqa: DTZ001  as above


def test_an_offset_is_kept_beside_the_day_it_was_written_on() -> None:
    found = read_moments(pl.Series(["2026-01-01T00:30:00+08:00", "2026-01-01T00:30:00Z", "2026-01-01 00:30"]))
    assert found.offset_us.to_list() == [8 * HOUR, 0, None]
    assert len(set(found.days.to_list())) == 1
    aware = read_moments(pl.Series([LATE]).dt.replace_time_zone("Asia/Shanghai"))
    assert aware.offset_us.to_list() == [8 * HOUR]
    assert aware.local_us.cast(pl.Datetime("us")).to_list() == [LATE]


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "yesterday", "13/13/2026", "2026-01-01 25:00", "1-2", "12.50", None]
)
def test_what_is_no_date_becomes_null(text: str | None) -> None:
    assert read("2026-01-01", text)[1] is None


def test_a_column_of_nothing_is_read() -> None:
    assert read_moments(pl.Series([], dtype=pl.String)).days.to_list() == []
    assert read(None) == [None]


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12))
def test_money_is_read_with_its_signs_and_commas(cents: int) -> None:
    whole = cents / 100
    texts = [f"{whole:,.2f}", f"¥{whole:.2f}", f"{whole:.2f}元", f"CNY {whole:,.2f}", "free"]
    if cents < 0:
        texts.append(f"({-whole:,.2f})")
    assert read_numbers(pl.Series(texts)).to_list() == [whole, whole, whole, whole, None, whole][: len(texts)]


def test_a_comma_of_decimals_is_not_one_of_thousands() -> None:
    texts = ["12,50", "1.234,50", "1,234.50", "1,234", "(12,5)", "1,2345", "1,2,3"]
    assert read_numbers(pl.Series(texts)).to_list() == [12.5, 1234.5, 1234.5, 1234, -12.5, None, None]
