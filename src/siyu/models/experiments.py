"""Experiments of any table: one row per person, a column that names their arm, columns of what they did."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from siyu.kernel.arrays import Bool, Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.economics import Economics, economics
from siyu.measurement.experiment.looks import Spending, look_now
from siyu.measurement.experiment.moments import Moments, NotFiniteError, add, moments
from siyu.measurement.experiment.report import Report, report
from siyu.measurement.experiment.sample_ratio import sample_ratio
from siyu.models.columns import column_of, numbers_of, table_of, text_of

_ROWS_PER_TASK = 1_000_000
#: Arms numbered closer than this keep their numbers.
_CLOSE = 64


@dataclass(frozen=True, slots=True)
class Arms:
    """Moments of the arms, and what was found wrong with the rows on the way."""

    moments: Moments
    warnings: tuple[str, ...]


def arms_of(
    frame: Any,
    *,
    arm: str,
    metrics: Sequence[str],
    person: str | None = None,
    reached: str | None = None,
    control: str | None = None,
    sum_by_person: bool = False,
) -> Arms:
    """Take the moments of the arms, and look for what makes an experiment unreadable.

    Args:
        frame: One row per person; polars, pandas, Arrow.
        arm: Column of the arm.
        metrics: Columns of numbers.
        person: Column of the person: then people in two arms (a leak) are found and left out, and a person with
            several rows is an error, unless the rows are equal (used once) or ``sum_by_person`` is set.
        reached: Column that says whether the person was reached (0 or 1): then a holdout that was reached is found.
        control: The arm that was left alone, for ``reached``.

    Raises:
        BadInputError: a column is missing or holds no numbers, or people have several different rows.
    """
    table = table_of(frame)
    names = [column_of(table, metric) for metric in metrics]
    warnings: list[str] = []
    columns = {"arm": _arm_column(table[column_of(table, arm)])}
    if person is not None:
        columns["person"] = text_of(table[column_of(table, person)])
    if reached is not None:
        columns["reached"] = numbers_of(table[column_of(table, reached)])
    for i, name in enumerate(names):
        columns[f"m{i}"] = numbers_of(table[name])
        if columns[f"m{i}"].null_count() == table.height:
            raise BadInputError(f"column {name!r} holds no numbers")
    rows = pl.DataFrame(columns)
    nowhere = rows["arm"].null_count()
    if nowhere:
        warnings.append(f"{nowhere} rows name no arm: left out")
        rows = rows.filter(pl.col("arm").is_not_null())
    if person is not None:
        rows = _people(rows, warnings, len(names), sum_by_person=sum_by_person)
    if reached is not None:
        warnings += _leaks(rows, control)
    codes, arms = _codes(rows["arm"])
    if not any(rows[f"m{i}"].null_count() for i in range(len(names))):
        try:
            plain = [rows[f"m{i}"].to_numpy() for i in range(len(names))]
            return Arms(_in_tasks(codes, plain, arms, list(metrics)), tuple(warnings))
        except NotFiniteError:
            pass  # look for the rows that are to blame
    values = [rows[f"m{i}"].fill_null(float("nan")).to_numpy() for i in range(len(names))]
    whole: Bool = np.ones(rows.height, np.bool_)
    for name, column in zip(metrics, values, strict=True):
        broken = ~np.isfinite(column)
        if broken.any():
            warnings += _missing(name, broken, codes, arms)
            whole &= ~broken
    if not whole.all():
        codes, values = codes[whole], [column[whole] for column in values]
    if not codes.size:
        raise BadInputError("no row has an arm and finite numbers")
    return Arms(_in_tasks(codes, values, arms, list(metrics)), tuple(warnings))


def _arm_column(column: pl.Series) -> pl.Series:
    """Keep whole numbers as they are (reading them as text is slow), and everything else as text."""
    return column if column.dtype.is_integer() else text_of(column)


def _codes(column: pl.Series) -> tuple[Any, list[str]]:
    """Number the arms; numbers may be left without people."""
    if column.dtype.is_integer() and len(column):
        numbers, low, high = column.to_numpy(), int(column.min()), int(column.max())  # type: ignore[arg-type]  # whole numbers
        if high - low < _CLOSE:
            return numbers - low if low else numbers, [str(low + i) for i in range(high - low + 1)]
    texts = column.cast(pl.String)
    names = texts.unique().sort()
    codes = texts.cast(pl.Enum(names)).to_physical().cast(pl.Int32)
    return np.ascontiguousarray(codes.to_numpy(), np.int32), names.to_list()


def _in_tasks(codes: Any, values: Sequence[Float64], arms: Sequence[str], metrics: Sequence[str]) -> Moments:
    """Take the moments of blocks of rows on two threads, and add them up."""
    columns = [np.ascontiguousarray(column, np.float64) for column in values]
    if codes.size <= _ROWS_PER_TASK:
        return add([moments(codes.astype(np.int32), columns, arms, metrics)])
    begins = range(0, codes.size, _ROWS_PER_TASK)
    with ThreadPoolExecutor(2) as threads:
        parts = threads.map(
            lambda b: moments(
                codes[b : b + _ROWS_PER_TASK].astype(np.int32),
                [column[b : b + _ROWS_PER_TASK] for column in columns],
                arms,
                metrics,
            ),
            begins,
        )
        return add(parts)


def _people(rows: pl.DataFrame, warnings: list[str], metrics: int, *, sum_by_person: bool) -> pl.DataFrame:
    unknown = rows["person"].null_count()
    if unknown:
        warnings.append(f"{unknown} rows name no person: left out")
        rows = rows.filter(pl.col("person").is_not_null())
    arms = rows.group_by("person").agg(pl.col("arm").n_unique().alias("arms"))
    leaked = arms.filter(pl.col("arms") > 1)
    if leaked.height:
        warnings.append(
            f"the holdout leaked: {leaked.height} people are in more than one arm; they are left out, which is no cure:"
            " mend the assignment"
        )
        rows = rows.join(leaked, on="person", how="anti")
    once = rows.unique(maintain_order=True)
    if once.height < rows.height:
        warnings.append(f"{rows.height - once.height} rows repeat a person's row exactly: used once")
    several = once.height - once["person"].n_unique()
    if several and not sum_by_person:
        raise BadInputError(
            f"{several} rows more than people: some have several different rows",
            mend="add them up first, or say --sum-by-person",
        )
    if several:
        warnings.append(f"{several} further rows of the same people were added to their first")
        totals = [pl.col(f"m{i}").sum() for i in range(metrics)]
        extra = [pl.col("reached").max()] if "reached" in once.columns else []
        once = once.group_by("person", maintain_order=True).agg(pl.col("arm").first(), *totals, *extra)
    return once


def _leaks(rows: pl.DataFrame, control: str | None) -> list[str]:
    if control is None:
        return []
    held = rows.filter(pl.col("arm").cast(pl.String) == control)["reached"].fill_null(0.0)
    leaked = int((held > 0).sum())
    if not leaked:
        return []
    share = f"{leaked} of {held.len()} people in {control} ({leaked / held.len():.2%})"
    return [f"the holdout leaked: {share} were reached; every difference is an underestimate, mend the sending"]


def _missing(metric: str, broken: Bool, codes: Any, arms: Sequence[str]) -> list[str]:
    by_arm = {name: int((broken & (codes == i)).sum()) for i, name in enumerate(arms)}
    counts = ", ".join(f"{name} {n}" for name, n in by_arm.items())
    out = [f"{metric} is missing or not finite for {int(broken.sum())} people ({counts}): they are left out"]
    people = {name: float((codes == i).sum()) for i, name in enumerate(arms)}
    if len(arms) > 1 and all(people.values()) and sample_ratio(by_arm, people).p < 0.001:
        out.append(f"{metric} is missing more often in one arm than in another: differences in it may be false")
    return out


def experiment_report(
    frame: Any,
    *,
    arm: str,
    control: str,
    metrics: Sequence[str],
    ratios: Sequence[tuple[str, str]] = (),
    before: Mapping[str, str] | None = None,
    planned: Mapping[str, float] | None = None,
    person: str | None = None,
    reached: str | None = None,
    sum_by_person: bool = False,
    level: float = 0.95,
    tuned: int = 5000,
    looks: Sequence[float] = (),
    planned_people: int | None = None,
    spending: Spending = "obrien",
) -> Report:
    """Compare every arm with the control on every metric; see ``measurement.experiment.report``.

    Args:
        looks, planned_people, spending: A plan of looks: at which shares of how many people, and how the probability
            of a false alarm is spent over them (``measurement.experiment.looks``).
    """
    if bool(looks) != (planned_people is not None):
        raise BadInputError("planned looks need their shares and the number of planned people", where="--looks")
    if not metrics and not ratios:
        raise BadInputError("there is no metric to compare", mend="name one with --metric")
    every = list(dict.fromkeys([*metrics, *(name for pair in ratios for name in pair), *(before or {}).values()]))
    taken = arms_of(
        frame, arm=arm, metrics=every, person=person, reached=reached, control=control, sum_by_person=sum_by_person
    )
    look = None
    if planned_people is not None:
        seen = int(taken.moments.n.sum())
        look = look_now(seen, planned_people, looks, level=level, spending=spending)
    return report(
        taken.moments,
        control,
        metrics,
        ratios=ratios,
        before=before,
        planned=planned,
        level=level,
        tuned=tuned,
        warnings=taken.warnings,
        look=look,
    )


def experiment_economics(
    frame: Any,
    *,
    arm: str,
    control: str,
    bought: str,
    cost: float | Mapping[str, float],
    margin: float,
    planned: Mapping[str, float] | None = None,
    person: str | None = None,
    level: float = 0.95,
) -> Economics:
    """Say what each arm earned per person and which to choose; see ``measurement.experiment.economics``."""
    taken = arms_of(frame, arm=arm, metrics=[bought], person=person, control=control)
    return economics(
        taken.moments, control, bought, cost=cost, margin=margin, planned=planned, level=level, warnings=taken.warnings
    )
