"""Lifetime value of dirty tables: everything set aside is counted and said."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from siyu import models
from siyu.app.intake.tables import read_table
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.bgbb import BgBb
from siyu.measurement.models.histories import group_exact
from siyu.models.columns import days_of, moments_of, numbers_of, text_of


def shop(people: int = 300, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        day = int(rng.integers(0, 30))
        for _ in range(1 + rng.poisson(rng.gamma(1.0, 2.0))):
            rows.append((f"c{who}", date.fromordinal(738_000 + day), round(float(rng.gamma(4.0, 8.0)), 2)))
            day += int(rng.integers(5, 60))
            if day > 300:
                break
    return pl.DataFrame(rows, schema=["who", "day", "money"], orient="row")


def test_cdnow_from_the_file_gives_the_published_figures(shared: Path) -> None:
    table = read_table(shared / "data/cdnow/CDNOW_sample.txt")
    found = models.ltv(table, customer="0", date="2", value="4", until=date(1997, 9, 30))
    fit, past = found.result.fit, found.result.backtest
    assert fit.parameters == pytest.approx({"r": 0.24259, "alpha": 4.4136, "a": 0.79292, "b": 2.42591}, rel=1e-4)
    assert fit.log_likelihood == pytest.approx(-9582.42921, abs=1e-4)
    assert found.result.spend is not None
    assert found.result.spend.parameters == pytest.approx({"p": 6.2496, "q": 3.7442, "v": 15.4435}, rel=1e-4)
    assert past is not None
    assert (past.purchases_actual, past.value_actual) == (1882, pytest.approx(70_976.39))
    assert past.purchases == pytest.approx(1653.41, abs=0.01)
    assert past.mean_absolute_error == pytest.approx(0.7855, abs=1e-4)
    assert found.customers.height == 2357
    other = {name: backtest for name, _, backtest in found.result.alternatives}["pareto-nbd"]
    assert other is not None
    assert other.mean_absolute_error == pytest.approx(0.7545, abs=1e-4)


def test_the_whole_of_cdnow_is_read_though_its_file_has_a_head(shared: Path) -> None:
    table = read_table(shared / "data/cdnow/CDNOW_master.txt")
    found = models.ltv(table, customer="0", date="1", value="3", until=date(1997, 9, 30))
    assert found.rows.read == 69_659
    assert found.result.fit.log_likelihood == pytest.approx(-95_368.4439, abs=1e-4)
    assert found.customers.height == 23_570


def test_a_wholesaler_with_returns_duplicates_and_strangers_is_counted(shared: Path) -> None:
    table = read_table(shared / "data/online_retail/online_retail_II_2009_2010.parquet")
    found = models.ltv(
        table, customer="Customer ID", date="InvoiceDate", value="Price", quantity="Quantity", drop_identical=True
    )
    assert found.rows.read == 525_461
    assert any("6865 rows equal to another" in warning for warning in found.warnings)
    assert any("without customer" in warning for warning in found.warnings)
    assert found.rows.returns > 9000
    assert found.rows.orphan_returns > 0
    assert float(found.customers["returned"].sum()) > 0


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow", "mapping"])
def test_any_table_gives_the_same_answer(kind: str) -> None:
    table = shop()
    made = {
        "polars": lambda: table,
        "lazy": table.lazy,
        "pandas": lambda: pd.DataFrame(table.to_dict(as_series=False)),
        "arrow": lambda: pa.table(table.to_dict(as_series=False)),
        "mapping": lambda: table.to_dict(as_series=False),
    }[kind]()
    found = models.ltv(made, customer="who", date="day", value="money")
    truth = models.ltv(table, customer="who", date="day", value="money")
    assert found.result.fit.parameters == truth.result.fit.parameters
    assert found.customers["customer"].to_list() == truth.customers["customer"].to_list()


def test_dirty_rows_are_set_aside_counted_and_said() -> None:
    clean = shop().with_columns(pl.col("day").cast(pl.String), pl.col("money").cast(pl.String))
    dirt = pl.DataFrame(
        {
            "who": ["", None, "c1", "c1", "c2", "c2", "ghost"],
            "day": ["2021-08-01", "2021-08-01", "soon", "2021-13-45", "2021-08-01", "2021-08-01", "2021-08-01"],
            "money": ["1", "2", "3", "4", "much", "inf", "-50"],
        }
    )
    found = models.ltv(pl.concat([clean, dirt]), customer="who", date="day", value="money")
    rows = found.rows
    assert (rows.without_customer, rows.bad_date, rows.bad_value) == (2, 2, 2)
    assert (rows.returns, rows.orphan_returns) == (1, 1)
    assert rows.read == rows.used + 7
    said = " ".join(found.warnings)
    assert "6 of" in said
    assert "no earlier order" in said
    truth = models.ltv(shop(), customer="who", date="day", value="money")
    assert found.result.fit.log_likelihood == pytest.approx(truth.result.fit.log_likelihood)


def test_two_exports_that_overlap_are_seen_and_can_be_undone() -> None:
    table = shop()
    twice = pl.concat([table, table.head(50)])
    seen = models.ltv(twice, customer="who", date="day", value="money")
    assert seen.rows.identical == 50
    assert any("double export" in warning for warning in seen.warnings)
    mended = models.ltv(twice, customer="who", date="day", value="money", drop_identical=True)
    truth = models.ltv(table, customer="who", date="day", value="money")
    assert mended.result.total.value == pytest.approx(truth.result.total.value)


def test_mixed_currencies_are_refused_and_one_without_cents_is_understood() -> None:
    table = shop()
    mixed = table.with_columns(
        pl.Series("currency", ["CNY", "USD"] * (table.height // 2) + ["CNY"] * (table.height % 2))
    )
    with pytest.raises(BadInputError, match="several currencies: CNY, USD"):
        models.ltv(mixed, customer="who", date="day", value="money")
    yen = table.with_columns(pl.lit("JPY").alias("币种"), (pl.col("money") * 100).round().alias("money"))
    found = models.ltv(yen, customer="who", date="day", value="money")
    assert float(found.customers["kept"].sum()) == pytest.approx(float(yen["money"].sum()))


def test_sources_add_up_to_the_total() -> None:
    table = shop().with_columns(pl.when(pl.col("who").str.ends_with("1")).then(pl.lit("live")).alias("from"))
    found = models.ltv(table, customer="who", date="day", value="money", source="from")
    assert [one.name for one in found.sources] == ["live", "unknown"]
    assert sum(one.value for one in found.sources) == pytest.approx(found.result.total.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customer": "nobody"}, "no column 'nobody'"),
        ({"margin": 0.0}, "margin"),
        ({"level": 1.5}, "level"),
        ({"model": "x"}, "unknown model"),
        ({"until": date(1980, 1, 1)}, "by then"),
    ],
)
def test_wrong_questions_are_refused_in_one_line(wrong: dict[str, object], message: str) -> None:
    asked: dict[str, object] = {"customer": "who", "date": "day", "value": "money"} | wrong
    with pytest.raises(BadInputError, match=message):
        models.ltv(shop(), **asked)  # type: ignore[arg-type]  wrong on purpose


def test_dates_numbers_and_moments_are_read_in_many_forms() -> None:
    days = days_of(pl.Series(["1970-01-02", "19700102", "1970/1/2", "1970年1月2日", "1970-01-02 23:59:59", "x", None]))
    assert days.to_list() == [1, 1, 1, 1, 1, None, None]
    assert days_of(pl.Series([19700102, 3])).to_list() == [1, None]
    assert numbers_of(pl.Series(["1,234.50", "¥12", " 3 ", "-4.5", "x", None])).to_list() == [
        1234.5,
        12,
        3,
        -4.5,
        None,
        None,
    ]
    moments = moments_of(pl.Series(["1970-01-01T08:00:01+08:00", "1970-01-01 00:00:01", "1970-01-02", "?"]))
    assert moments.to_list() == [1_000_000, 1_000_000, 86_400_000_000, None]
    assert moments_of(pl.Series([1_700_000_000, 1_700_000_000_000])).to_list()[1] == 1_700_000_000_000_000
    assert text_of(pl.Series([13085.0, None])).to_list() == ["13085", None]


def _visits(parameters: tuple[float, ...], seasons: int, size: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Customers who all came in one week, and who buys in which of the weeks after it."""
    rng = np.random.default_rng(5)
    a, b, c, d = parameters
    buys, leaves = rng.beta(a, b, size), rng.beta(c, d, size)
    there, rows = np.ones(size, np.bool_), [(who, 0) for who in range(size)]
    x, t = np.zeros(size), np.zeros(size)
    for week in range(1, seasons + 1):
        there &= rng.random(size) >= leaves
        came = there & (rng.random(size) < buys)
        x, t = x + came, np.where(came, week, t)
        rows += [(int(who), week) for who in np.flatnonzero(came)]
    day = [date(2024, 1, 1) + timedelta(days=7 * week + who % 7) for who, week in rows]
    return pl.DataFrame({"who": [who for who, _ in rows], "day": day, "paid": 10.0}), x, t


