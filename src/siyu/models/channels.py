"""Attribution of a table of paths or touches."""

from typing import Any

import numpy as np
import polars as pl

from siyu.kernel.arrays import Float64, Int32
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.models.attribution import Attribution, Paths, PathSums, share_credit, sum_paths, touch_paths
from siyu.measurement.models.sorting import order_of
from siyu.models.columns import column_of, moments_of, numbers_of, table_of, text_of


def attribution(
    frame: Any,
    *,
    path: str | None = None,
    conversions: str | None = None,
    value: str | None = None,
    nulls: str | None = None,
    separator: str = ">",
    person: str | None = None,
    at: str | None = None,
    channel: str | None = None,
    conversion: str | None = None,
    half_life_days: float = 7.0,
) -> Attribution:
    """Share conversions among channels in six ways; descriptive, see ``Attribution.note``.

    Either a table of paths: ``path`` (``"video > store > chat"``) with ``conversions`` and, if there, ``value`` and
    ``nulls``; or a table of touches: ``person``, ``at``, ``channel``, ``conversion`` (0 or 1 or a number) and, if
    there, ``value``. Columns are found by these names and by ``total_conversions``, ``total_conversion_value``,
    ``total_null``.

    Raises:
        BadInputError: columns are missing, or counts are below zero.
    """
    table = table_of(frame)
    has = {name.strip().lower(): name for name in table.columns}

    def find(given: str | None, *usual: str) -> pl.Series | None:
        if given is not None:
            return table[column_of(table, given)]
        return next((table[has[name]] for name in usual if name in has), None)

    money = find(value, "total_conversion_value", "conversion_value", "value")
    ways = find(path, "path")
    if ways is not None:
        won = find(conversions, "total_conversions", "conversions")
        if won is None:
            raise BadInputError("a table of paths needs a column of conversions", mend="name it with --conversions")
        lost = find(nulls, "total_null", "nulls", "null")
        sums = _sums_of_strings(ways, won, money, lost, separator)
    else:
        who, when = find(person, "person", "person_id", "customer", "user"), find(at, "at", "time", "timestamp", "date")
        where, done = find(channel, "channel"), find(conversion, "conversion", "converted", "conversions")
        if who is None or when is None or where is None or done is None:
            raise BadInputError(
                f"neither paths nor touches: the columns are {', '.join(table.columns[:20])}",
                mend="name --path and --conversions, or --person, --at, --channel and --conversion",
            )
        sums = _sums_of_touches(who, when, where, done, money, round(half_life_days * DAY))
    return share_credit(sums)


def _count_column(column: pl.Series | None, rows: int, what: str) -> Float64:
    if column is None:
        return np.zeros(rows)
    numbers = numbers_of(column).fill_nan(None).fill_null(0.0)
    if what != "value" and rows and float(numbers.to_numpy().min()) < 0:
        raise BadInputError(f"{what} holds a number below zero")
    return np.ascontiguousarray(numbers.to_numpy(), np.float64)


def _sums_of_strings(
    ways: pl.Series, won: pl.Series, money: pl.Series | None, lost: pl.Series | None, separator: str
) -> PathSums:
    rows = len(ways)
    steps = ways.cast(pl.String).fill_null("").str.split(separator.strip())
    lengths = steps.list.len()
    flat = steps.explode().fill_null("").str.strip_chars()
    path = np.repeat(np.arange(rows), lengths.fill_null(0).to_numpy())
    kept = (flat != "").to_numpy()
    codes, names = _codes(flat.filter(flat != ""))
    per_path = np.bincount(path[kept], minlength=rows)
    some = per_path > 0
    counted, value, nulls = (
        _count_column(column, rows, what) for column, what in ((won, "conversions"), (money, "value"), (lost, "nulls"))
    )
    nowhen = np.empty(0, np.int64)
    start = np.concatenate([[0], np.cumsum(per_path[some])])
    return sum_paths(
        Paths(
            codes,
            nowhen,
            start,
            counted[some],
            value[some],
            nulls[some],
            nowhen,
            float(counted[~some].sum()),
            float(value[~some].sum()),
        ),
        names,
    )


def _codes(texts: pl.Series) -> tuple[Int32, list[str]]:
    names = texts.drop_nulls().unique().sort()
    codes = texts.cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1)
    return np.ascontiguousarray(codes.to_numpy(), np.int32), names.to_list()


def _sums_of_touches(  # noqa: PLR0917  one column each
    who: pl.Series, when: pl.Series, where: pl.Series, done: pl.Series, money: pl.Series | None, half_life_us: int
) -> PathSums:
    rows = len(who)
    person, at = text_of(who), moments_of(when)
    good = (person.is_not_null() & at.is_not_null()).to_numpy()
    if not good.any():
        raise BadInputError("no touch has a person and a readable time")
    codes, names = _codes(text_of(where))
    number = person.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(0).to_numpy()[good]
    moment = at.fill_null(0).to_numpy()[good]
    codes, wins = codes[good], _count_column(done, rows, "conversion")[good]
    worth = _count_column(money, rows, "value")[good]
    order = order_of(number, moment)
    if order is not None:
        number, moment, codes, wins, worth = number[order], moment[order], codes[order], wins[order], worth[order]
    return sum_paths(touch_paths(number, moment, codes, wins, worth), names, half_life_us=half_life_us)
