"""Order rows become orders: one touch per order, summed exactly from its lines; what is taken back is a refund."""

from datetime import tzinfo
from typing import Final

import polars as pl

from siyu.app.intake.columns import (
    MICRO,
    column_of,
    identifiers_of,
    micro_of,
    moments_of,
    number_of,
    text_of,
    to_minor,
)
from siyu.app.intake.mapping import Mapping
from siyu.app.intake.raw_rows import set_aside_of
from siyu.app.intake.read_table import LINE
from siyu.app.intake.understood import Understood
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind
from siyu.touchpoints.touch import MOST_AHEAD_US, Identifier, Touch, touch

SKIP: Final = "skip"
_REASONS: Final = {
    "without_order": "the order number is missing",
    "without_customer": "nothing says who bought",
    "bad_time": "the moment cannot be read",
    "in_the_future": "the moment lies in the future",
    "bad_amount": "the amount cannot be read",
    "two_customers": "one order number, two customers",
    "order_incomplete": "another row of this order cannot be understood",
}


def understand_orders(
    table: pl.DataFrame, mapping: Mapping, *, zone: tzinfo, currency: str, now_us: int, where: str = ""
) -> Understood:
    """Understand rows as orders.

    An order counts whole or not at all: if one of its rows cannot be understood, all of them are set aside.

    Args:
        zone, currency: The brand's, where neither the file nor the mapping says another.
        now_us: When it is taken in, microseconds since 1970 UTC.

    Raises:
        BadInputError: a column that is needed is not there.
    """
    rules = mapping.orders
    lines, names, namespaces = _lines(table, mapping, zone, where)
    lines = _judged(lines, rules.order_is_day, now_us)
    headings = _headings(lines)
    bad = lines.filter(pl.col("_fault") != "")
    good = lines.filter((pl.col("_fault") == "") & (pl.col("_kind") != SKIP))
    skipped = lines.height - bad.height - good.height
    repeated = 0
    if rules.repeated_rows == "once":
        repeated = int(good["_repeated"].sum())
        good = good.filter(~pl.col("_repeated"))
    touches, rows_of = _touches(
        _orders(good, names), mapping, names=names, namespaces=namespaces, currency=currency, now_us=now_us
    )
    bad = bad.with_columns(_reason=pl.col("_fault").replace_strict(_REASONS, default="", return_dtype=pl.String))
    raw_columns = [name for name in table.columns if name != LINE]
    return Understood(
        rows=table.height,
        touches=touches,
        rows_of=rows_of,
        set_aside=set_aside_of(bad.select(LINE, *raw_columns, "_fault", "_reason"), "_fault", "_reason"),
        repeated=repeated,
        skipped=skipped,
        headings=headings,
    )


