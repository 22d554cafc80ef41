"""Attribution, experiments, uplift and rhythm of any table, and of the real ones beside the checkout."""

import itertools
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu import models
from siyu.app.intake.tables import read_table
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.path_texts import read_paths


def test_the_published_paths_keep_their_totals_in_every_way_of_sharing(shared: Path) -> None:
    credit = models.attribution(read_table(shared / "data/attribution/paths.csv"))
    assert (credit.conversions, credit.nulls, len(credit.channels)) == (19_785, 68_602, 12)
    assert credit.value == pytest.approx(74_802.97, abs=0.005)
    assert credit.probability == pytest.approx(0.223845, abs=5e-7)
    for way in credit.channels[0].conversions:
        assert sum(one.conversions[way] for one in credit.channels) == pytest.approx(19_785, abs=1e-6)


def test_paths_and_touches_of_the_same_people_share_alike() -> None:
    paths = pl.DataFrame(
        {"path": ["a > b", "b", "a>c > a"], "conversions": [1, 1, 0], "value": [10.0, 5.0, 0.0], "nulls": [0, 0, 1]}
    )
    touches = pl.DataFrame(
        {
            "person": ["z", "x", "x", "y", "z", "z"],
            "at": ["2026-01-02", "2026-01-01", "2026-01-03", "2026-01-01", "2026-01-03", "2026-01-04"],
            "channel": ["a", "a", "b", "b", "c", "a"],
            "conversion": [0, 0, 1, 1, 0, 0],
            "value": [0, 0, 10, 5, 0, 0],
        }
    )
    one, other = models.attribution(paths), models.attribution(touches)
    assert [c.channel for c in one.channels] == [c.channel for c in other.channels]
    for left, right in zip(one.channels, other.channels, strict=True):
        for way in ("first", "last", "linear", "shapley", "markov"):
            assert left.conversions[way] == pytest.approx(right.conversions[way])
            assert left.value[way] == pytest.approx(right.value[way])


def test_a_table_that_is_neither_is_refused() -> None:
    with pytest.raises(BadInputError, match="neither paths nor touches"):
        models.attribution({"x": [1]})
    with pytest.raises(BadInputError, match="below zero"):
        models.attribution({"path": ["a"], "conversions": [-1]})


def test_hillstrom_gives_its_known_figures(shared: Path) -> None:
    found = models.experiment_report(
        read_table(shared / "data/hillstrom/hillstrom.csv"),
        arm="segment",
        control="No E-Mail",
        metrics=["visit", "conversion", "spend"],
        ratios=[("spend", "visit")],
        before={"spend": "history"},
    )
    by_name = {
        (one.comparison.arm[:4], one.comparison.metric, one.comparison.method): one.comparison for one in found.findings
    }
    known = {
        ("Mens", "visit", "welch"): (0.076590, 0.069953, 0.083226, 1.36e-112),
        ("Mens", "conversion", "welch"): (0.006805, 0.005000, 0.008610, 1.50e-13),
        ("Mens", "spend", "welch"): (0.769827, 0.485140, 1.054515, 1.16e-7),
        ("Mens", "spend", "cuped"): (0.767438, 0.482813, 1.052064, 1.27e-7),
        ("Mens", "spend/visit", "ratio"): (1.6355, -0.2993, 3.5703, 0.0976),
        ("Wome", "visit", "welch"): (0.045233, 0.038893, 0.051573, 2.43e-44),
        ("Wome", "spend", "welch"): (0.424412, 0.168957, 0.679868, 0.00113),
        ("Wome", "spend", "cuped"): (0.422701, 0.167294, 0.678108, 0.00118),
    }
    for name, (difference, low, high, p) in known.items():
        one = by_name[name]
        places = 5.1e-5 if name[2] == "ratio" else 1.1e-6
        assert (one.difference, one.low, one.high) == pytest.approx((difference, low, high), abs=places)
        assert one.p == pytest.approx(p, rel=5e-3)
    always = by_name[("Mens", "visit", "welch")]
    assert (always.sequence_high - always.sequence_low) / 2 == pytest.approx(0.010904, abs=1e-6)
    assert found.readable
    money = models.experiment_economics(
        read_table(shared / "data/hillstrom/hillstrom.csv"),
        arm="segment",
        control="No E-Mail",
        bought="spend",
        cost=0.1,
        margin=0.4,
    )
    assert money.best == "Mens E-Mail"
    assert money.decision.startswith("choose Mens E-Mail")


