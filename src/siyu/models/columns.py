"""Columns of any table as numbers, days, moments and texts; what cannot be read becomes null."""

from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from siyu.kernel.errors import BadInputError
from siyu.measurement.dates import read_moments
from siyu.measurement.numbers import read_numbers as numbers_of

__all__ = ["EPOCH", "column_of", "day_text", "days_of", "moments_of", "numbers_of", "table_of", "text_of"]
EPOCH: Final = date(1970, 1, 1)


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


def days_of(column: pl.Series, notes: list[str] | None = None) -> pl.Series:
    """Read dates as day numbers since 1970; moments with an offset count on their own clock; others become null.

    Args:
        notes: Takes what had to be guessed about the order of day and month.
    """
    written = read_moments(column)
    if notes is not None and written.note:
        notes.append(written.note)
    day = written.days
    return day.zip_with((day >= 0).fill_null(value=False), pl.Series([None], dtype=pl.Int32))


def day_text(day: int) -> str:
    """Write a day number as a date."""
    return (EPOCH + timedelta(days=day)).isoformat()


def moments_of(column: pl.Series) -> pl.Series:
    """Read moments as microseconds since 1970: dates, texts, or numbers; without an offset they count as UTC."""
    written = read_moments(column)
    return written.local_us - written.offset_us.fill_null(0)
