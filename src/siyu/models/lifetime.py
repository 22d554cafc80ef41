"""Lifetime value of a table of orders."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from siyu.kernel.errors import BadInputError
from siyu.kernel.money import exponent
from siyu.measurement.models.ltv import Orders, by_group, value_customers
from siyu.measurement.models.ltv_result import GroupValue, LifetimeValue
from siyu.measurement.models.value import Ahead
from siyu.measurement.suspicions import shared_days
from siyu.models.columns import EPOCH, column_of, day_text, days_of, numbers_of, table_of, text_of


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the rows of a table.

    Attributes:
        read, used: Rows in the table, and rows that entered the model.
        without_customer, bad_date, bad_value: Rows set aside: empty customer, unreadable date or amount.
        returns: Rows below zero; ``orphan_returns`` of them had no earlier order and were set aside.
        identical: Rows equal to an earlier one in every column; used, because they may be true.
        after_until: Rows after the day one looks from: they serve the backtest only.
        returned_everything: Customers who gave everything back; they are in no model.
        first_after_until: Customers who came later.
    """

    read: int
    used: int
    without_customer: int
    bad_date: int
    bad_value: int
    returns: int
    orphan_returns: int
    identical: int
    after_until: int
    returned_everything: int
    first_after_until: int


@dataclass(frozen=True, slots=True)
class LtvReport:
    """Lifetime value of a table of orders.

    Attributes:
        rows: What became of the rows.
        result: Fits, totals, backtest, warnings.
        customers: One row per customer, highest value first: customer, value, low, high, purchases, alive, repeats,
            first, last, kept, returned.
        sources: The total by source, if a source was named.
    """

    rows: Rows
    result: LifetimeValue
    customers: pl.DataFrame
    sources: tuple[GroupValue, ...]
    warnings: tuple[str, ...]


def ltv(
    frame: Any,
    *,
    customer: str,
    date: str,
    value: str,
    until: date | None = None,
    model: str = "bg-nbd",
    months: float = 12.0,
    discount: float = 0.01,
    margin: float = 1.0,
    level: float = 0.8,
    currency: str | None = None,
    source: str | None = None,
    quantity: str | None = None,
    drop_identical: bool = False,
    unit_days: float = 7.0,
    opportunity_days: int = 7,
) -> LtvReport:
    """Say what each customer will bring.

    Args:
        frame: One row per order or return; polars, pandas, Arrow.
        customer, date, value: Names (or positions) of the columns; returns have a value below zero.
        until: Last day that counts as history; what lies after it becomes the backtest.
        model: ``bg-nbd``, ``mbg-nbd``, ``pareto-nbd``, or ``bg-bb``: buys or not at each of regular opportunities.
        opportunity_days: Of ``bg-bb``: how long an opportunity is.
        discount: Per month.
        margin: Share of the amounts that is earned, in (0, 1].
        quantity: Column to multiply the value with, where that is a price.
        drop_identical: Use rows equal in every column once: for exports that overlap.
        currency, source: Columns; more than one currency is refused; a customer's source is that of their first row.

    Raises:
        BadInputError: a column is missing, nothing is usable, or several currencies are mixed.
    """
    if not 0.0 < margin <= 1.0 or not -1.0 < discount < 1.0 or not 0.0 < months <= 600.0:
        raise BadInputError("margin must lie in (0, 1], discount in (-1, 1), months in (0, 600]")
    if not 0.0 < level < 1.0:
        raise BadInputError(f"the level of an interval lies between 0 and 1, not {level}")
    whole = table_of(frame)
    table = whole.unique(maintain_order=True) if drop_identical else whole
    code = _one_currency(table, currency)
    per_unit = 10 ** exponent(code)
    warnings: list[str] = []
    rows = pl.DataFrame(
        {
            "customer": text_of(table[column_of(table, customer)]),
            "day": days_of(table[column_of(table, date)], warnings),
            "money": numbers_of(table[column_of(table, value)])
            * (numbers_of(table[column_of(table, quantity)]) if quantity else 1.0),
        }
    ).with_columns(
        (text_of(table[column_of(table, source)]).fill_null("unknown") if source else pl.lit("")).alias("source")
    )
    nobody, undated = rows["customer"].is_null(), rows["day"].is_null()
    unpaid = rows["money"].is_null() | ~rows["money"].is_finite().fill_null(False)
    good = rows.filter(~(nobody | undated | unpaid)).with_columns(
        (pl.col("money") * per_unit).round().cast(pl.Int64).alias("minor")
    )
    if not good.height:
        raise BadInputError("no row has a customer, a date and an amount", mend="check the column names")
    good = good.sort("customer", "day", -pl.col("minor")).with_columns(pl.col("customer").rle_id().alias("code"))
    until_day = (until - EPOCH).days if until else int(good["day"].to_numpy().max())
    if whole.height > table.height:
        warnings.append(f"{whole.height - table.height} rows equal to another in every column: used once")
    broken = int(((good["money"] * per_unit - good["minor"]).abs() > 1e-6).sum())
    if broken:
        warnings.append(f"{broken} amounts are not whole minor units of {code}: rounded")
    found = value_customers(
        Orders(good["code"].cast(pl.Int64).to_numpy(), good["day"].cast(pl.Int64).to_numpy(), good["minor"].to_numpy()),
        model=model,
        until_day=until_day,
        ahead=Ahead(months, discount, margin, unit_days),
        level=level,
        minor_per_unit=per_unit,
        opportunity_days=opportunity_days,
    )
    history = found.history
    set_aside = rows.height - good.height
    counted = Rows(
        whole.height,
        good.height - history.orphan_rows,
        int(nobody.sum()),
        int((undated & ~nobody).sum()),
        int((unpaid & ~undated & ~nobody).sum()),
        int((good["minor"] < 0).sum()),
        history.orphan_rows,
        table.height - (table.height if drop_identical else table.n_unique()),
        int((good["day"] > until_day).sum()),
        history.all_returned,
        history.later_customers,
    )
    if not drop_identical and counted.identical:
        again = ~table.select(pl.struct(pl.all()).is_first_distinct()).to_series()
        dated = rows.select("day", again.alias("again")).drop_nulls("day")
        shared = shared_days(dated["day"].cast(pl.Int64).to_numpy(), dated["again"].to_numpy())
        if shared is not None:
            first, last = day_text(shared.first), day_text(shared.last)
            warnings.append(f"two exports overlap: on {shared.days} days from {first} to {last} every row stands twice")
    warnings += _said(counted, set_aside, history.orphan_minor / per_unit, code)
    firsts = good.unique("code", keep="first", maintain_order=True).select("customer", "source")[history.person]
    return LtvReport(
        counted,
        found,
        _customers(found, firsts["customer"], per_unit),
        by_group(history, found.values, firsts["source"].to_list(), per_unit, doubt=found.doubt, level=level)
        if source
        else (),
        (*warnings, *found.warnings),
    )