def people(rows: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    return pl.DataFrame(
        {
            "who": [f"p{i}" for i in range(rows)],
            "arm": ["held" if i % 2 else "sent" for i in range(rows)],
            "spend": rng.gamma(2.0, 3.0, rows),
            "got": [float(i % 2 == 0) for i in range(rows)],
        }
    )


def test_people_in_two_arms_are_a_leak_that_is_said_and_left_out() -> None:
    table = people()
    other = table.filter(pl.col("arm") == "held").head(3).with_columns(pl.lit("sent").alias("arm"))
    found = models.arms_of(pl.concat([table, other]), arm="arm", metrics=["spend"], person="who")
    assert int(found.moments.n.sum()) == 197
    assert any("leaked: 3 people" in warning for warning in found.warnings)


def test_a_holdout_that_was_reached_is_said() -> None:
    table = people().with_columns(
        pl.when(pl.col("who").is_in(["p1", "p3"])).then(1.0).otherwise(pl.col("got")).alias("got")
    )
    found = models.experiment_report(table, arm="arm", control="held", metrics=["spend"], reached="got")
    assert any("leaked: 2 of 100 people in held" in warning for warning in found.warnings)
    clean = models.experiment_report(people(), arm="arm", control="held", metrics=["spend"], reached="got")
    assert clean.warnings == ()


def test_a_person_with_several_rows_is_refused_used_once_or_added_up() -> None:
    table = people()
    again = pl.concat([table, table.head(5)])
    found = models.arms_of(again, arm="arm", metrics=["spend"], person="who")
    assert int(found.moments.n.sum()) == 200
    assert any("used once" in warning for warning in found.warnings)
    more = pl.concat([table, table.head(5).with_columns(pl.lit(1.0).alias("spend"))])
    with pytest.raises(BadInputError, match="several different rows"):
        models.arms_of(more, arm="arm", metrics=["spend"], person="who")
    added = models.arms_of(more, arm="arm", metrics=["spend"], person="who", sum_by_person=True)
    assert int(added.moments.n.sum()) == 200
    total = float((added.moments.mean[:, 0] * added.moments.n).sum())
    assert total == pytest.approx(float(table["spend"].sum()) + 5.0)


def test_missing_metrics_are_counted_by_arm_and_a_lopsided_lack_is_said() -> None:
    table = people(2000).with_columns(
        pl.when((pl.col("arm") == "sent") & (pl.int_range(2000) < 400))
        .then(None)
        .otherwise(pl.col("spend"))
        .alias("spend")
    )
    found = models.arms_of(table, arm="arm", metrics=["spend"])
    assert int(found.moments.n.sum()) == 1800
    assert any("missing or not finite for 200 people (held 0, sent 200)" in warning for warning in found.warnings)
    assert any("more often in one arm" in warning for warning in found.warnings)


def test_arms_may_be_numbers_and_numbers_without_people_are_no_arms() -> None:
    table = people().with_columns((pl.col("got").cast(pl.Int64) * 7).alias("group"))
    taken = models.arms_of(table, arm="group", metrics=["spend"]).moments
    assert taken.arms == ("0", "7")
    assert taken.n.tolist() == [100, 100]
    words = models.arms_of(table, arm="arm", metrics=["spend"]).moments
    np.testing.assert_allclose(taken.mean, words.mean)


def test_an_unusable_experiment_is_refused() -> None:
    with pytest.raises(BadInputError, match="holds no numbers"):
        models.arms_of(people().with_columns(pl.lit("x").alias("spend")), arm="arm", metrics=["spend"])
    with pytest.raises(BadInputError, match="no metric"):
        models.experiment_report(people(), arm="arm", control="held", metrics=[])


def test_blocks_of_rows_on_two_threads_give_what_one_block_gives() -> None:
    rng = np.random.default_rng(2)
    size = 4_100_000
    table = pl.DataFrame({"arm": np.where(rng.random(size) < 0.5, "a", "b"), "x": rng.normal(3.0, 2.0, size)})
    taken = models.arms_of(table, arm="arm", metrics=["x"]).moments
    here = table.filter(pl.col("arm") == "a")["x"].to_numpy()
    assert taken.n[0] == here.size
    assert taken.mean[0, 0] == pytest.approx(here.mean(), rel=1e-12)
    assert taken.covariance(0)[0, 0] == pytest.approx(here.var(ddof=1), rel=1e-10)


def test_uplift_on_hillstrom_is_proven_and_its_area_is_known(shared: Path) -> None:
    found = models.uplift(
        read_table(shared / "data/hillstrom/hillstrom.csv"),
        arm="segment",
        treated="Womens E-Mail",
        control="No E-Mail",
        bought="visit",
        features=["recency", "history", "mens", "womens", "newbie", "channel", "zip_code"],
        margin=1.0,
        cost=0.03,
    )
    assert found.proof.use
    assert found.proof.area == pytest.approx(0.00375, abs=2e-4)
    assert found.area_low < found.area < found.area_high
    assert found.cut is not None
    assert found.cut.profit > found.cut.profit_all
    assert "uplift" in found.people.columns


def test_uplift_needs_yes_or_no_and_something_to_learn_from() -> None:
    table = people()
    with pytest.raises(BadInputError, match="not 0 or 1"):
        models.uplift(table, arm="arm", treated="sent", control="held", bought="spend", features=["got"])
    with pytest.raises(BadInputError, match="no feature"):
        models.uplift(table, arm="arm", treated="sent", control="held", bought="got", features=[])
    with pytest.raises(BadInputError, match="200 kinds"):
        models.uplift(
            table.with_columns(pl.Series("b", [0.0, 0.0, 1.0, 1.0] * 50)),
            arm="arm", treated="sent", control="held", bought="b", features=["who"],
        )  # fmt: skip


def test_rhythm_lists_the_latest_first_and_leaves_returns_out() -> None:
    table = pl.DataFrame(
        {
            "who": ["a"] * 4 + ["b"] * 4 + ["c"],
            "day": [date(2026, 1, d) for d in (1, 8, 15, 22)]
            + [date(2026, m, 1) for m in (1, 2, 3, 4)]
            + [date(2026, 3, 1)],
            "money": [1.0] * 9,
        }
    )
    extra = pl.DataFrame({"who": ["a"], "day": [date(2026, 4, 2)], "money": [-5.0]})
    found = models.rhythm(pl.concat([table, extra]), customer="who", date="day", value="money")
    assert found.people["customer"].to_list() == ["a", "b", "c"]
    assert found.people["purchase_days"].to_list() == [4, 4, 1]
    assert found.people["last"].to_list()[0] == date(2026, 1, 22)
    assert found.people["lateness"].to_list()[2] is None
    assert found.people["next"].to_list()[0] >= date(2026, 4, 1)
    assert any("1 rows" in warning for warning in found.warnings)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["video", "店 铺", "chat", "", " ", "é"]), max_size=6), min_size=1, max_size=12),
    st.sampled_from([">", " > ", "=>"]),
)
def test_channels_are_read_from_bytes_as_from_lists(paths: list[list[str]], separator: str) -> None:
    texts = pl.Series("path", [separator.join(steps) for steps in paths])
    codes, start, names = read_paths(texts, separator)
    found = [[names[code] for code in codes[a:b]] for a, b in itertools.pairwise(start.tolist())]
    assert found == [[step.strip() for step in steps if step.strip()] for steps in paths]


