"""Measure a metric by its name: over a workspace, or over any file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from sqlalchemy import select

from siyu.app.intake.tables import read_table
from siyu.app.lake import measure
from siyu.app.workspace import Workspace
from siyu.engines.local.engine import LocalEngine
from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of_text
from siyu.measurement.arms import Arms
from siyu.measurement.currencies import Currencies, InCurrency
from siyu.measurement.frame import Read, timelines_of
from siyu.measurement.metric import TEXT_COLUMNS, Card, Options, built, card_of
from siyu.measurement.ports import Engine
from siyu.measurement.span import Span
from siyu.measurement.spending import Spending
from siyu.stores.sql.schema.campaigns import assignment
from siyu.stores.sql.schema.people import identifier, relation
from siyu.stores.sql.schema.spend import spend


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Which column of a file is what.

    Attributes:
        texts: Other columns by the names that metrics know them by.
        zone: Whose clock moments without an offset are on, and whose calendar counts.
        until: Up to when the file is complete; empty for just after its last row.
        drop_identical: Use rows equal in every column once: for exports that overlap.
    """

    person: str = "person"
    at: str = "at"
    kind: str = ""
    value: str = ""
    currency: str = "CNY"
    texts: Mapping[str, str] | None = None
    zone: str = "UTC"
    until: str = ""
    drop_identical: bool = False


def metric_of_workspace(
    workspace: Workspace,
    name: str,
    chosen: Mapping[str, str] | None = None,
    *,
    engine: Engine | None = None,
    currency: str = "",
) -> Any:
    """Measure everybody of a workspace; calendar days and months are the brand's.

    The data counts as complete up to its last touch: a workspace that holds old files only is not full of people
    who stayed away since.

    Args:
        currency: Only money of this currency counts. Without it, several currencies are an error where money is added.

    Raises:
        BadInputError: there is no such metric or option, its value is wrong, or money is of several currencies.
    """
    card = card_of(name)
    chosen = dict(chosen or {})
    if card.reads == "nothing":
        return answered(name, chosen)
    first, last = measure(workspace, Span())
    options = Options(
        chosen,
        ZoneInfo(workspace.settings.brand.zone),
        until_us=min(workspace.clock.now_us(), last + 1),
        since_us=first,
        extra={need: _look_up(workspace, need, chosen, currency) for need in card.needs},
    )
    wanted = built(card, options)
    if "value" in wanted.columns:
        kinds = measure(workspace, Currencies(), engine=engine)
        if currency:
            wanted = InCurrency(wanted, currency)
        elif len(kinds) > 1:
            said = ", ".join(f"{code} ({touches} touches)" for code, touches in kinds.items())
            raise BadInputError(f"money is in several currencies: {said}", mend="choose one with --currency")
    return measure(workspace, wanted, engine=engine)


def engine_of(name: str, master: str = "") -> Engine | None:
    """Return the engine of that name; ``None`` for the threads of this machine.

    Raises:
        BadInputError: there is no such engine.
        ConfigError: pyspark or Java is not there.
    """
    if name == "local":
        return None
    if name == "spark":
        from siyu.engines.spark.engine import SparkEngine  # noqa: PLC0415  pyspark is an extra

        return SparkEngine(master or "local[*]")
    raise BadInputError(f"there is no engine {name!r}", where="--engine", mend="local or spark")


def answered(name: str, chosen: Mapping[str, str]) -> Any:
    """Answer a metric that reads no touches, such as the break-even of a campaign.

    Raises:
        BadInputError: an option is wrong or missing.
    """
    return built(card_of(name), Options(chosen))


