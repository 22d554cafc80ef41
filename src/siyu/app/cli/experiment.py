"""``siyu experiment``: what an action brought against people who were left alone."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from siyu import models
from siyu.app.cli.answer import answer, notes
from siyu.app.intake.tables import read_table
from siyu.app.measurement.metric import engine_of
from siyu.app.measurement.model import report_of_play
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.power import plan
from siyu.measurement.experiment.report import Report

app = App(name="experiment", help="What an action brought, against people who were left alone.")


@app.command
def report(
    file: Path | None = None,
    *,
    play: Annotated[str | None, Parameter(help="Compare who this play treated with whom it held out.")] = None,
    workspace: Annotated[Path | None, Parameter(help="Where the play ran.")] = None,
    days: Annotated[int, Parameter(help="Of a play: how long after the draw people are looked at.")] = 30,
    arm: str | None = None,
    control: str | None = None,
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    ratio: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    before: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    planned: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    person: str | None = None,
    reached: str | None = None,
    sum_by_person: bool = False,
    level: float = 0.95,
    tuned: int = 5000,
    looks: Annotated[list[float] | None, Parameter(consume_multiple=True)] = None,
    planned_people: int | None = None,
    spending: Literal["obrien", "pocock", "linear"] = "obrien",
    engine: Annotated[str, Parameter(help="Of a play: local (threads), or spark.")] = "local",
    master: Annotated[str, Parameter(help="Spark's master, such as local-cluster[2,1,1024].")] = "",
    json: bool = False,
) -> None:
    """Compare every arm with the control: estimates, intervals, p, sample ratio, verdict in words.

    Args:
        file: One row per person: CSV, TSV, Parquet or Excel; or give --play.
        arm: Column that names the arm.
        control: The arm that was left alone.
        metric: Columns to compare.
        ratio: Ratios of sums to compare, such as spend/visit.
        before: A figure from before the experiment for a metric, such as spend=history (CUPED).
        planned: Planned shares where they are not equal, such as control=0.1 mail=0.9.
        person: Column of the person; finds people in two arms and people with several rows.
        reached: Column that says who was reached; finds a holdout that leaked.
        sum_by_person: Add up several rows of one person.
        level: Of the intervals.
        tuned: At how many people the always valid interval is narrowest.
        looks: Planned looks as shares of the planned people, such as 0.25 0.5 0.75 1: says whether one may stop now.
        planned_people: For how many people, in all arms, the experiment was planned.
        spending: How the false alarms are spent over the looks: obrien (late), pocock (evenly) or linear.
        json: One JSON document on standard output.
    """
    if play is not None:
        with notes.status("measuring and comparing"):
            opened = open_workspace(workspace)
            found = report_of_play(opened, play, days=days, level=level, engine=engine_of(engine, master))
        _answer_report(found, json=json)
        return
    if file is None or arm is None or control is None:
        raise BadInputError("give a file with --arm and --control, or a --play")
    with notes.status("reading and comparing"):
        found = models.experiment_report(
            read_table(file),
            arm=arm,
            control=control,
            metrics=metric or [],
            ratios=[_pair(text, "/") for text in ratio or []],
            before=dict(_pair(text, "=") for text in before or []),
            planned=_numbers(planned),
            person=person,
            reached=reached,
            sum_by_person=sum_by_person,
            level=level,
            tuned=tuned,
            looks=looks or [],
            planned_people=planned_people,
            spending=spending,
        )
    _answer_report(found, json=json)


@app.command
def economics(
    file: Path,
    *,
    arm: str,
    control: str,
    bought: str,
    cost: Annotated[list[str], Parameter(consume_multiple=True)],
    margin: float,
    planned: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    person: str | None = None,
    level: float = 0.95,
    json: bool = False,
) -> None:
    """Say what each arm earned per person after its cost, and what to do.

    Args:
        file: One row per person.
        arm: Column that names the arm.
        control: The arm that was left alone; it costs nothing.
        bought: Column of what was bought: 0 or 1, a number, or money.
        cost: Of one person in a treated arm (0.15), or by arm (mail=0.15 call=2).
        margin: Money per purchase, or share of the money if ``bought`` is money.
        planned: Planned shares where they are not equal, such as control=0.1 mail=0.9.
        person: Column of the person; finds people in two arms and people with several rows.
        level: Of the intervals.
        json: One JSON document on standard output.
    """
    if len(cost) == 1 and "=" not in cost[0]:
        costs: float | dict[str, float] = _number(cost[0], "--cost")
    else:
        costs = _numbers(cost) or {}
    with notes.status("reading and comparing"):
        found = models.experiment_economics(
            read_table(file),
            arm=arm,
            control=control,
            bought=bought,
            cost=costs,
            margin=margin,
            planned=_numbers(planned),
            person=person,
            level=level,
        )
    answer(found, json=json)


@app.command
def power(
    *,
    effect: float | None = None,
    people: int | None = None,
    sd: float | None = None,
    share: float | None = None,
    relative: bool = False,
    power: float = 0.8,
    level: float = 0.95,
    holdout: float = 0.5,
    arms: int = 1,
    people_per_day: float | None = None,
    explained: float = 0.0,
    json: bool = False,
) -> None:
    """Say how many people and days an experiment needs, or what it could see.

    Args:
        effect: The smallest difference that matters, in the unit of the metric.
        people: Or: how many people there are; says which difference they can show.
        sd: Standard deviation of the metric.
        share: Or: the share that buys now, between 0 and 1.
        relative: The effect is a share of ``--share``: 0.1 is ten per cent more.
        power: Probability of finding the effect.
        level: 1 minus the probability of a false alarm.
        holdout: Share of the people left alone.
        arms: Number of treated arms.
        people_per_day: How many people come in a day; adds the number of days.
        explained: Share of the variance known from before (CUPED).
        json: One JSON document on standard output.
    """
    if (sd is None) == (share is None):
        raise BadInputError("give either --sd or --share")
    if share is not None and not 0.0 < share < 1.0:
        raise BadInputError(f"a share lies between 0 and 1, not {share}")
    if relative and (effect is None or share is None):
        raise BadInputError("--relative needs --effect and --share")
    spread = sd if sd is not None else ((share or 0.0) * (1.0 - (share or 0.0))) ** 0.5
    wanted = effect * share if relative and effect is not None and share is not None else effect
    found = plan(
        sd=spread,
        effect=wanted,
        people=people,
        power=power,
        level=level,
        holdout=holdout,
        arms=arms,
        people_per_day=people_per_day,
        explained=explained,
    )
    answer(found, json=json)


def _pair(text: str, mark: str) -> tuple[str, str]:
    left, found, right = text.rpartition(mark)
    if not found or not left or not right:
        raise BadInputError(f"{text!r} is not a pair", mend=f"write it like a{mark}b")
    return left, right


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadInputError(f"{text!r} is not a number", where=where) from error


def _numbers(pairs: list[str] | None) -> dict[str, float] | None:
    if not pairs:
        return None
    return {name: _number(value, name) for name, value in (_pair(text, "=") for text in pairs)}


def _answer_report(found: Report, *, json: bool) -> None:
    if json:
        answer(found, json=True)
        return
    words = {f"{i}.": one.words for i, one in enumerate(found.findings, 1)}
    answer(
        {"verdict": found.verdict, "warnings": found.warnings, "people": found.people}
        | {"sample_ratio_p": found.sample_ratio.p}
        | words,
        json=False,
    )
