"""What is wrong with a file is said: overlapping exports, returns first, clocks, currencies, nobody to compare with."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu import metrics, models
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.suspicions import shared_days, wrong_clocks


def orders(days: int = 90, seed: int = 1) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    rows = [
        (
            f"c{chance.integers(0, 80)}",
            date(2026, 1, 1) + timedelta(days=int(day)),
            float(chance.integers(100, 9000)) / 100,
        )
        for day in range(days)
        for _ in range(5)
    ]
    return pl.DataFrame(rows, schema=["who", "day", "paid"], orient="row").unique(maintain_order=True)


COLUMNS = {"person": "who", "at": "day", "value": "paid"}


def overlapping() -> tuple[pl.DataFrame, int]:
    table = orders()
    again = table.filter(pl.col("day").is_between(date(2026, 2, 3), date(2026, 2, 11)))
    return pl.concat([table, again]).sample(fraction=1.0, shuffle=True, seed=2), again.height


def test_two_exports_that_share_nine_days_are_named_with_their_days() -> None:
    table, twice = overlapping()
    read = metrics.faults(table, **COLUMNS)
    assert read.repeated == twice
    assert "on 9 days from 2026-02-03 to 2026-02-11 every row stands twice" in read.warnings[0]
    once = metrics.faults(table, drop_identical=True, **COLUMNS)
    assert (once.used, once.repeated) == (table.height - twice, 0)
    assert once.warnings == (f"{twice} rows equal another in every column: used once",)
    said = models.ltv(table, customer="who", date="day", value="paid").warnings
    assert any("on 9 days from 2026-02-03 to 2026-02-11" in one for one in said)
    whole = metrics.repurchase(table, drop_identical=True, **COLUMNS)
    assert whole == metrics.repurchase(orders(), **COLUMNS)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), max_size=30))
def test_shared_days_are_those_on_which_every_row_stands_twice(first: list[int], second: list[int]) -> None:
    day = np.array([*first, *second], np.int64)
    again = np.array([False] * len(first) + [True] * len(second), np.bool_)
    found = shared_days(day, again)
    full = [one for one in sorted(set(day.tolist())) if second.count(one) * 2 >= day.tolist().count(one)]
    assert (found is None) == (len(full) < 2)
    if found is not None:
        assert (found.days, found.first, found.last) == (len(full), full[0], full[-1])
        assert found.rows == sum(second.count(one) for one in full)


def test_scattered_repeats_are_no_overlap() -> None:
    table = orders()
    read = metrics.faults(pl.concat([table, table[::40]]), **COLUMNS)
    assert "may overlap" in read.warnings[0]
    assert "every row stands twice" not in read.warnings[0]


def test_a_clock_that_ran_wrong_is_said() -> None:
    table = pl.concat([orders(), pl.DataFrame({"who": ["c1"], "day": [date(1999, 1, 1)], "paid": [5.0]})])
    assert any("1 rows lie more than five years" in one for one in metrics.faults(table, **COLUMNS).warnings)
    assert wrong_clocks(np.arange(0, 4000, dtype=np.int64) * DAY) == 0


def test_returns_before_any_order_and_money_below_zero_are_counted() -> None:
    table = pl.concat(
        [orders(), pl.DataFrame({"who": ["new"] * 2, "day": [date(2026, 1, 5)] * 2, "paid": [-5.0, -7.0]})]
    )
    read = metrics.faults(table, **COLUMNS)
    assert (read.negative, read.returns_first) == (2, 2)
    assert any("before their person ever paid" in one for one in read.warnings)
    report = models.ltv(table, customer="who", date="day", value="paid")
    assert (report.rows.returns, report.rows.orphan_returns) == (2, 2)


def test_currencies_are_never_added() -> None:
    table = orders().with_columns(
        pl.Series("币种", ["CNY", "usd"] * (orders().height // 2) + ["CNY"] * (orders().height % 2))
    )
    for work in (
        lambda: metrics.faults(table, **COLUMNS),
        lambda: models.ltv(table, customer="who", date="day", value="paid"),
    ):
        with pytest.raises(BadInputError, match="several currencies"):
            work()


def test_without_a_holdout_and_with_one_that_leaked_it_is_said() -> None:
    people = pl.DataFrame(
        {"arm": ["sent"] * 50 + ["held"] * 50, "who": [*range(50), *range(45, 95)], "spend": np.arange(100.0),
         "reached": [1] * 50 + [1] * 3 + [0] * 47}
    )  # fmt: skip
    with pytest.raises(BadInputError, match="no holdout"):
        models.experiment_report(people, arm="arm", control="nobody", metrics=["spend"])
    report = models.experiment_report(
        people, arm="arm", control="held", metrics=["spend"], person="who", reached="reached"
    )
    assert any("5 people are in more than one arm" in one for one in report.warnings)
    with pytest.raises(BadInputError, match="one person"):
        models.experiment_report(people[49:], arm="arm", control="sent", metrics=["spend"])