def metric_of_file(
    file: Path,
    name: str,
    columns: FileColumns,
    chosen: Mapping[str, str] | None = None,
    *,
    engine: Engine | None = None,
) -> tuple[Read, Any]:
    """Measure the people of a Parquet, CSV, TSV, NDJSON or Excel file.

    Returns:
        How the file was understood, with the rows that were set aside; and the result.

    Raises:
        BadInputError: the file cannot be read, or a column, metric or option is not there.
    """
    card: Card = card_of(name)
    if card.reads == "nothing":
        raise BadInputError(f"{name} reads no file", where="--from")
    if set(card.needs) - {"spend"}:
        raise BadInputError(f"{name} needs a workspace: a file does not say {card.needs[0]}", where="--from")
    try:
        zone = ZoneInfo(columns.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInputError(
            f"{columns.zone!r} is no time zone", where="--zone", mend="such as Asia/Shanghai"
        ) from error
    seen = timelines_of(
        read_table(file),
        person=columns.person,
        at=columns.at,
        kind=columns.kind or None,
        value=columns.value or None,
        currency=columns.currency,
        texts=columns.texts,
        zone=zone,
        drop_identical=columns.drop_identical,
    )
    until = us_of_text(columns.until, zone) if columns.until else (seen.read.last_us or 0) + 1
    options = Options(
        _gone_by(card, chosen or {}, columns.texts or {}), zone, until, seen.read.first_us or 0, seen.kinds
    )
    return seen.read, (engine or LocalEngine()).run(built(card, options), seen)


def _gone_by(card: Card, chosen: Mapping[str, str], texts: Mapping[str, str]) -> Mapping[str, str]:
    """Let a metric go by the one column that the file was told of, where it would go by one it was not told of."""
    told = [name for name in texts if name not in {"currency", "properties"}]
    usual = next((option.default for option in card.options if option.name == "by"), "")
    if usual in TEXT_COLUMNS and usual not in texts and "by" not in chosen and len(told) == 1:
        return {**chosen, "by": told[0]}
    return chosen


def arms_of_play(workspace: Workspace, play: str) -> Arms:
    """Return who was treated and who held out by a play; the earliest draw of a person counts.

    Raises:
        BadInputError: nobody was ever assigned by a play of this name.
    """
    wanted = (
        select(identifier.c.person_id, assignment.c.treated, assignment.c.assigned_at_us)
        .join(identifier, identifier.c.identifier_id == assignment.c.identifier_id)
        .where(assignment.c.play == play)
        .order_by(identifier.c.person_id, assignment.c.assigned_at_us, assignment.c.identifier_id)
    )
    with workspace.database.read() as connection:
        drawn = connection.execute(wanted).all()
        plays = connection.execute(select(assignment.c.play).distinct()).scalars().all()
    if not drawn:
        raise BadInputError(
            f"nobody was assigned by a play {play!r}",
            where="--play",
            mend="there are " + ", ".join(sorted(plays)) if plays else "no play has run yet",
        )
    columns = np.array([tuple(row) for row in drawn], np.int64)
    person, first = np.unique(columns[:, 0], return_index=True)
    return Arms(person, columns[first, 1].astype(np.int8), columns[first, 2])


def owned_people(workspace: Workspace) -> Int64:
    """Return the people with whom a relation stands, ascending."""
    wanted = (
        select(identifier.c.person_id)
        .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
        .where(relation.c.until_us.is_(None))
        .distinct()
    )
    with workspace.database.read() as connection:
        return np.array(sorted(connection.execute(wanted).scalars()), np.int64)


def spending_of(workspace: Workspace, currency: str = "") -> Spending:
    """Return all ad spend that was brought in.

    Raises:
        BadInputError: it is of several currencies, and none was chosen.
    """
    wanted = select(spend.c.day_us, spend.c.source_code, spend.c.channel, spend.c.cost_minor, spend.c.currency)
    with workspace.database.read() as connection:
        rows = connection.execute(wanted.order_by(spend.c.day_us, spend.c.spend_id)).all()
    kinds = sorted({row.currency for row in rows})
    if currency:
        rows = [row for row in rows if row.currency == currency]
    elif len(kinds) > 1:
        raise BadInputError(f"spend is in several currencies: {', '.join(kinds)}", mend="choose one with --currency")
    return Spending(
        np.array([row.day_us for row in rows], np.int64),
        [row.source_code for row in rows],
        [row.channel for row in rows],
        np.array([row.cost_minor for row in rows], np.int64),
    )


def _look_up(workspace: Workspace, need: str, chosen: Mapping[str, str], currency: str) -> Any:
    if need == "spend":
        return spending_of(workspace, currency)
    return arms_of_play(workspace, chosen.get("play", "")) if need == "arms" else owned_people(workspace)