def _lines(
    table: pl.DataFrame, mapping: Mapping, zone: tzinfo, where: str
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Add what each row says as columns that begin with ``_``; return them, the properties and the namespaces."""
    rules = mapping.orders
    column = {field: column_of(table, name, where) for field, name in mapping.columns.items()}
    who = identifiers_of(table, mapping, where)
    if not who:
        raise BadInputError("no column says who bought", where=where, mend="name one under [identifiers]")
    order, at, amount = column.get("order"), column.get("at"), column.get("amount")
    quantity, price = column.get("quantity"), column.get("price")
    if order is None and not rules.order_is_day:
        raise BadInputError("no column is the order number", where=where, mend="name it, or say order_is_day = true")
    if at is None:
        raise BadInputError("no column says when", where=where, mend='name it: at = "…"')
    if amount is not None:
        micro = micro_of(table, amount)
        if mapping.unit == "minor":
            micro = micro // 100
    elif quantity is not None and price is not None:
        pieces = micro_of(table, quantity).cast(pl.Int128)  # 1.5 kg is sold too
        micro = (pieces * micro_of(table, price) // MICRO).cast(pl.Int64, strict=False)
    else:
        raise BadInputError("no column says how much", where=where, mend="name amount, or quantity and price")
    parts = {f"_id{number}": text_of(table, name) for number, name in enumerate(who.values())}
    moment = moments_of(table, at, mapping, zone)
    if rules.first_row_speaks and order is not None:
        # a line below the first says nothing of its own: it belongs to the order above it
        micro = pl.when(text_of(table, str(amount)) == "").then(0).otherwise(micro)
        parts = {name: part.replace("", None).forward_fill().over(order).fill_null("") for name, part in parts.items()}
        moment = moment.forward_fill().over(order)
    status = column.get("status")
    kind = pl.lit("")
    if status is not None and rules.statuses:
        kind = text_of(table, status).replace_strict(rules.statuses, default="", return_dtype=pl.String)
    refund, written = column.get("refund"), column.get("currency")
    names = [f"_p_{name}" for name in mapping.properties]
    properties = {
        f"_p_{name}": text_of(table, found)
        for name, wanted in mapping.properties.items()
        if (found := column_of(table, wanted, where)) is not None
    }
    raw = [name for name in table.columns if name != LINE]
    lines = table.with_columns(
        _order=text_of(table, order) if order is not None else pl.lit(""),
        _at=moment,
        _micro=micro,
        _items=number_of(table, quantity) if quantity is not None else pl.lit(None, pl.Int64),
        _kind=kind,
        _refund=micro_of(table, refund).fill_null(0) if refund is not None else pl.lit(0, pl.Int64),
        _currency=text_of(table, written) if written is not None else pl.lit(""),
        _repeated=~pl.struct(raw).is_first_distinct(),
        **parts,
        **properties,
    )
    who_bought = pl.concat_str(list(parts), separator="\x1f")
    lines = lines.with_columns(_who=who_bought.str.strip_chars("\x1f"))
    if rules.order_is_day:
        day = pl.from_epoch("_at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(mapping.zone or str(zone))
        lines = lines.with_columns(_order=pl.concat_str("_who", day.dt.strftime("%Y-%m-%d"), separator=" "))
    cancelled = pl.col("_order").str.starts_with(rules.cancel_prefix) if rules.cancel_prefix else pl.lit(value=False)
    return lines.with_columns(_cancel=cancelled), names, list(who)


def _judged(lines: pl.DataFrame, order_is_day: bool, now_us: int) -> pl.DataFrame:
    """Say what is wrong with each row, in the column ``_fault``; an order with one wrong row is wrong as a whole."""
    fault = (
        pl.when(pl.col("_who") == "")
        .then(pl.lit("without_customer"))
        .when(pl.col("_order").fill_null("") == "")
        .then(pl.lit("without_order" if not order_is_day else "bad_time"))
        .when(pl.col("_at").is_null())
        .then(pl.lit("bad_time"))
        .when(pl.col("_at") > now_us + MOST_AHEAD_US)
        .then(pl.lit("in_the_future"))
        .when(pl.col("_micro").is_null())
        .then(pl.lit("bad_amount"))
        .otherwise(pl.lit(""))
    )
    judged = lines.with_columns(_fault=fault)
    if order_is_day:
        return judged
    wrong = judged.filter(pl.col("_order") != "").group_by("_order").agg(
        _hurt=(pl.col("_fault") != "").any(), _buyers=pl.col("_who").filter(pl.col("_who") != "").n_unique()
    )  # fmt: skip
    wrong = wrong.filter(pl.col("_hurt") | (pl.col("_buyers") > 1))
    hurt = wrong.filter("_hurt")["_order"].implode()
    shared = wrong.filter(pl.col("_buyers") > 1)["_order"].implode()
    clean = pl.col("_fault") == ""
    return judged.with_columns(
        _fault=pl.when(clean & pl.col("_order").is_in(shared))
        .then(pl.lit("two_customers"))
        .when(clean & pl.col("_order").is_in(hurt))
        .then(pl.lit("order_incomplete"))
        .otherwise("_fault")
    )


def _headings(lines: pl.DataFrame) -> dict[str, int]:
    counted = lines.select(
        without_customer=(pl.col("_who") == "").sum(),
        cancel_rows=pl.col("_cancel").sum(),
        duplicate_rows=pl.col("_repeated").sum(),
        free_rows=(pl.col("_micro") == 0).sum(),
        without_order=(pl.col("_fault") == "without_order").sum(),
        bad_time=pl.col("_at").is_null().sum(),
        in_the_future=(pl.col("_fault") == "in_the_future").sum(),
        bad_amount=pl.col("_micro").is_null().sum(),
        two_customers=(pl.col("_fault") == "two_customers").sum(),
        order_incomplete=(pl.col("_fault") == "order_incomplete").sum(),
        skipped=(pl.col("_kind") == SKIP).sum(),
    )
    return {name: int(count) for name, count in counted.row(0, named=True).items() if count}


def _orders(good: pl.DataFrame, properties: list[str]) -> pl.DataFrame:
    first = [name for name in good.columns if name.startswith("_id")] + properties
    return good.group_by("_order", "_cancel", maintain_order=True).agg(
        pl.col("_at").min(),
        pl.col("_micro").sum(),
        pl.col("_items").sum(),
        pl.col("_refund").max(),
        pl.col("_kind").first(),
        pl.col("_currency").first(),
        pl.len().alias("_rows"),
        *(pl.col(name).first() for name in first),
    )


def _touches(
    orders: pl.DataFrame, mapping: Mapping, *, names: list[str], namespaces: list[str], currency: str, now_us: int
) -> tuple[list[Touch], list[int]]:
    channel = mapping.fixed.get("channel", "shop")
    account = mapping.fixed.get("account", "")
    scene = mapping.fixed.get("scene", "")
    usual_source = mapping.fixed.get("source_code", "")
    usual = mapping.fixed.get("currency", "") or currency
    touches: list[Touch] = []
    rows_of: list[int] = []
    counts_items = mapping.columns.get("quantity") is not None
    for row in orders.iter_rows(named=True):
        money = row["_currency"] or usual
        value = to_minor(row["_micro"], money)
        kind = _kind_of(row["_kind"], mapping, cancelled=row["_cancel"], value=value)
        number = row["_order"]
        properties: dict[str, str | int] = {"lines": row["_rows"]}
        if counts_items and row["_items"] is not None:
            properties["items"] = row["_items"]
        properties.update({name[3:]: row[name] for name in names if row[name]})
        staff, source = str(properties.pop("staff", "")), str(properties.pop("source_code", "")) or usual_source
        actors = tuple(
            Identifier(namespace, row[f"_id{position}"])
            for position, namespace in enumerate(namespaces)
            if row[f"_id{position}"]
        )
        about = "" if mapping.orders.order_is_day else number
        paid = kind in {TouchKind.ORDER_PAID, TouchKind.ORDER_REFUNDED}
        made = touch(
            channel, kind, happened_at_us=row["_at"], received_at_us=now_us, event_key=number, account=account,
            actors=actors, scene=scene, source_code=source, staff=staff, about=about,
            value_minor=value if paid else 0, currency=money, properties=properties,
        )  # fmt: skip
        touches.append(made)
        rows_of.append(row["_rows"])
        if row["_refund"]:
            back = to_minor(abs(row["_refund"]), money)
            touches.append(
                touch(
                    channel, TouchKind.ORDER_REFUNDED, happened_at_us=row["_at"], received_at_us=now_us,
                    event_key=number, account=account, actors=actors, scene=scene, source_code=source, staff=staff,
                    about=about, value_minor=-back, currency=money,
                )
            )  # fmt: skip
            rows_of.append(0)
    return touches, rows_of


def _kind_of(status: str, mapping: Mapping, *, cancelled: bool, value: int) -> TouchKind:
    if cancelled or value < 0:
        return TouchKind.ORDER_REFUNDED
    if status:
        kind = KINDS_BY_SLUG.get(status)
        if kind is None:
            raise BadInputError(f"{status!r} is no kind of touch", where="[orders.statuses]", mend="such as order_paid")
        return kind
    return TouchKind.ORDER_PAID if value or mapping.orders.free == "order_paid" else TouchKind.ORDER_CREATED
