"""Read dates and moments as shops write them: 2026/3/5 9:30, 2026年3月5日, 22.11.2026, 3/22/2026, 5-Nov-2026.

A column is read as one: whether 3/4/2026 is March or April follows from its other rows, and is said where none tells.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from siyu.kernel.period import DAY, HOUR, MINUTE, SECOND

#: Forms that polars reads fast; tried on the whole column when its first row fits.
_FAST: Final = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y/%m/%d %H:%M:%S")
_CLOCK: Final = (
    r"(?:[T\s]+(?P<half>上午|下午)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})分?(?::?(?P<second>\d{1,2})秒?(?P<part>[.,]\d+)?)?"
    r"\s*(?P<noon>[AaPp]\.?[Mm]\.?)?)?\s*(?P<offset>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_YEAR_FIRST: Final = r"^(?P<a>\d{4})\s*[-/.年]\s*(?P<b>\d{1,2})\s*[-/.月]\s*(?P<c>\d{1,2})日?" + _CLOCK
_YEAR_LAST: Final = r"^(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})" + _CLOCK
_DAY_NAMED: Final = r"^(?P<a>\d{1,2})[-/\s](?P<b>[A-Za-z]{3})[a-z]*\.?[-/,\s]+(?P<c>\d{4})" + _CLOCK
_MONTH_NAMED: Final = r"^(?P<b>[A-Za-z]{3})[a-z]*\.?\s+(?P<a>\d{1,2}),?\s+(?P<c>\d{4})" + _CLOCK
_PACKED: Final = r"^(?P<a>\d{4})(?P<b>\d{2})(?P<c>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?$"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHEET_DAYS: Final = (20_000.0, 80_000.0)  # spreadsheets count days from 1899-12-30: the years 1954 to 2119
_SHEET_ZERO: Final = -25_569
_SOONEST_SECONDS: Final = 1e8  # March 1973: smaller numbers are something else


@dataclass(frozen=True, slots=True)
class Written:
    """Moments as they were written down.

    Attributes:
        local_us: Microseconds since 1970 on the clock they were written on; null where unreadable.
        offset_us: How far that clock is ahead of UTC; null where nothing was said.
        note: What had to be guessed, in words; empty if nothing.
    """

    local_us: pl.Series
    offset_us: pl.Series
    note: str = ""

    @property
    def days(self) -> pl.Series:
        """Day numbers since 1970 as written."""
        return (self.local_us // DAY).cast(pl.Int32)


def read_moments(column: pl.Series) -> Written:
    """Read a column of dates, moments, texts or numbers.

    Numbers: 20261122 and 20261122093000 are dates as written; 20,000 to 80,000 are days of a spreadsheet; others are
    seconds, milli- or microseconds since 1970 UTC, by their size, and no moments below 100,000,000.
    """
    rows = len(column)
    none = pl.Series("offset", [None], dtype=pl.Int64).new_from_index(0, rows)
    if column.dtype == pl.Date:
        return Written(column.cast(pl.Datetime("us")).cast(pl.Int64), none)
    if isinstance(column.dtype, pl.Datetime):
        zone = column.dtype.time_zone
        column = column.cast(pl.Datetime("us", zone))
        if zone is None:
            return Written(column.cast(pl.Int64), none)
        local = column.dt.replace_time_zone(None).cast(pl.Int64)
        return Written(local, local - column.dt.epoch("us"))
    if column.dtype.is_integer():
        return _of_numbers(column)
    if column.dtype.is_numeric():
        return _of_numbers(column.cast(pl.Float64).fill_nan(None))
    text = column.cast(pl.String, strict=False).str.strip_chars()
    read = _fast(text)
    left = text.filter(read.is_null() & text.is_not_null()).unique()
    if not len(left):
        return Written(read, none)
    numbers = left.cast(pl.Float64, strict=False)
    packed = left.str.contains(r"^(?:19|20|21)\d{6}(?:\d{6})?$") & numbers.is_not_null()
    plain = numbers.is_not_null() & ~packed
    slow, note = _slow(left.filter(~plain))
    found = slow.select("text", "local", "offset")
    if plain.any():
        counted = _of_numbers(numbers.filter(plain))
        more = pl.DataFrame({"text": left.filter(plain), "local": counted.local_us, "offset": counted.offset_us})
        found = pl.concat([found, more])
    joined = pl.DataFrame({"text": text, "read": read}).join(found, on="text", how="left", maintain_order="left")
    return Written(joined.select(pl.coalesce("read", "local")).to_series(), joined["offset"], note)


def _fast(text: pl.Series) -> pl.Series:
    some = text.drop_nulls().head(1)
    for form in _FAST if len(some) else ():
        clock = "%H" in form
        if clock and some.str.to_datetime(form, time_unit="us", strict=False).null_count() == 0:
            return text.str.to_datetime(form, time_unit="us", strict=False).cast(pl.Int64)
        if not clock and some.str.to_date(form, strict=False).null_count() == 0:
            return text.str.to_date(form, strict=False).cast(pl.Datetime("us")).cast(pl.Int64)
    return pl.Series("read", [None], dtype=pl.Int64).new_from_index(0, len(text))


def _of_numbers(numbers: pl.Series) -> Written:
    """Read numbers by the size of the largest one."""
    whole = (numbers if numbers.dtype.is_integer() else numbers.round()).cast(pl.Int64, strict=False)
    largest = float(numbers.abs().max() or 0.0)  # type: ignore[arg-type]  # they are numbers
    if 19_700_101 <= largest <= 99_991_231 or 19_700_101_000_000 <= largest <= 99_991_231_235_959:
        dated, _ = _slow(whole.cast(pl.String).unique().drop_nulls())
        joined = pl.DataFrame({"text": whole.cast(pl.String)}).join(dated, on="text", how="left", maintain_order="left")
        return Written(joined["local"], joined["offset"])
    if _SHEET_DAYS[0] <= largest <= _SHEET_DAYS[1]:
        local = ((numbers + _SHEET_ZERO) * DAY).round().cast(pl.Int64, strict=False)
        return Written(local, pl.Series("offset", [None], dtype=pl.Int64).new_from_index(0, len(local)))
    if largest < _SOONEST_SECONDS:
        unread = pl.Series("local", [None], dtype=pl.Int64).new_from_index(0, len(numbers))
        return Written(unread, unread)
    scale = SECOND if largest < 1e11 else 1_000 if largest < 1e14 else 1
    exact = whole * scale if numbers.dtype.is_integer() else (numbers * scale).round().cast(pl.Int64, strict=False)
    return Written(exact, pl.Series("offset", [0], dtype=pl.Int64).new_from_index(0, len(exact)))


def _slow(text: pl.Series) -> tuple[pl.DataFrame, str]:
    """Read different texts one pattern after the other: columns text, local, offset."""
    rows = pl.DataFrame({"text": text.cast(pl.String)})
    parts = {
        name: rows.select(pl.col("text").str.extract_groups(pattern).struct.unnest())
        for name, pattern in (
            ("first", _YEAR_FIRST), ("last", _YEAR_LAST), ("day", _DAY_NAMED), ("month", _MONTH_NAMED),
            ("packed", _PACKED),
        )
    }  # fmt: skip
    day_first, note = _order(parts["last"])
    number = pl.Int64
    months = {name: i for i, name in enumerate(_MONTHS, 1)}
    named = pl.col("b").str.to_lowercase().replace_strict(months, default=None, return_dtype=number)
    short = pl.col("c").cast(number)
    year = pl.when(short < 100).then(short + 2000).otherwise(short)
    one, two = pl.col("a").cast(number), pl.col("b").cast(number, strict=False)
    taken = [
        _moment(parts["first"], one, two, pl.col("c").cast(number)),
        _moment(parts["last"], year, two if day_first else one, one if day_first else two),
        _moment(parts["day"], short, named, one),
        _moment(parts["month"], short, named, one),
        _moment(parts["packed"], one, two, pl.col("c").cast(number)),
    ]
    local = pl.select(pl.coalesce(*[part["local"] for part in taken])).to_series()
    offset = pl.select(pl.coalesce(*[part["offset"] for part in taken])).to_series()
    return rows.with_columns(local.alias("local"), offset.alias("offset")), note


def _order(last: pl.DataFrame) -> tuple[bool, str]:
    """Say whether the day stands before the month in dates like 3/4/2026, and whether that was a guess."""
    first, second = last["a"].cast(pl.Int64), last["b"].cast(pl.Int64)
    days, months = int((first > 12).sum()), int((second > 12).sum())
    if days or months:
        return days >= months, ""
    if not first.count():
        return False, ""
    day_first = last["mark"].drop_nulls().head(1).to_list() != ["/"]
    order = "day before month" if day_first else "month before day"
    return day_first, f"dates like {first.drop_nulls()[0]}/{second.drop_nulls()[0]} are read as {order}: no row tells"


def _moment(groups: pl.DataFrame, year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.DataFrame:
    named = set(groups.columns)

    def count(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.Int64).fill_null(0) if name in named else pl.lit(0, pl.Int64)

    hour = count("hour")
    if "noon" in named:
        after = pl.col("noon").str.to_lowercase().str.starts_with("p") | (pl.col("half") == "下午")
        before = pl.col("noon").str.to_lowercase().str.starts_with("a") | (pl.col("half") == "上午")
        hour = (
            pl.when(after.fill_null(value=False) & (hour < 12))
            .then(hour + 12)
            .when(before.fill_null(value=False) & (hour == 12))
            .then(0)
            .otherwise(hour)
        )
    part = (
        (pl.col("part").str.replace(",", ".").cast(pl.Float64) * SECOND).round().cast(pl.Int64).fill_null(0)
        if "part" in named
        else pl.lit(0, pl.Int64)
    )
    minute, second = count("minute"), count("second")
    real = (month.is_between(1, 12)) & day.is_between(1, 31) & (hour < 24) & (minute < 60) & (second < 61)
    date = pl.format("{}-{}-{}", year, month.cast(pl.String).str.zfill(2), day.cast(pl.String).str.zfill(2))
    midnight = date.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")).cast(pl.Int64)
    local = pl.when(real).then(midnight + hour * HOUR + minute * MINUTE + second * SECOND + part)
    if "offset" not in named:
        return groups.select(local.alias("local"), pl.lit(None, pl.Int64).alias("offset"))
    sign = pl.when(pl.col("offset").str.starts_with("-")).then(-1).otherwise(1)
    hours = pl.col("offset").str.extract(r"^[+-](\d{2})").cast(pl.Int64).fill_null(0)
    minutes = pl.col("offset").str.extract(r"^[+-]\d{2}:?(\d{2})$").cast(pl.Int64).fill_null(0)
    ahead = pl.when(pl.col("offset").is_not_null()).then(sign * (hours * HOUR + minutes * MINUTE))
    return groups.select(local.alias("local"), ahead.alias("offset"))
