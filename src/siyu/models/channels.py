"""Attribution of a table of paths or touches."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from siyu.kernel.arrays import Float64, Int32
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.models.attribution import Attribution, Paths, PathSums, add, share_credit, sum_paths, touch_paths
from siyu.measurement.models.path_texts import read_paths
from siyu.measurement.models.sorting import order_of
from siyu.models.columns import column_of, moments_of, numbers_of, table_of, text_of

_ROWS_PER_TASK: Final = 500_000
_YES: Final = ("true", "yes", "y", "是", "已转化", "成交")
_NO: Final = ("false", "no", "n", "否", "未转化", "未成交")
_PATH: Final = ("path", "paths", "路径", "转化路径", "触点路径")
_WON: Final = ("total_conversions", "conversions", "conversion", "转化", "转化数", "转化次数")
_WORTH: Final = ("total_conversion_value", "conversion_value", "value", "revenue", "转化金额", "转化价值", "金额")
_LOST: Final = ("total_null", "nulls", "null", "未转化", "未转化数")
_WHO: Final = ("person", "person_id", "customer", "customer_id", "user", "user_id", "用户", "用户id", "客户", "会员")
_WHEN: Final = ("at", "time", "timestamp", "date", "时间", "日期", "触点时间")
_WHERE: Final = ("channel", "渠道", "触点", "来源")
_DONE: Final = ("conversion", "converted", "conversions", "转化", "是否转化", "成交")


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
    ``total_null`` and their usual names in English and Chinese. Without a column of money, value is ``None``.

    Raises:
        BadInputError: columns are missing, or counts are below zero.
    """
    table = table_of(frame)
    has = {name.strip().lower(): name for name in table.columns}

    def find(given: str | None, *usual: str) -> pl.Series | None:
        if given is not None:
            return table[column_of(table, given)]
        return next((table[has[name]] for name in usual if name in has), None)

    money = find(value, *_WORTH)
    ways = find(path, *_PATH)
    if ways is not None:
        won = find(conversions, *_WON)
        if won is None:
            raise BadInputError("a table of paths needs a column of conversions", mend="name it with --conversions")
        lost = find(nulls, *_LOST)
        sums = _sums_of_strings(ways, won, money, lost, separator)
    else:
        who, when = find(person, *_WHO), find(at, *_WHEN)
        where, done = find(channel, *_WHERE), find(conversion, *_DONE)
        if who is None or when is None or where is None or done is None:
            raise BadInputError(
                f"neither paths nor touches: the columns are {', '.join(table.columns[:20])}",
                mend="name --path and --conversions, or --person, --at, --channel and --conversion",
            )
        sums = _sums_of_touches(who, when, where, done, money, round(half_life_days * DAY))
    credit = share_credit(sums)
    if money is not None:
        return credit
    return replace(credit, value=None, channels=tuple(replace(one, value=None) for one in credit.channels))


def _count_column(column: pl.Series | None, rows: int, what: str) -> Float64:
    if column is None:
        return np.zeros(rows)
    numbers = _truths(column) if column.dtype == pl.String else numbers_of(column)
    if rows and numbers.null_count() == rows:
        raise BadInputError(f"column {column.name!r} holds no numbers", where=f"--{what}", mend="0, 1, or how many")
    numbers = numbers.fill_nan(None).fill_null(0.0)
    if what != "value" and rows and float(numbers.to_numpy().min()) < 0:
        raise BadInputError(f"{what} holds a number below zero")
    return np.ascontiguousarray(numbers.to_numpy(), np.float64)


def _truths(column: pl.Series) -> pl.Series:
    """Read numbers, and words for yes and no."""
    words = column.str.strip_chars().str.to_lowercase()
    truth = pl.when(words.is_in(_YES)).then(1.0).when(words.is_in(_NO)).then(0.0)
    return pl.select(pl.coalesce(truth, numbers_of(column))).to_series()


def _sums_of_strings(
    ways: pl.Series, won: pl.Series, money: pl.Series | None, lost: pl.Series | None, separator: str
) -> PathSums:
    counted, value, nulls = (
        _count_column(column, len(ways), what)
        for column, what in ((won, "conversions"), (money, "value"), (lost, "nulls"))
    )

    def part(begin: int) -> PathSums:
        rows = slice(begin, begin + _ROWS_PER_TASK)
        codes, start, names = read_paths(ways[rows], separator)
        n, worth, gone = counted[rows], value[rows], nulls[rows]
        some = np.diff(start) > 0
        if not some.all():
            bare = float(n[~some].sum()), float(worth[~some].sum())
            start = np.append(start[:-1][some], start[-1:])
            n, worth, gone = n[some], worth[some], gone[some]
        else:
            bare = 0.0, 0.0
        nowhen = np.empty(0, np.int64)
        return sum_paths(Paths(codes, nowhen, start, n, worth, gone, nowhen, *bare), names)

    with ThreadPoolExecutor(2) as threads:
        return add(threads.map(part, range(0, max(len(ways), 1), _ROWS_PER_TASK)))


def _codes(column: pl.Series) -> tuple[Int32, list[str]]:
    """Number the channels by their names without the blanks around them; -1 is none."""
    texts = column.cast(pl.String)
    written = texts.drop_nulls().unique()
    names = text_of(written).drop_nulls().unique().sort()
    place = text_of(written).cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1)
    of = np.append(place.to_numpy(), -1).astype(np.int32)
    codes = texts.cast(pl.Enum(written)).to_physical().cast(pl.Int32).fill_null(len(written)).to_numpy()
    return np.ascontiguousarray(of[codes], np.int32), names.to_list()


def _sums_of_touches(  # noqa: PLR0917  one column each
    who: pl.Series, when: pl.Series, where: pl.Series, done: pl.Series, money: pl.Series | None, half_life_us: int
) -> PathSums:
    rows = len(who)
    person, at = who if who.dtype.is_integer() else text_of(who), moments_of(when)
    good = (person.is_not_null() & at.is_not_null()).to_numpy()
    if not good.any():
        raise BadInputError("no touch has a person and a readable time")
    codes, names = _codes(where)
    if not person.dtype.is_integer():
        person = person.cast(pl.Categorical).to_physical()
    number = person.cast(pl.Int64).fill_null(0).to_numpy()
    moment = at.fill_null(0).to_numpy()
    wins, worth = _count_column(done, rows, "conversion"), _count_column(money, rows, "value")
    if not good.all():
        number, moment, codes, wins, worth = number[good], moment[good], codes[good], wins[good], worth[good]
    order = order_of(number, moment)
    if order is not None:
        number, moment, codes, wins, worth = number[order], moment[order], codes[order], wins[order], worth[order]
    return sum_paths(touch_paths(number, moment, codes, wins, worth), names, half_life_us=half_life_us)
