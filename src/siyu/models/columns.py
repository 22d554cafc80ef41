"""Columns of any table as numbers, days, moments and texts; what cannot be read becomes null."""

from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from siyu.kernel.errors import BadInputError

EPOCH: Final = date(1970, 1, 1)
_DATES = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%Y年%m月%d日")


def table_of(frame: Any) -> pl.DataFrame:
    """Take any table: polars (lazy too), pandas, Arrow, a mapping of columns.

    Raises:
        BadInputError: it is no table.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    try:
        if type(frame).__module__.startswith("pandas"):
            return pl.DataFrame(pl.from_pandas(frame))
        return pl.DataFrame(frame)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise BadInputError(f"{type(frame).__name__} is not a table: {error}") from error


def column_of(table: pl.DataFrame, name: str) -> str:
    """Return the column called ``name``, or the one at that position if ``name`` is a number.

    Raises:
        BadInputError: there is none.
    """
    if name in table.columns:
        return name
    if name.isdigit() and int(name) < table.width:
        return table.columns[int(name)]
    raise BadInputError(f"there is no column {name!r}", mend=f"the columns are {', '.join(table.columns[:30])}")


def text_of(column: pl.Series) -> pl.Series:
    """Read texts; blanks at the ends are cut off, an empty one becomes null, 12345.0 becomes 12345."""
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False)
    text = column.cast(pl.String).str.strip_chars()
    return text.replace("", None)


def numbers_of(column: pl.Series) -> pl.Series:
    """Read numbers; signs of currency and commas between thousands are taken off, what is no number becomes null."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    text = column.cast(pl.String).str.strip_chars()
    plain = text.cast(pl.Float64, strict=False)
    if int(plain.null_count()) == int(text.null_count()):
        return plain
    mended = text.str.replace_all(r"[¥￥$£€\s]", "").str.replace_all(r",(\d{3})", "$1").cast(pl.Float64, strict=False)
    return pl.select(pl.coalesce(plain, mended)).to_series()


def days_of(column: pl.Series) -> pl.Series:
    """Read dates as day numbers since 1970; moments with an offset count on their own clock; others become null."""
    if column.dtype == pl.Date or column.dtype.base_type() == pl.Datetime:
        return column.cast(pl.Date).cast(pl.Int32)
    text = column.cast(pl.String).str.strip_chars()
    head = text.str.split("T").list.first().str.split(" ").list.first()
    tried = [head.str.to_date(form, strict=False, exact=True) for form in _DATES]
    day = pl.select(pl.coalesce(tried)).to_series()
    return day.cast(pl.Int32).zip_with((day >= EPOCH).fill_null(value=False), pl.Series([None], dtype=pl.Int32))


def day_text(day: int) -> str:
    """Write a day number as a date."""
    return (EPOCH + timedelta(days=day)).isoformat()


def moments_of(column: pl.Series) -> pl.Series:
    """Read moments as microseconds since 1970: dates, ISO text, or numbers (seconds, milli- or microseconds)."""
    if column.dtype == pl.Date or column.dtype.base_type() == pl.Datetime:
        return column.cast(pl.Datetime("us")).cast(pl.Int64)
    numbers = numbers_of(column)
    if numbers.null_count() == column.null_count():
        size = float(numbers.abs().to_numpy().max(initial=0.0)) if len(numbers) else 0.0
        scale = 1_000_000 if size < 1e11 else 1_000 if size < 1e14 else 1
        return (numbers * scale).round().cast(pl.Int64, strict=False)
    text = column.cast(pl.String).str.strip_chars().str.replace(r"^(\d{4}-\d\d-\d\d)T", "$1 ")
    plain = text.str.replace(r"(Z|[+-]\d\d:?\d\d)$", "")
    read = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    whole = pl.select(
        pl.coalesce(
            read,
            plain.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us"),
            days_of(text).cast(pl.Date).cast(pl.Datetime("us")),
        )
    ).to_series()
    offset = text.str.extract(r"([+-]\d\d):?\d\d$").cast(pl.Int64, strict=False).fill_null(0)
    minutes = text.str.extract(r"[+-]\d\d:?(\d\d)$").cast(pl.Int64, strict=False).fill_null(0)
    dated = text.str.contains(r":\d\d.*[+-]\d\d:?\d\d$").fill_null(value=False).cast(pl.Int64)
    shift = dated * (offset * 60 + minutes * offset.sign()) * 60_000_000
    return whole.cast(pl.Int64) - shift
