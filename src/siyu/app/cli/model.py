"""``siyu model``: what people will probably do, and which channels stood on their way."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from cyclopts import App, Parameter

from siyu import models
from siyu.app.cli.answer import answer, notes
from siyu.app.intake.tables import read_table
from siyu.app.lake import measure
from siyu.app.measurement.metric import engine_of
from siyu.app.measurement.model import orders_of
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.metric import TEXT_COLUMNS
from siyu.measurement.models.attribution import ChannelPaths
from siyu.models.columns import EPOCH, day_text, days_of, table_of

app = App(name="model", help="Lifetime value, next purchase, uplift, attribution: of a workspace, or any table.")
_MOST = 100_000

Folder = Annotated[Path | None, Parameter(name="--workspace", help="Take the orders of this workspace, not a file.")]
Where = Annotated[str, Parameter(help="Of a workspace: local (threads), or spark.")]
Master = Annotated[str, Parameter(help="Spark's master, such as local-cluster[2,1,1024].")]


@app.command
def ltv(
    file: Path | None = None,
    *,
    workspace: Folder = None,
    customer: str | None = None,
    date: Annotated[str | None, Parameter(name="--date")] = None,
    value: str | None = None,
    until: str | None = None,
    model: str = "bg-nbd",
    opportunity_days: int = 7,
    horizon_months: float = 12.0,
    discount: float = 0.01,
    margin: float = 1.0,
    level: float = 0.8,
    currency: str | None = None,
    source: str | None = None,
    quantity: str | None = None,
    drop_identical: bool = False,
    top: int | None = None,
    out: Path | None = None,
    engine: Where = "local",
    master: Master = "",
    json: bool = False,
) -> None:
    """Say what each customer will bring, with an interval and a backtest.

    Args:
        file: Orders, one a row: CSV, TSV, columns of blanks, Parquet or Excel; or give --workspace.
        customer: Column of the customer; a name, or a position from 0.
        date: Column of the day or moment.
        value: Column of the amount; returns are below zero.
        until: Last day that counts as history (1997-09-30); what follows becomes the backtest.
        model: bg-nbd, mbg-nbd, pareto-nbd, or bg-bb (buys or not at each of regular opportunities).
        opportunity_days: Of bg-bb: the length of an opportunity.
        horizon_months: How far ahead.
        discount: Per month.
        margin: Share of the amounts that is earned.
        level: Probability that an interval holds the truth.
        currency: Column of the currency; mixed ones are refused. Of a workspace: the only currency that counts.
        source: Column of where a customer came from; adds a table by source. Of a workspace: source_code (the usual),
            channel, scene, content_id, staff or account of the first touch.
        quantity: Column to multiply the value with, where that is a price.
        drop_identical: Use rows equal in every column once: for exports that overlap.
        top: How many customers to list; all (up to 100,000) with --json, else 10.
        out: Write all customers to this Parquet or CSV file.
        json: One JSON document on standard output.
    """
    with notes.status("reading and fitting"):
        table, names = _orders(file, workspace, (customer, date, value), (source, currency), (engine, master))
        if workspace is not None:
            source, currency = "source", "currency"
        report = models.ltv(
            table,
            customer=names[0],
            date=names[1],
            value=names[2],
            until=_day(until),
            model=model,
            months=horizon_months,
            discount=discount,
            margin=margin,
            level=level,
            currency=currency,
            source=source,
            quantity=quantity,
            drop_identical=drop_identical,
            opportunity_days=opportunity_days,
        )
    if out is not None:
        _write(report.customers, out)
    listed = report.customers.head((_MOST if json else 10) if top is None else top)
    answer(_ltv_document(report, listed), json=json)


@app.command
def attribution(
    file: Path | None = None,
    *,
    workspace: Folder = None,
    by: Annotated[str, Parameter(help="Of a workspace: channel, source_code, scene, content_id or staff.")] = "channel",
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
    engine: Where = "local",
    master: Master = "",
    json: bool = False,
) -> None:
    """Share conversions among channels: first, last, linear, time decay, Shapley, exact Markov. Descriptive.

    Args:
        file: Or --workspace, every touch on the way to a paid order there.
            Paths (path, conversions, value, nulls) or touches (person, at, channel, conversion, value).
        path: Column of paths such as "video > store > chat".
        conversions: Column of conversions of each path.
        value: Column of the money.
        nulls: Column of how often the path ended without a conversion.
        separator: What stands between the channels of a path.
        person: Column of the person of each touch.
        at: Column of its moment.
        channel: Column of its channel; empty where the row is a conversion only.
        conversion: Column that says whether the row is a conversion (0, 1, or how many).
        half_life_days: Of the time decay, for touches.
        json: One JSON document on standard output.
    """
    if workspace is not None:
        if by not in TEXT_COLUMNS:
            raise BadInputError(f"{by!r} is no column to go by", where="--by", mend=", ".join(TEXT_COLUMNS))
        wanted = ChannelPaths(half_life_us=round(half_life_days * DAY), by=by)
        answer(measure(open_workspace(workspace), wanted, engine=engine_of(engine, master)), json=json)
        return
    if file is None:
        raise BadInputError("give a file or a --workspace")
    with notes.status("reading and adding up"):
        found = models.attribution(
            read_table(file),
            path=path,
            conversions=conversions,
            value=value,
            nulls=nulls,
            separator=separator,
            person=person,
            at=at,
            channel=channel,
            conversion=conversion,
            half_life_days=half_life_days,
        )
    answer(found, json=json)


@app.command
def rhythm(
    file: Path | None = None,
    *,
    workspace: Folder = None,
    customer: str | None = None,
    date: Annotated[str | None, Parameter(name="--date")] = None,
    value: str | None = None,
    today: str | None = None,
    level: float = 0.8,
    top: int | None = None,
    out: Path | None = None,
    engine: Where = "local",
    master: Master = "",
    json: bool = False,
) -> None:
    """Say how often each customer buys, when they are due, and how late they are (churn risk from their own rhythm).

    Args:
        file: Orders, one a row; or give --workspace.
        customer: Column of the customer.
        date: Column of the day.
        value: Column of the amount; rows below zero are returns, not purchases.
        today: Day from which one looks (2026-11-22); the last day of the file by default.
        level: Share of next purchases that the interval should hold.
        top: How many customers to list, the latest first; all (up to 100,000) with --json, else 10.
        out: Write all customers to this Parquet or CSV file.
        json: One JSON document on standard output.
    """
    day = _day(today)
    table, names = _orders(file, workspace, (customer, date, value or ""), ("", ""), (engine, master))
    found = models.rhythm(
        table,
        customer=names[0],
        date=names[1],
        value=names[2] or None,
        today=None if day is None else (day - EPOCH).days,
        level=level,
    )
    if out is not None:
        _write(found.people, out)
    listed = found.people.head((_MOST if json else 10) if top is None else top)
    answer(
        {"house": found.house, "interval": found.interval, "warnings": found.warnings, "customers": listed.to_dicts()},
        json=json,
    )


@app.command
def uplift(
    file: Path,
    *,
    arm: str,
    treated: str,
    control: str,
    bought: str,
    feature: Annotated[list[str], Parameter(consume_multiple=True)],
    way: Literal["t", "class"] = "t",
    margin: float | None = None,
    cost: float | None = None,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Learn from an experiment whom a message moves; says "off" until that beats a random order.

    Args:
        file: One row per person of the experiment.
        arm: Column of the arm.
        treated: The arm that got the message.
        control: The arm that was left alone.
        bought: Column of the answer, 0 or 1.
        feature: Columns known before the message.
        way: t (two regressions) or class (one, arms of equal size).
        margin: Money per purchase, for the cut.
        cost: Money per person sent to, for the cut.
        out: Write all people with their uplift to this Parquet or CSV file.
        json: One JSON document on standard output.
    """
    with notes.status("fitting twenty splits"):
        found = models.uplift(
            read_table(file),
            arm=arm,
            treated=treated,
            control=control,
            bought=bought,
            features=feature,
            way=way,
            margin=margin,
            cost=cost,
        )
    if out is not None:
        _write(found.people, out)
    answer(
        {
            "verdict": found.proof.words,
            "proof": found.proof,
            "qini": found.qini,
            "auuc": found.auuc,
            "area": found.area,
            "area_interval": [found.area_low, found.area_high],
            "cut": found.cut,
            "columns": found.columns,
            "warnings": found.warnings,
        },
        json=json,
    )


