"""Retention counts what its definition says: by cohort, by maturity, in every sort."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.people import Row, measured, rows
from siyu import metrics
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, moment_of, us_of
from siyu.measurement.metrics.retention import Retention

ZONE = ZoneInfo("America/New_York")  # has days of 23 and of 25 hours
START = us_of(datetime(2026, 2, 20, 5, tzinfo=UTC))


def in_time(some: list[Row]) -> list[Row]:
    return [(row[0], START + row[1], *row[2:]) for row in some]


def cell(at: int, first: int, elapsed: bool) -> int:
    if elapsed:
        return (at - first) // DAY
    days = [moment_of(us).astimezone(ZONE).date() for us in (first, at)]
    return (days[1] - days[0]).days


def over(first: int, k: int, until: int, elapsed: bool) -> bool:
    if elapsed:
        return first + (k + 1) * DAY <= until
    day = moment_of(first).astimezone(ZONE).date() + timedelta(days=k + 1)
    return us_of(datetime(day.year, day.month, day.day, tzinfo=ZONE)) <= until


@settings(max_examples=70, deadline=None)
@given(
    rows(kinds=(51, 21), longest=40 * DAY, step=5 * HOUR),
    st.sampled_from(["exact", "after", "within"]),
    st.booleans(),
    st.integers(0, 45 * 24),
)
def test_every_cell_is_what_the_definition_counts(some: list[Row], sort: str, elapsed: bool, hours: int) -> None:
    some, horizon, until = in_time(some), 9, START + hours * HOUR
    some = [row for row in some if row[1] < until]
    begin = pl.Series([0] * 128).to_numpy().astype("int8").copy()
    begin[51] = 1
    measure = Retention("day", horizon, sort, elapsed, begin=begin, zone=ZONE, until_us=until)  # type: ignore[arg-type]  # one of the sorts
    wanted: dict[str, list[list[int]]] = {}
    for person in {row[0] for row in some}:
        starts = [row[1] for row in some if row[0] == person and row[2] == 51]
        if not starts:
            continue
        first = min(starts)
        cells = {cell(row[1], first, elapsed) for row in some if row[0] == person and row[1] >= first}
        name = moment_of(first).astimezone(ZONE).date().isoformat()
        table = wanted.setdefault(name, [[0] * (horizon + 1), [0] * (horizon + 1)])
        for k in range(horizon + 1):
            if over(first, k, until, elapsed):
                table[0][k] += 1
                kept = {
                    "exact": k in cells,
                    "after": max(cells) >= k,
                    "within": k == 0 or any(1 <= one <= k for one in cells),
                }[sort]
                table[1][k] += kept
    result = measured(measure, some)
    assert {cohort.cohort: cohort.observed for cohort in result.cohorts} == {n: t[0] for n, t in wanted.items()}
    for cohort in result.cohorts:
        observed, kept = wanted[cohort.cohort]
        assert cohort.kept == [hits if of else None for hits, of in zip(kept, observed, strict=True)]


def test_the_cohort_of_december_2009_comes_back_as_published(shared: Path) -> None:
    file = shared / "data" / "online_retail" / "online_retail_II_2009_2010.parquet"
    lines = pl.read_parquet(file).filter(
        (pl.col("Quantity") > 0) & (pl.col("Price") > 0) & ~pl.col("Invoice").str.starts_with("C")
    )
    result = metrics.retention(lines, person="Customer ID", at="InvoiceDate", cohort="month")
    assert result.people == 4312
    assert result.cohorts[0].kept[:6] == [955, 337, 319, 406, 363, 343]
    assert result.cohorts[0].kept[12] is None, "December 2010 is not over when the file ends"
    assert not result.cohorts[0].mature


def test_a_column_groups_people_by_their_first_touch() -> None:
    some = in_time([(1, 0, 51, 0, "a"), (1, DAY, 51, 0, "b"), (2, 0, 51, 0, "b"), (3, 0, 51, 0, "a")])
    result = measured(Retention("day", 2, zone=ZONE, by="channel", until_us=START + 5 * DAY), some)
    assert [(cohort.cohort, cohort.people, cohort.kept[1]) for cohort in result.cohorts] == [("a", 2, 1), ("b", 1, 0)]


def test_nobody_is_no_cohort() -> None:
    assert measured(Retention(), []).total is None


def test_an_unknown_sort_is_said() -> None:
    with pytest.raises(BadInputError, match="exact, after or within"):
        Retention(sort="sometimes")  # type: ignore[arg-type]  # that is the test