def test_regular_opportunities_are_found_in_the_orders_and_fitted_by_bg_bb() -> None:
    orders, x, t = _visits((1.2, 0.75, 0.66, 2.78), 6, 3000)
    report = models.ltv(orders, customer="who", date="day", value="paid", model="bg-bb", until=date(2024, 2, 18))
    direct = BgBb().fit(group_exact(x, t, np.full(x.size, 6.0)).histories)
    assert report.result.fit.log_likelihood == pytest.approx(direct.log_likelihood, rel=1e-12)
    assert report.result.fit.parameters == pytest.approx(direct.parameters, rel=1e-6)
    assert (report.result.unit_days, report.result.until_day) == (7.0, (date(2024, 2, 18) - date(1970, 1, 1)).days)
    assert report.customers["first"].min() == date(2024, 1, 1)
    assert report.customers["last"].max() <= date(2024, 2, 18)
    with pytest.raises(BadInputError, match="a day at least"):
        models.ltv(orders, customer="who", date="day", value="paid", model="bg-bb", opportunity_days=0)


def test_groups_have_intervals_that_widen_with_what_the_backtest_missed(shared: Path) -> None:
    table = read_table(shared / "data/cdnow/CDNOW_sample.txt")
    report = models.ltv(table, customer="1", date="2", value="4", until=date(1997, 9, 30))
    found, total = report.result, report.result.total
    assert sum(one.value for one in found.cohorts) == pytest.approx(total.value)
    for one in found.cohorts:
        assert one.low < one.value < one.high
        # a part of the customers is known less well than all of them
        assert (one.high - one.low) / one.value > (total.high - total.low) / total.value
    assert found.doubt > abs(found.backtest.value_error)


def test_of_one_customer_and_of_nobody_who_came_back_no_value_is_given() -> None:
    once = pl.DataFrame({"who": ["a", "b"], "day": ["2026-01-01", "2026-03-01"], "paid": ["¥1,200.00", "30元"]})
    for orders, said in ((once, "second day"), (once.head(1), "one customer only")):
        report = models.ltv(orders, customer="who", date="day", value="paid")
        assert any(said in warning for warning in report.warnings)
        assert np.isnan([report.result.total.value, *report.customers["value"]]).all()
        assert not any("nan" in warning for warning in report.warnings)
    assert report.customers["kept"].to_list() == [1200.0]
