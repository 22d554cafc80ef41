"""Any table becomes timelines, and every row that cannot be used is counted under its heading."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from siyu import metrics
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of
from siyu.measurement.frame import timelines_of

ROWS = {
    "who": ["a", "b", None, "a", "c", "c"],
    "day": ["2026-01-01", "2026-02-03", "2026-01-06", "nonsense", None, "2026-03-01"],
    "paid": [1.5, 2.25, 3.0, 1.0, 1.0, None],
}


def test_rows_that_cannot_be_used_are_counted_by_their_first_fault() -> None:
    read = timelines_of(pl.DataFrame(ROWS), person="who", at="day", value="paid").read
    assert (read.rows, read.used, read.people) == (6, 2, 2)
    assert (read.no_person, read.unreadable_time, read.no_time, read.no_value) == (1, 1, 1, 1)


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, pa.table], ids=["polars", "pandas", "arrow"])
def test_polars_pandas_and_arrow_tables_say_the_same(make) -> None:  # noqa: ANN001  one of three libraries
    result = metrics.retention(make(ROWS), person="who", at="day")
    assert [(cohort.cohort, cohort.people) for cohort in result.cohorts] == [
        ("2026-01-01", 1), ("2026-02-01", 1), ("2026-03-01", 1),
    ]  # fmt: skip


def test_a_moment_without_an_offset_is_on_the_clock_of_the_zone() -> None:
    frame = pl.DataFrame({"person": [1, 2], "at": ["2026-01-01 07:00:00", "2026-01-01T07:00:00+00:00"]})
    read = timelines_of(frame, zone=ZoneInfo("Asia/Shanghai")).read
    assert read.first_us == us_of(datetime(2025, 12, 31, 23, tzinfo=UTC))
    assert read.last_us == us_of(datetime(2026, 1, 1, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ([20260102], datetime(2026, 1, 2, tzinfo=UTC)),
        ([1767312000], datetime(2026, 1, 2, tzinfo=UTC)),
        ([1767312000000], datetime(2026, 1, 2, tzinfo=UTC)),
        (["2026/01/02 03:04"], datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        (
            pl.Series([datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)], dtype=pl.Datetime("ns")),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
    ],
)
def test_days_and_moments_are_read_however_they_are_written(written: Any, wanted: datetime) -> None:
    assert timelines_of(pl.DataFrame({"person": [1], "at": written})).read.first_us == us_of(wanted)


def test_an_unknown_column_is_said_with_the_nearest_ones() -> None:
    with pytest.raises(BadInputError, match="did you mean person"):
        timelines_of(pl.DataFrame({"person": [1], "at": ["2026-01-01"]}), person="persn")


def test_kinds_of_a_file_may_have_any_names() -> None:
    frame = pl.DataFrame({
        "person": [1, 1, 1, 2], "at": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-01"],
        "what": ["view", "addtocart", "transaction", "view"],
    })  # fmt: skip
    result = metrics.funnel(frame, ["view", "addtocart", "transaction"], kind="what")
    assert [step.people for step in result.steps] == [2, 1, 1]
    with pytest.raises(BadInputError, match="addtocart"):
        metrics.funnel(frame, ["view", "add_to_cart"], kind="what")


def test_buckets_cut_between_people_only() -> None:
    chance = np.random.default_rng(5)
    moments = chance.integers(1_700_000_000, 1_701_000_000, 500)
    seen = timelines_of(pl.DataFrame({"person": chance.integers(0, 40, 500), "at": moments}))
    parts = [seen.of_bucket(bucket, ()).person for bucket in seen.buckets]
    assert sum(map(len, parts)) == 500
    people = [set(part.tolist()) for part in parts]
    assert len(set().union(*people)) == sum(map(len, people))


def test_the_documented_examples_hold() -> None:
    import doctest  # noqa: PLC0415  used here alone

    assert doctest.testmod(metrics).failed == 0


def test_two_exports_that_share_days_are_said_with_the_days() -> None:
    days = [f"2026-01-{day:02d}" for day in range(1, 31)]
    one = pl.DataFrame({"person": range(30), "at": days, "paid": [10.0] * 30, "number": range(30)})
    both = pl.concat([one[:20], one[11:]])
    read = timelines_of(both, value="paid").read
    assert (read.repeated, read.used) == (9, 39)
    assert "2026-01-12 to 2026-01-20" in read.warnings[0]
    assert "overlap" not in timelines_of(pl.concat([one, one[:1]]), value="paid").read.warnings[0]
    same_money = pl.concat([one, one.with_columns(number=pl.col("number") + 100)])
    assert timelines_of(same_money, value="paid").read.repeated == 0, "two orders of one day are two orders"


def test_money_back_before_any_order_is_said() -> None:
    table = pl.DataFrame({"person": [1, 1, 2, 2], "at": ["2026-01-01", "2026-01-02"] * 2, "paid": [5.0, -5, -7, 7]})
    read = timelines_of(table, value="paid").read
    assert (read.negative, read.returns_first) == (2, 1)
    assert "before their person ever paid" in read.warnings[0]


def test_several_currencies_are_never_added() -> None:
    table = pl.DataFrame({"person": [1, 2], "at": ["2026-01-01"] * 2, "paid": [1.0, 2.0], "Currency": ["CNY", "USD"]})
    with pytest.raises(BadInputError, match="several currencies: CNY, USD"):
        timelines_of(table, value="paid")


def test_a_column_without_one_moment_is_named() -> None:
    with pytest.raises(BadInputError, match="nothing in column 'paid' can be read as a moment"):
        timelines_of(pl.DataFrame({"person": [1, 2], "paid": ["12.5", "x"]}), at="paid")