def _said(rows: Rows, set_aside: int, orphan: float, code: str) -> list[str]:
    out = []
    if set_aside:
        out.append(
            f"{set_aside} of {rows.read} rows set aside: {rows.without_customer} without customer,"
            f" {rows.bad_date} without a readable date, {rows.bad_value} without a finite amount"
        )
    if rows.orphan_returns:
        out.append(f"{rows.orphan_returns} returns ({orphan:,.2f} {code}) have no earlier order in the data: set aside")
    if rows.identical:
        out.append(
            f"{rows.identical} rows equal another in every column: used; check for a double export, or drop them"
        )
    if rows.returned_everything:
        out.append(f"{rows.returned_everything} customers gave everything back: they are no customers in the model")
    return out


def _customers(found: LifetimeValue, names: pl.Series, per_unit: int) -> pl.DataFrame:
    history, each = found.history, found.values
    return pl.DataFrame(
        {
            "customer": names,
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "purchases": each.purchases,
            "alive": each.alive,
            "repeats": history.repeats,
            "first": pl.Series(history.first_day.astype(np.int32)).cast(pl.Date),
            "last": pl.Series(history.last_day.astype(np.int32)).cast(pl.Date),
            "kept": history.kept_minor / per_unit,
            "returned": history.returned_minor / per_unit,
        }
    ).sort("value", descending=True, nulls_last=True)


def _one_currency(table: pl.DataFrame, currency: str | None) -> str:
    names = [name for name in table.columns if name.strip().lower() in {"currency", "币种", "货币"}]
    if currency is None and not names:
        return "CNY"
    column = table[column_of(table, currency) if currency else names[0]]
    kinds = sorted({str(kind).strip().upper() for kind in column.drop_nulls().unique().to_list()})
    if len(kinds) > 1:
        raise BadInputError(
            f"the amounts are in several currencies: {', '.join(kinds[:6])}", mend="bring in one currency at a time"
        )
    return kinds[0] if kinds else "CNY"
