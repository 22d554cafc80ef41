"""Understand whole columns at once: moments, money, names of people, plain text."""

from collections.abc import Mapping as Map
from datetime import tzinfo
from typing import Final

import polars as pl

from siyu.app.intake.mapping import Mapping
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import exponent
from siyu.measurement.numbers import plain_number

#: Money is added up in millionths of a whole unit, so that prices such as 0.001 stay exact until the order is summed.
MICRO: Final = 1_000_000
_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y%m%d%H%M%S", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
)  # fmt: skip
_ZONED: Final = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z")
_DAY_FIRST: Final = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
_MONTH_FIRST: Final = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_ENOUGH: Final = 0.5


def column_of(table: pl.DataFrame, wanted: str | list[str] | None, where: str) -> str | None:
    """Return the column that a mapping names, the first that is there of several; None if none is asked for.

    Raises:
        BadInputError: it is asked for and not there.
    """
    if not wanted:
        return None
    names = [wanted] if isinstance(wanted, str) else wanted
    for name in names:
        if name in table.columns:
            return name
    there = ", ".join(name for name in table.columns if not name.startswith("__"))
    raise BadInputError(f"there is no column {' or '.join(names)}", where=where, mend=f"the file has: {there}")


def text_of(table: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column as trimmed text, empty where there is nothing; a whole number has no ``.0``."""
    kind = table.schema[column]
    if kind.is_float():
        whole = pl.col(column).round(0)
        return (
            pl.when(pl.col(column).is_null() | pl.col(column).is_nan())
            .then(pl.lit(""))
            .when((whole == pl.col(column)) & (whole.abs() < 2**53))
            .then(whole.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(pl.col(column).cast(pl.String))
        )
    plain = pl.col(column) if kind == pl.String else pl.col(column).cast(pl.String, strict=False)
    return plain.fill_null("").str.strip_chars()


def micro_of(table: pl.DataFrame, column: str) -> pl.Expr:
    """Return money in millionths of a whole unit; null where it is no amount."""
    kind = table.schema[column]
    if kind.is_integer():
        return pl.col(column).cast(pl.Int64) * MICRO
    if kind.is_float():
        # a float is the shortest decimal that names it; it has at most 6 places, so this product rounds to it
        return (pl.col(column).fill_nan(None) * MICRO).round(0).cast(pl.Int64, strict=False)
    if kind.is_decimal():
        return (pl.col(column).cast(pl.Decimal(38, 6)) * MICRO).cast(pl.Int64, strict=False)
    plain = plain_number(text_of(table, column))
    return (plain.cast(pl.Decimal(38, 6), strict=False) * MICRO).cast(pl.Int64, strict=False)


def number_of(table: pl.DataFrame, column: str) -> pl.Expr:
    """Return whole numbers; null where it is none."""
    kind = table.schema[column]
    if kind.is_integer():
        return pl.col(column).cast(pl.Int64)
    if kind.is_float():
        return pl.col(column).cast(pl.Int64, strict=False)
    return plain_number(text_of(table, column)).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)


def to_minor(micro: int, currency: str) -> int:
    """Round millionths to the minor unit of ``currency``, half to even."""
    per: int = 10 ** (6 - exponent(currency))
    whole, rest = divmod(micro, per)
    if 2 * rest > per or (2 * rest == per and whole % 2):
        whole += 1
    return whole


def moments_of(table: pl.DataFrame, column: str, mapping: Mapping, zone: tzinfo) -> pl.Expr:
    """Return microseconds since 1970 UTC; null where it is no moment.

    A moment without an offset is on the clock of the mapping's zone, or else of ``zone``, the brand's.

    Raises:
        BadInputError: day and month cannot be told apart, or nothing in the column is a moment.
    """
    kind = table.schema[column]
    name = mapping.zone or str(zone)
    if isinstance(kind, pl.Datetime):
        return _utc(pl.col(column), name) if kind.time_zone is None else _us(pl.col(column))
    if kind == pl.Date:
        return _utc(pl.col(column).cast(pl.Datetime("us")), name)
    text = text_of(table, column)
    if mapping.time_format:
        return _parsed(text, mapping.time_format, name)
    sample = table.lazy().select(text.alias("t")).filter(pl.col("t") != "").head(2000).collect()["t"]
    if sample.is_empty():
        raise BadInputError("there is no moment in the column", where=column)
    if sample.str.contains(r"^\d{10}(\d{3})?(\d{3})?$").mean() == 1.0:
        number = text.cast(pl.Int64, strict=False)
        return pl.when(number < 10**11).then(number * MICRO).when(number < 10**14).then(number * 1000).otherwise(number)
    chosen = _formats(sample, column)
    return pl.coalesce([_parsed(text, one, name) for one in chosen])


def _formats(sample: pl.Series, column: str) -> list[str]:
    def share(form: str) -> float:
        zone = "%#z" in form
        kind = pl.Datetime("us", "UTC") if zone else pl.Datetime("us")
        parsed = sample.str.strptime(kind, form, strict=False, exact=True)
        return 1.0 - parsed.null_count() / len(sample)

    shares = {form: share(form) for form in (*_ZONED, *_FORMATS)}
    fitting = sorted((form for form in shares if shares[form] > 0), key=lambda form: -shares[form])
    if fitting and sum(shares.values()) >= _ENOUGH:
        return fitting
    day = {form: share(form) for form in _DAY_FIRST}
    month = {form: share(form) for form in _MONTH_FIRST}
    if max(day.values()) > 0 and max(day.values()) == max(month.values()):
        raise BadInputError(
            f"day or month first? {sample[0]!r} can be read both ways", where=column,
            mend='say time_format = "%d/%m/%Y" or "%m/%d/%Y" in a mapping file',
        )  # fmt: skip
    better = day if max(day.values()) > max(month.values()) else month
    fitting = [form for form in better if better[form] > 0] or fitting
    if not fitting:
        raise BadInputError(f"{sample[0]!r} is no moment that is known", where=column, mend="give its time_format")
    return fitting


def _parsed(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    if "%#z" in form or "%z" in form:
        return _us(text.str.strptime(pl.Datetime("us", "UTC"), form, strict=False))
    if "%H" not in form and "%I" not in form:
        return _utc(text.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us")), zone)
    return _utc(text.str.strptime(pl.Datetime("us"), form, strict=False), zone)


def _utc(moment: pl.Expr, zone: str) -> pl.Expr:
    # in the hour that a clock shows twice, the first; in the hour it leaves out, nothing
    return _us(moment.dt.cast_time_unit("us").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null"))


def _us(moment: pl.Expr) -> pl.Expr:
    us = moment.dt.epoch("us")
    return pl.when(us >= 0).then(us)


def identifiers_of(table: pl.DataFrame, mapping: Mapping, where: str) -> Map[str, str]:
    """Return namespace -> column of the identifiers that the file holds."""
    found: dict[str, str] = {}
    for namespace, wanted in mapping.identifiers.items():
        column = column_of(table, wanted, where)
        if column is not None:
            found[namespace] = column
    return found