def _orders(
    file: Path | None,
    workspace: Path | None,
    columns: tuple[str | None, str | None, str | None],
    within: tuple[str | None, str | None],
    engine: tuple[str, str],
) -> tuple[pl.DataFrame, tuple[str, str, str]]:
    """Read orders from a file or a workspace, and say how their columns of customer, date and value are called."""
    if (file is None) == (workspace is None):
        raise BadInputError("give either a file or a --workspace")
    if workspace is not None:
        source, currency = within
        if source and source not in TEXT_COLUMNS:
            raise BadInputError(f"{source!r} is no source", where="--source", mend=", ".join(TEXT_COLUMNS))
        opened = open_workspace(workspace)
        table = orders_of(opened, by=source or "source_code", currency=currency or "", engine=engine_of(*engine))
        return table, ("customer", "date", "value")
    missing = [name for name, one in zip(("customer", "date", "value"), columns, strict=True) if one is None]
    if missing:
        raise BadInputError(f"name the column of the {missing[0]}", where=f"--{missing[0]}")
    customer, date, value = (one or "" for one in columns)
    return read_table(file or Path()), (customer, date, value)


def _ltv_document(report: models.LtvReport, listed: Any) -> dict[str, Any]:
    found, past = report.result, report.result.backtest
    return {
        "model": found.fit.model,
        "until": day_text(found.until_day),
        "unit": "week" if found.unit_days == 7.0 else f"{found.unit_days:g} days",
        "customers": found.fit.customers,
        "repeat_customers": int((found.history.repeats > 0).sum()),
        "parameters": found.fit.parameters,
        "standard_errors": found.fit.standard_errors,
        "log_likelihood": found.fit.log_likelihood,
        "spend": None
        if found.spend is None
        else {
            "model": found.spend.model,
            "parameters": found.spend.parameters,
            "standard_errors": found.spend.standard_errors,
            "log_likelihood": found.spend.log_likelihood,
            "customers": found.spend.customers,
            "correlation_with_repeats": found.spend_correlation,
        },
        "frequency_distance": found.frequency_distance,
        "warnings": report.warnings,
        "rows": dataclasses.asdict(report.rows),
        "backtest": _backtest_document(past),
        "alternatives": [
            {"model": name, "log_likelihood": height, "backtest": _backtest_document(other)}
            for name, height, other in found.alternatives
        ],
        "horizon": {
            "months": found.ahead.months,
            "discount_per_month": found.ahead.discount,
            "margin": found.ahead.margin,
            "level": found.level,
        },
        "total": found.total,
        "cohorts": found.cohorts,
        "sources": report.sources,
        "values": listed.to_dicts(),
    }


def _backtest_document(past: Any) -> dict[str, Any] | None:
    if past is None:
        return None
    document = dataclasses.asdict(past)
    return {
        "from": day_text(document.pop("cut_day") + 1),
        "to": day_text(document.pop("end_day")),
    } | document


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    day = days_of(table_of({"until": [text]})["until"])[0]
    if day is None:
        raise BadInputError(f"{text!r} is not a date", mend="write it like 1997-09-30")
    return date.fromisoformat(day_text(int(day)))


def _write(table: Any, out: Path) -> None:
    try:
        if out.suffix.lower() == ".csv":
            table.write_csv(out)
        else:
            table.write_parquet(out)
    except OSError as error:
        raise BadInputError(f"cannot write {out}: {error.strerror}") from error
    notes.print(f"wrote {table.height} customers to {out}")
