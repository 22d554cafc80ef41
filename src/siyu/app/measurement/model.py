"""Tables for the models from a workspace: its orders, and what the people of a play did."""

from dataclasses import replace

import numpy as np
import polars as pl
from sqlalchemy import select

from siyu import models
from siyu.app.lake import measure
from siyu.app.measurement.metric import arms_of_play
from siyu.app.workspace import Workspace
from siyu.dispatch.message import MessageState
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import exponent
from siyu.measurement.experiment.outcomes import Outcomes
from siyu.measurement.experiment.report import Report
from siyu.measurement.models.order_rows import EveryOrder
from siyu.measurement.ports import Engine
from siyu.measurement.span import Span
from siyu.stores.sql.schema.campaigns import assignment
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

#: A message in one of these states may have reached the person.
_WENT_OUT = (MessageState.CLAIMED, MessageState.AWAITING, MessageState.SENT, MessageState.UNKNOWN)


def orders_of(
    workspace: Workspace, *, by: str = "source_code", currency: str = "", engine: Engine | None = None
) -> pl.DataFrame:
    """Return every order and return: customer (the person's number), date, value, source, currency.

    Days are the brand's; money is in whole units, returns are below zero.

    Raises:
        BadInputError: there is no order (in this currency), or orders are in several currencies.
    """
    rows = measure(workspace, EveryOrder(by), engine=engine)
    table = pl.DataFrame(
        {"customer": rows.person, "at": rows.at, "minor": rows.minor, "source": rows.source, "currency": rows.currency},
        schema_overrides={"source": pl.String, "currency": pl.String},
    )
    if currency:
        table = table.filter(pl.col("currency") == currency)
    if not table.height:
        raise BadInputError(f"there is no order{' in ' + currency if currency else ''} in this workspace")
    kinds = table["currency"].unique().sort().to_list()
    if len(kinds) > 1:
        raise BadInputError(f"orders are in several currencies: {', '.join(kinds)}", mend="choose one with --currency")
    moment = pl.from_epoch("at", time_unit="us").dt.replace_time_zone("UTC")
    return table.select(
        pl.col("customer").cast(pl.String),
        moment.dt.convert_time_zone(workspace.settings.brand.zone).dt.date().alias("date"),
        (pl.col("minor") / 10 ** exponent(kinds[0])).alias("value"),
        "source",
        "currency",
    )


def report_of_play(
    workspace: Workspace, play: str, *, days: int = 30, level: float = 0.95, engine: Engine | None = None
) -> Report:
    """Compare the people a play treated with those it held out: retention, orders, money, CUPED by money before.

    Everybody who was drawn counts in the arm they were drawn into, reached or not.

    Args:
        days: How long after the draw people are looked at, and as long before it for CUPED.

    Raises:
        BadInputError: the play drew nobody, nobody's time is over, or an arm is empty or of one person.
    """
    if days < 2:
        raise BadInputError("an outcome needs two days at least", where="--days")
    arms = arms_of_play(workspace, play)
    _, last = measure(workspace, Span(), engine=engine)
    until = min(workspace.clock.now_us(), last + 1)
    rows = measure(workspace, Outcomes(arms, days, until), engine=engine)
    if not rows.person.size:
        raise BadInputError(f"the {days} days after the draw are not over for anybody", mend="fewer --days, or later")
    unit = 10 ** exponent(workspace.settings.brand.currency)
    reached, planned, both = _draw(workspace, play)
    arm = np.where(rows.treated == 1, "treated", "held out")
    table = pl.DataFrame(
        {
            "arm": arm, "kept on day 1": rows.kept_d1, "kept on day 7": rows.kept_d7, "kept": rows.kept,
            "orders": rows.orders, "money": rows.money_minor / unit, "money before": rows.before_minor / unit,
            "reached": np.isin(rows.person, np.array(sorted(reached), np.int64)).astype(np.int64),
        }
    )  # fmt: skip
    # without one planned share the arms are taken as they fell: then there is nothing to check
    holdout = planned if planned is not None else float((rows.treated == 0).mean())
    metrics = ["kept on day 1", "kept on day 7", "kept", "orders", "money"]
    found = models.experiment_report(
        table, arm="arm", control="held out", metrics=[m for m in metrics if days > 8 or m != "kept on day 7"],
        before={"money": "money before"}, reached="reached", level=level,
        planned={"held out": holdout, "treated": 1 - holdout},
    )  # fmt: skip
    said = list(found.warnings)
    if rows.immature:
        said.append(f"{rows.immature} people were drawn less than {days} days ago: left out of both arms")
    if both:
        said.append(f"{both} people were drawn into both arms before they were merged: the earlier draw counts")
    if planned is None:
        said.append("people were drawn with several holdout shares: the arms are not checked against one plan")
    return replace(found, warnings=tuple(said))


def _draw(workspace: Workspace, play: str) -> tuple[set[int], float | None, int]:
    """Return people whom a message of the play may have reached, the planned holdout share, and how many merged."""
    joined = select(identifier.c.person_id, assignment.c.treated, assignment.c.share).join(
        identifier, identifier.c.identifier_id == assignment.c.identifier_id
    )
    went = (
        select(identifier.c.person_id)
        .join(message, message.c.identifier_id == identifier.c.identifier_id)
        .where(message.c.play == play, message.c.state.in_([str(state) for state in _WENT_OUT]))
        .distinct()
    )
    with workspace.database.read() as connection:
        drawn = connection.execute(joined.where(assignment.c.play == play)).all()
        reached = set(connection.execute(went).scalars())
    shares = {float(row.share) for row in drawn}
    arms: dict[int, set[int]] = {}
    for row in drawn:
        arms.setdefault(row.person_id, set()).add(row.treated)
    share = shares.pop() if len(shares) == 1 else None
    return reached, share if share is not None and 0 < share < 1 else None, sum(len(one) > 1 for one in arms.values())
