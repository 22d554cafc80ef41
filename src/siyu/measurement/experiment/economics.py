"""What an action earned per person once its cost is paid, arm by arm, and what to do about it.

Definition: profit of a person = margin x what they bought - cost of what was done to them; the control costs nothing.
    ``margin`` is money per purchase where ``bought`` is 0 or 1, and a share where it is money.
Units: those of ``cost``, per person assigned (not per person reached).
When it lies: it holds for people like these, at this cost; what the action does after the window is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, sqrt

import numpy as np
from scipy.special import ndtri, stdtrit

from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.compare import Comparison, exchanged, two_sided, welch
from siyu.measurement.experiment.moments import Moments
from siyu.measurement.experiment.report import check_arms
from siyu.measurement.experiment.sample_ratio import SampleRatio, sample_ratio


@dataclass(frozen=True, slots=True)
class ArmProfit:
    """One arm.

    Attributes:
        bought: Mean per person.
        cost: Per person.
        profit, low, high: Per person, with interval.
        extra, extra_low, extra_high, p: Profit above the control's; None for the control.
        break_even_cost, break_even_low, break_even_high: What the action may cost per person before it loses money.
    """

    arm: str
    people: int
    bought: float
    cost: float
    profit: float
    low: float
    high: float
    extra: float | None
    extra_low: float | None
    extra_high: float | None
    p: float | None
    break_even_cost: float | None
    break_even_low: float | None
    break_even_high: float | None


@dataclass(frozen=True, slots=True)
class Economics:
    """All arms, and the decision.

    Attributes:
        arms: Highest profit first.
        best: The arm to choose; the control means: leave people alone.
        proven: Whether it beats the control (and every other arm) beyond its interval, corrected for their number.
        decision: In words.
    """

    control: str
    margin: float
    level: float
    arms: tuple[ArmProfit, ...]
    best: str
    proven: bool
    decision: str
    sample_ratio: SampleRatio
    warnings: tuple[str, ...]


def economics(
    moments: Moments,
    control: str,
    bought: str,
    *,
    cost: float | Mapping[str, float],
    margin: float,
    planned: Mapping[str, float] | None = None,
    level: float = 0.95,
    warnings: tuple[str, ...] = (),
) -> Economics:
    """Say what each arm earned per person and which one to choose.

    Args:
        bought: The metric that is bought: 0 or 1, a number of purchases, or money.
        cost: Of one person in a treated arm; or by arm.

    Raises:
        BadInputError: no control, no other arm, an arm of one, an unknown metric.
    """
    treated = check_arms(moments, control)
    costs = _costs(cost, treated, control)
    if not isfinite(margin) or margin <= 0.0:
        raise BadInputError(f"a margin is above zero, not {margin:g}", where="--margin")
    said = list(warnings)
    people = {name: int(n) for name, n in zip(moments.arms, moments.n, strict=True) if n}
    fell = sample_ratio(people, planned)
    if fell.broken:
        said.insert(0, f"the arms are not as planned (p = {fell.p:.3g}): the assignment is broken, read nothing")
    column = moments.metric(bought)
    rows = [_row(moments, column, control, cost=0.0, margin=margin, level=level, gain=None)]
    for arm in treated:
        gain = welch(moments, bought, arm, control, level=level)
        rows.append(_row(moments, column, arm, cost=costs[arm], margin=margin, level=level, gain=gain))
    rows.sort(key=lambda row: -row.profit)
    best = rows[0]
    proven = _proven(moments, column, rows, margin, level) and not fell.broken
    return Economics(
        control,
        margin,
        level,
        tuple(rows),
        best.arm,
        proven,
        _decision(best, rows, control, proven=proven, broken=fell.broken, level=level),
        fell,
        tuple(said),
    )


def _costs(cost: float | Mapping[str, float], treated: Sequence[str], control: str) -> dict[str, float]:
    """Return what a person of each treated arm costs.

    Raises:
        BadInputError: an arm has no cost, a cost names no arm, or is below zero.
    """
    costs = {arm: float(cost[arm]) for arm in treated if arm in cost} if isinstance(cost, Mapping) else {}
    if not isinstance(cost, Mapping):
        costs = dict.fromkeys(treated, float(cost))
    elif unknown := sorted(set(cost) - set(treated) - {control}):
        raise BadInputError(f"there is no treated arm {unknown[0]!r}", where="--cost", mend=", ".join(treated))
    if missing := [arm for arm in treated if arm not in costs]:
        raise BadInputError(f"arm {missing[0]!r} has no cost", where="--cost", mend=f"add {missing[0]}=…")
    if wrong := [value for value in costs.values() if not isfinite(value) or value < 0.0]:
        raise BadInputError(f"a cost is not below zero: {wrong[0]:g}", where="--cost")
    return costs


def _row(
    moments: Moments,
    column: int,
    arm: str,
    *,
    cost: float,
    margin: float,
    level: float,
    gain: Comparison | None,
) -> ArmProfit:
    i = moments.arm(arm)
    n, mean = int(moments.n[i]), float(moments.mean[i, column])
    half = float(stdtrit(n - 1, (1 + level) / 2)) * margin * sqrt(float(moments.covariance(i)[column, column]) / n)
    profit = margin * mean - cost
    if gain is None:
        return ArmProfit(arm, n, mean, cost, profit, profit - half, profit + half, *(None,) * 7)
    low, high = sorted((margin * gain.low, margin * gain.high))
    worth = margin * gain.difference
    extra_error = abs(margin) * gain.standard_error
    p = (
        two_sided((worth - cost) / extra_error, gain.degrees)
        if extra_error
        else exchanged(worth - cost, n, gain.people_control)[0]
    )
    return ArmProfit(
        arm, n, mean, cost, profit, profit - half, profit + half,
        worth - cost, low - cost, high - cost, p, worth, low, high,
    )  # fmt: skip


def _proven(moments: Moments, column: int, rows: list[ArmProfit], margin: float, level: float) -> bool:
    """Whether the best arm beats every other one, with a normal test corrected for how many it must beat."""
    best, *others = rows
    reach = float(ndtri(1.0 - (1.0 - level) / 2.0 / len(others)))
    own = float(moments.covariance(moments.arm(best.arm))[column, column]) / best.people
    for row in others:
        spread = float(moments.covariance(moments.arm(row.arm))[column, column]) / row.people
        error, apart = abs(margin) * np.sqrt(own + spread), best.profit - row.profit
        if not error and exchanged(apart, best.people, row.people)[0] * len(others) >= 1.0 - level:
            return False
        if apart <= reach * error:
            return False
    return True


def _decision(best: ArmProfit, rows: list[ArmProfit], control: str, *, proven: bool, broken: bool, level: float) -> str:
    if broken:
        return "no decision: people did not fall into the arms as planned"
    against = next(row for row in rows if row.arm != best.arm)
    apart = f"{best.profit - against.profit:.4g} more per person than {against.arm}"
    if best.arm == control:
        loss = f"every arm earned less than leaving people alone ({control}); the nearest is {against.arm}, {apart}"
        end = "stop the action" if proven else "this is not proven: stop, or go on only with a larger holdout"
        return f"leave people alone: {loss}; {end}"
    inside = f"{level:.0%} interval {best.extra_low:.4g} to {best.extra_high:.4g}"
    if isnan(best.extra_low or 0.0):
        inside = "no interval: neither arm varies"
    gain = f"{best.extra:+.4g} per person over {control} ({inside})"
    if proven:
        return f"choose {best.arm}: {gain}, after its cost of {best.cost:g}"
    if best.extra_low is not None and best.extra_low > 0:
        return f"choose {best.arm}: {gain}; that it beats {against.arm} is not proven ({apart})"
    return f"not decided: {best.arm} looks best, {gain}, but the interval holds zero; keep the holdout and go on"
