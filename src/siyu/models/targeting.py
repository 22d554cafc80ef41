"""Whom a message moves, and when people are due: of any table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.models.next_interval import NextInterval, learn_interval
from siyu.measurement.models.qini import Cut, auuc, best_cut, bootstrap_area, qini, qini_area
from siyu.measurement.models.rhythm import Everybody, Rhythm, everybody, next_purchase
from siyu.measurement.models.uplift import Proof, Uplift, Way, fit_uplift, prove
from siyu.measurement.timeline import Timeline
from siyu.models.columns import column_of, days_of, numbers_of, table_of, text_of
from siyu.touchpoints.kind import TouchKind

_MOST_LEVELS = 30
_TOO_FAR = 0.07


@dataclass(frozen=True, slots=True)
class UpliftReport:
    """A score for whom a message moves, and whether it may be used.

    Attributes:
        proof: The verdict over twenty splits.
        qini, auuc, area, area_low, area_high: On the half of the people the model has not seen, with a 90 % interval.
        cut: How far down the list a message pays, on that half; None without margin and cost.
        columns: What the score reads.
        people: One row per row of the table, with the score of the final model (fitted on everybody).
    """

    proof: Proof
    qini: float
    auuc: float
    area: float
    area_low: float
    area_high: float
    cut: Cut | None
    columns: tuple[str, ...]
    people: pl.DataFrame
    warnings: tuple[str, ...]


def uplift(
    frame: Any,
    *,
    arm: str,
    treated: str,
    control: str,
    bought: str,
    features: Sequence[str],
    way: Way = "t",
    margin: float | None = None,
    cost: float | None = None,
    seed: int = 1,
) -> UpliftReport:
    """Learn from an experiment whom a message moves.

    Args:
        frame: One row per person.
        arm, treated, control: Column of the arm and the two arms to learn from.
        bought: Column of the answer, 0 or 1.
        features: Columns known before the message: numbers, or texts of at most 30 kinds.
        margin, cost: Money per purchase and per person sent to.

    Raises:
        BadInputError: a column is missing or unusable, or an arm is empty.
    """
    if not features:
        raise BadInputError("there is no feature to learn from", mend="name columns that were known before the message")
    table = table_of(frame)
    group = text_of(table[column_of(table, arm)])
    answer = numbers_of(table[column_of(table, bought)])
    used = (group.is_in([treated, control]) & answer.is_finite().fill_null(value=False)).to_numpy()
    warnings = []
    left = table.height - int(used.sum())
    if left:
        warnings.append(f"{left} rows are in neither arm or have no answer: left out")
    table = table.filter(pl.Series(used))
    yes = np.ascontiguousarray(answer.to_numpy()[used], np.float64)
    sent = (group.filter(pl.Series(used)) == treated).cast(pl.Float64).to_numpy()
    if not bool(((yes == 0) | (yes == 1)).all()):
        raise BadInputError(f"{bought} is not 0 or 1 for everybody", mend="say whether they bought, not how much")
    columns, names = _features(table, features, warnings)
    proof = prove(columns, yes, sent, way=way, seed=seed)
    order = np.random.default_rng(seed).permutation(yes.size)
    learn, test = order[: yes.size // 2], order[yes.size // 2 :]
    score = fit_uplift(columns[learn], yes[learn], sent[learn], way=way).score(columns[test])
    low, high = bootstrap_area(yes[test], score, sent[test], seed=seed)
    cut = None
    if margin is not None and cost is not None:
        cut = best_cut(yes[test], score, sent[test], margin=margin, cost=cost)
    final: Uplift = fit_uplift(columns, yes, sent, way=way)
    if not proof.use:
        warnings.append("off: this score is not proven, do not choose people by it")
    return UpliftReport(
        proof,
        qini(yes[test], score, sent[test]),
        auuc(yes[test], score, sent[test]),
        qini_area(yes[test], score, sent[test]),
        low,
        high,
        cut,
        tuple(names),
        table.with_columns(pl.Series("uplift", final.score(columns))),
        tuple(warnings),
    )


def _features(table: pl.DataFrame, features: Sequence[str], warnings: list[str]) -> tuple[Float64, list[str]]:
    columns, names = [], []
    for feature in features:
        column = table[column_of(table, feature)]
        numbers = numbers_of(column)
        if numbers.null_count() <= column.null_count() and numbers.null_count() < len(numbers):
            missing = numbers.null_count()
            if missing:
                warnings.append(f"{feature} is missing for {missing} people: taken as the mean")
            columns.append(numbers.fill_null(numbers.mean()).to_numpy())
            names.append(feature)
            continue
        text = text_of(column).fill_null("missing")
        kinds = text.unique().sort().to_list()
        if len(kinds) > _MOST_LEVELS:
            raise BadInputError(f"{feature} has {len(kinds)} kinds of text, more than {_MOST_LEVELS}")
        for kind in kinds[1:]:
            columns.append((text == kind).cast(pl.Float64).to_numpy())
            names.append(f"{feature}={kind}")
    return np.ascontiguousarray(np.column_stack(columns), np.float64), names


@dataclass(frozen=True, slots=True)
class RhythmReport:
    """When people are due.

    Attributes:
        house: How gaps vary in the whole house, in logarithms of days; None if too few came back.
        interval: What the past taught of how wide the intervals must be, and how often they then held; None where too
            few came back: then the model's own stand, which hold too much.
        people: customer, purchase_days, first, last, median_gap_days, next, next_from, next_to, lateness.
    """

    house: Everybody | None
    interval: NextInterval | None
    people: pl.DataFrame
    warnings: tuple[str, ...]


def rhythm(
    frame: Any, *, customer: str, date: str, value: str | None = None, today: int | None = None, level: float = 0.8
) -> RhythmReport:
    """Say of each customer how often they buy, when they are due and how late they are.

    Args:
        frame: One row per order.
        value: Column of the amount; rows below zero are returns, not purchases.
        today: Day number (since 1970) from which one looks; the last day of the table by default.
        level: Share of next purchases that the interval should hold.
    """
    table = table_of(frame)
    warnings: list[str] = []
    when = days_of(table[column_of(table, date)], warnings)
    rows = pl.DataFrame({"customer": text_of(table[column_of(table, customer)]), "day": when})
    if value is not None:
        rows = rows.with_columns(numbers_of(table[column_of(table, value)]).alias("money"))
        rows = rows.filter(pl.col("money").fill_null(0.0) >= 0.0)
    good = rows.drop_nulls(["customer", "day"]).sort("customer", "day")
    if not good.height:
        raise BadInputError("no row has a customer and a date", mend="check the column names")
    now = int(good["day"].to_numpy().max()) if today is None else today
    later = int((good["day"] > now).sum())
    good = good.filter(pl.col("day") <= now)
    if table.height - good.height - later:
        warnings.append(f"{table.height - good.height - later} rows without customer or date, or returns: left out")
    if later:
        warnings.append(f"{later} rows after the day one looks from: left out")
    codes = good["customer"].rle_id().cast(pl.Int64).to_numpy()
    at = good["day"].cast(pl.Int64).to_numpy() * DAY
    kind = np.full(good.height, int(TouchKind.ORDER_PAID), np.int8)
    found = Rhythm(day_offset_us=0).of_bucket(Timeline(codes, at, kind, np.zeros(good.height, np.int64)))
    days = good["day"].cast(pl.Int64).to_numpy()
    learnt = learn_interval(codes, days, today=now, level=level)
    chances = (learnt.low, learnt.middle, learnt.high) if learnt else None
    coming = next_purchase(found, now_us=now * DAY, level=level, chances=chances)
    if learnt is None:
        warnings.append("too few came back to learn how wide intervals must be: the model's own are given")
    elif learnt.held is not None and abs(learnt.held - level) > _TOO_FAR:
        warnings.append(
            f"intervals learnt before the last {learnt.days} days held {learnt.held:.0%} of these, not {level:.0%}"
        )
    names = good["customer"].unique(maintain_order=True)

    def day(us: Any) -> pl.Series:
        return pl.Series(np.where(us >= 0, us // DAY, -1).astype(np.int32)).replace(-1, None).cast(pl.Date)

    people = pl.DataFrame(
        {
            "customer": names,
            "purchase_days": found.purchase_days,
            "first": day(found.first_at_us),
            "last": day(found.last_at_us),
            "median_gap_days": pl.Series(found.median_gap_days).fill_nan(None),
            "next": day(coming.at_us),
            "next_from": day(coming.from_us),
            "next_to": day(coming.to_us),
            "lateness": pl.Series(coming.lateness).fill_nan(None),
        }
    ).sort("lateness", descending=True, nulls_last=True)
    return RhythmReport(everybody(found), learnt, people, tuple(warnings))