def test_many_channels_and_paths_that_are_missing_are_read() -> None:
    names = [f"channel {i}" for i in range(5000)]
    codes, start, found = read_paths(pl.Series([" > ".join(names), None, "channel 7"]))
    assert [found[code] for code in codes] == [*names, "channel 7"]
    assert start.tolist() == [0, 5000, 5000, 5001]


def test_columns_of_a_chinese_export_are_found_and_without_money_there_is_none() -> None:
    paths = pl.DataFrame({"路径": ["抖音 > 企微", "企微"], "转化": ["1", "0"], "未转化": [0, 3]})
    credit = models.attribution(paths)
    assert (credit.conversions, credit.nulls, credit.value) == (1.0, 3.0, None)
    assert all(one.value is None for one in credit.channels)
    touches = pl.DataFrame(
        {"用户": [1, 1], "时间": ["2026/1/1 9:00", "2026/1/2 9:00"], "渠道": ["抖音", "企微"], "是否转化": ["否", "是"]}
    )
    assert models.attribution(touches).conversions == 1.0
    with pytest.raises(BadInputError, match="holds no numbers"):
        models.attribution(touches, conversion="渠道")


def _held(orders: pl.DataFrame, today: date, level: float) -> tuple[float, float]:
    """How often intervals given on one day held the purchases of the days they speak of, and how often before."""
    known = orders.filter(pl.col("day") <= today)
    found = models.rhythm(known, customer="who", date="day", level=level)
    assert found.interval is not None
    until = today + timedelta(days=found.interval.days)
    coming = orders.filter((pl.col("day") > today) & (pl.col("day") <= until)).group_by("who").agg(pl.col("day").min())
    seen = found.people.filter(pl.col("next").is_not_null()).join(coming, left_on="customer", right_on="who")
    inside = seen.select((pl.col("day") >= pl.col("next_from")) & (pl.col("day") <= pl.col("next_to"))).to_series()
    return float(inside.cast(pl.Float64).to_numpy().mean()), found.interval.held or 0.0


@pytest.mark.parametrize("today", [date(1997, 6, 30), date(1997, 9, 30), date(1997, 12, 31)])
def test_four_in_five_next_purchases_fall_into_their_interval_on_cdnow(shared: Path, today: date) -> None:
    table = read_table(shared / "data/cdnow/CDNOW_master.txt")
    orders = pl.DataFrame({"who": table[table.columns[0]], "day": table[table.columns[1]].str.to_date("%Y%m%d")})
    held, before = _held(orders, today, 0.8)
    assert held == pytest.approx(0.8, abs=0.04)
    assert before == pytest.approx(0.8, abs=0.07)
    assert _held(orders, today, 0.5)[0] == pytest.approx(0.5, abs=0.09)  # .59 where half a year is known


@pytest.mark.parametrize("today", [date(2010, 6, 30), date(2010, 8, 31)])
def test_four_in_five_next_purchases_fall_into_their_interval_at_a_wholesaler(shared: Path, today: date) -> None:
    rows = pl.read_parquet(shared / "data/online_retail/online_retail_II_2009_2010.parquet")
    bought = rows.filter(pl.col("Customer ID").is_not_null() & (pl.col("Quantity") > 0))
    day = bought["InvoiceDate"].cast(pl.String).str.slice(0, 10).str.to_date()
    orders = pl.DataFrame({"who": bought["Customer ID"].cast(pl.Int64).cast(pl.String), "day": day})
    assert _held(orders, today, 0.8)[0] == pytest.approx(0.8, abs=0.06)


def test_a_report_says_whether_one_may_stop_at_a_planned_look() -> None:
    rng = np.random.default_rng(8)
    arm = rng.integers(0, 2, 4000)
    people = pl.DataFrame({"arm": arm, "spend": rng.normal(0, 1, 4000) + 0.2 * arm, "luck": rng.normal(0, 1, 4000)})
    report = models.experiment_report(
        people, arm="arm", control="0", metrics=["spend", "luck"], looks=[0.2, 0.4, 1], planned_people=10_000
    )
    assert report.look is not None
    assert report.look.bound == pytest.approx(3.357, abs=1e-3)
    spend, luck = report.findings
    assert (spend.may_stop, luck.may_stop) == (True, False)
    assert spend.look_low is not None
    assert 0 < spend.look_low < spend.comparison.low
    with pytest.raises(BadInputError, match="planned people"):
        models.experiment_report(people, arm="arm", control="0", metrics=["spend"], looks=[1.0])
