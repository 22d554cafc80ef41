"""Lifetime value: what the customers one has will bring, and how far that was right in the past.

One chain: purchases to come (BG/NBD, MBG/NBD or Pareto/NBD) times the amount of each (Gamma-Gamma), net of returns,
times the margin, discounted by month. Beside every prediction stands a backtest on the same customers, and an
interval; whatever is wrong with the data or the fit is said in ``warnings``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtri

from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.backtest import Backtest, backtest, inside_of
from siyu.measurement.models.bgbb import BgBb
from siyu.measurement.models.bgnbd import BgNbd
from siyu.measurement.models.gamma_gamma import GammaGamma
from siyu.measurement.models.histories import Grouped
from siyu.measurement.models.ltv_result import Estimate, GroupValue, LifetimeValue, Total
from siyu.measurement.models.newton import Fit
from siyu.measurement.models.opportunities import Opportunities
from siyu.measurement.models.orders import Purchases, purchases
from siyu.measurement.models.pareto_nbd import ParetoNbd
from siyu.measurement.models.value import (
    Ahead,
    Amounts,
    RepeatModel,
    Values,
    amounts,
    expected,
    totals_of_draws,
    values,
)

MODELS: Final[Mapping[str, RepeatModel]] = {
    "bg-nbd": BgNbd(),
    "mbg-nbd": BgNbd(modified=True),
    "pareto-nbd": ParetoNbd(),
}
#: Counts opportunities instead of days, so its likelihood is not to be compared with that of the others.
IN_OPPORTUNITIES: Final = "bg-bb"
#: The others are fitted beside the chosen one up to this many distinct histories (a second or so).
_COMPARE_UP_TO = 100_000
_DRAWS = 60


@dataclass(frozen=True, slots=True)
class Orders:
    """Order rows, customer by customer and day by day (see ``orders.purchases``); money in minor units."""

    customer: Int64
    day: Int64
    minor: Int64


def value_customers(
    orders: Orders,
    *,
    model: str = "bg-nbd",
    until_day: int | None = None,
    ahead: Ahead | None = None,
    level: float = 0.8,
    minor_per_unit: int = 100,
    opportunity_days: int = 7,
) -> LifetimeValue:
    """Fit, predict and check.

    Args:
        model: One of ``MODELS``, or ``bg-bb``, which asks at every opportunity whether somebody buys.
        opportunity_days: Length of an opportunity; the last one ends with ``until_day``.
        until_day: Last day that counts as history; rows after it become the backtest. The last day by default.
        ahead: How far one looks, discount and margin.
        level: Of the intervals.

    Raises:
        BadInputError: an unknown model, or nobody with a purchase.
    """
    if model not in MODELS and model != IN_OPPORTUNITIES:
        raise BadInputError(f"unknown model {model!r}", mend=f"one of {', '.join([*MODELS, IN_OPPORTUNITIES])}")
    if not orders.day.size:
        raise BadInputError("there is no order", mend="check the column names")
    ahead = ahead or Ahead()
    last_day = int(orders.day.max())
    until = last_day if until_day is None else until_day
    if model == IN_OPPORTUNITIES:
        return _in_opportunities(orders, Opportunities(until, opportunity_days), ahead, level, minor_per_unit)
    view = _View(orders, until, last_day, ahead, level, minor_per_unit)
    return _value(model, MODELS[model], view)


def _in_opportunities(
    orders: Orders, grid: Opportunities, ahead: Ahead, level: float, minor_per_unit: int
) -> LifetimeValue:
    """Do the same with numbers of opportunities for days, and say days again."""
    number = grid.number(orders.day)
    last = int(number.max())
    if grid.last_day(last) > int(orders.day.max()):
        last = max(last - 1, -1)  # the last one is not over
    inside = number <= last
    few = Orders(orders.customer[inside], number[inside], orders.minor[inside])
    inner = replace(ahead, unit_days=1.0, month_days=ahead.month_days / grid.days)
    found = _value(IN_OPPORTUNITIES, BgBb(), _View(few, -1, last, inner, level, minor_per_unit, (2, 4)))
    days = purchases(orders.customer, orders.day, orders.minor, until=grid.until_day)
    place = np.searchsorted(days.person, found.person)
    history = replace(found.history, first_day=days.first_day[place], last_day=days.last_day[place])
    past = found.backtest
    if past is not None:
        cut, end = grid.last_day(past.cut_day), grid.last_day(past.end_day)
        past = replace(past, cut_day=cut, end_day=end, days=end - cut)
    return replace(
        found,
        until_day=grid.until_day,
        unit_days=float(grid.days),
        ahead=ahead,
        backtest=past,
        history=history,
        cohorts=by_group(
            history, found.values, _months(history.first_day), minor_per_unit, doubt=found.doubt, level=level
        ),
    )


def _value(model: str, chosen: RepeatModel, view: "_View") -> LifetimeValue:
    """Fit, predict and check one model."""
    orders, until, last_day = view.orders, view.until, view.last_day
    ahead, level, minor_per_unit = view.ahead, view.level, view.minor_per_unit
    history = purchases(orders.customer, orders.day, orders.minor, until=until, end=last_day)
    if not len(history):
        raise BadInputError("no customer has a purchase by then", mend="choose a later --until")
    warnings: list[str] = []
    grouped = history.histories(until, unit_days=ahead.unit_days)
    fit = chosen.fit(grouped.histories)
    warnings += fit.warnings
    spend, correlation = _spend(history, minor_per_unit, warnings)
    amount = _amounts(history, spend, minor_per_unit)
    ahead_of = expected(chosen, fit.values, grouped.histories, ahead)
    each = values(grouped, ahead_of, amount, margin=ahead.margin, level=level)
    if nothing := _nothing_to_say(history):
        warnings.append(nothing)
        unknown = np.full(len(history), np.nan)
        each = Values(unknown, unknown, unknown, unknown, unknown, unknown)
    distance = _frequency_distance(chosen, fit, grouped)
    noise = 0.8 * np.sqrt(11.0 / grouped.histories.customers)
    if distance > 0.03 + noise:
        warnings.append(
            f"{chosen.name} does not fit: its numbers of repeats are {distance:.1%} away from the true ones"
        )
    past = _past(chosen, view)
    warnings += _judge(past, level)
    others = []
    for name, other in MODELS.items():
        if model in MODELS and name != model and len(grouped.histories) <= _COMPARE_UP_TO:
            rival = other.fit(grouped.histories)
            others.append((name, rival.log_likelihood, _past(other, view)))
            if rival.log_likelihood > fit.log_likelihood + 3.0 and not rival.warnings:
                warnings.append(f"{name} fits better: log-likelihood {rival.log_likelihood:,.1f}")
    drawn = totals_of_draws(chosen, (fit, spend), grouped, amount, ahead, draws=_DRAWS)[1]
    missed = past.value_error if past is not None else 0.0
    low, high = inside_of(float(each.value.sum()), each.variance, drawn, level, missed=missed)
    total = Total(len(history), float(each.purchases.sum()), float(each.value.sum()), low, high)
    doubt = float(np.hypot(drawn.std() / total.value, missed)) if total.value > 0 else float("nan")
    return LifetimeValue(
        until,
        ahead.unit_days,
        ahead,
        level,
        estimate(chosen.name, fit),
        estimate("Gamma-Gamma", spend) if spend else None,
        correlation,
        distance,
        past,
        tuple(others),
        total,
        by_group(history, each, _months(history.first_day), minor_per_unit, doubt=doubt, level=level),
        tuple(warnings),
        doubt,
        history.person,
        each,
        history,
    )


def _nothing_to_say(history: Purchases) -> str:
    """Return why there is no prediction, or an empty text."""
    if len(history) == 1:
        return "one customer only: one history says nothing of the next, no value is given"
    if not history.repeats.any():
        return "nobody bought on a second day: nothing can be said of purchases to come, no value is given"
    return ""


def estimate(name: str, fit: Fit) -> Estimate:
    """Put a fit in words."""
    errors = dict(zip(fit.names, fit.errors.tolist(), strict=True))
    return Estimate(name, fit.parameters, errors, fit.log_likelihood, fit.observations)


def by_group(
    history: Purchases,
    each: Values,
    names: Sequence[str],
    minor_per_unit: int = 100,
    *,
    doubt: float = 0.0,
    level: float = 0.8,
) -> tuple[GroupValue, ...]:
    """Add customers up by a name each of them has (cohort, source), in alphabetical order.

    Args:
        doubt: Relative standard deviation that all customers share (``LifetimeValue.doubt``).
    """
    labels, of = np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)
    count = np.bincount(of, minlength=labels.size)
    repeaters = np.bincount(of, weights=history.repeats > 0, minlength=labels.size)
    kept = np.bincount(of, weights=history.kept_minor / minor_per_unit, minlength=labels.size)
    value = np.bincount(of, weights=each.value, minlength=labels.size)
    variance = np.bincount(of, weights=each.variance, minlength=labels.size)
    half = float(ndtri((1.0 + level) / 2.0)) * np.sqrt(variance + (doubt * value) ** 2)
    low, high = np.maximum(value - half, 0.0), value + half
    columns = (count, repeaters, kept, value, low, high, value / count)
    return tuple(
        GroupValue(str(label), int(n), int(again), *(float(one) for one in figures))
        for label, n, again, *figures in zip(labels, *columns, strict=True)
    )


def _months(day: Int64) -> Sequence[str]:
    return [str(month) for month in day.astype("datetime64[D]").astype("datetime64[M]")]


def _spend(history: Purchases, minor_per_unit: int, warnings: list[str]) -> tuple[Fit | None, float | None]:
    """Fit the amounts; None, with a reason in ``warnings``, where that makes no sense."""
    used = (history.repeats > 0) & (history.repeat_minor > 0)
    left_out = int(((history.repeats > 0) & (history.repeat_minor <= 0)).sum())
    if left_out:
        warnings.append(f"{left_out} repeat customers kept nothing of value: left out of the model of amounts")
    if int(used.sum()) < 10:
        warnings.append("too few repeat customers to model amounts: everybody is given the mean amount, no interval")
        return None, None
    spend = GammaGamma().fit(history.spendings(minor_per_unit=minor_per_unit))
    warnings += [f"amounts: {warning}" for warning in spend.warnings]
    repeats, mean = history.repeats[used], history.repeat_minor[used] / history.repeats[used]
    correlation = float(np.corrcoef(repeats, mean)[0, 1]) if np.ptp(repeats) and np.ptp(mean) else 0.0
    if abs(correlation) > 0.3:
        warnings.append(f"amounts depend on how often people buy (correlation {correlation:.2f}): values are biased")
    finite = np.isfinite(spend.values).all() and spend.parameters["q"] > 1.0
    return (spend if finite else None), correlation


def _amounts(history: Purchases, spend: Fit | None, minor_per_unit: int) -> Amounts:
    mean = float(history.kept_minor.sum() / minor_per_unit / (history.repeats + 1).sum())
    return amounts(spend, history.repeats.astype(np.float64), history.repeat_minor / minor_per_unit, otherwise=mean)


@dataclass(frozen=True, slots=True)
class _View:
    """The orders, and how one looks at them; ``least``: the shortest time to predict, and to learn from."""

    orders: Orders
    until: int
    last_day: int
    ahead: Ahead
    level: float
    minor_per_unit: int
    least: tuple[int, int] = (7, 28)


def _past(model: RepeatModel, view: _View) -> Backtest | None:
    """Predict a time that is known already: what lies after ``until``, else the last third of the history."""
    orders, cut = view.orders, view.until
    if view.last_day <= cut:
        cut -= (cut - int(orders.day.min())) // 3
    end = max(view.until, view.last_day)
    history = purchases(orders.customer, orders.day, orders.minor, until=cut, end=end)
    if not len(history) or end - cut < view.least[0] or cut - int(history.first_day.min()) < view.least[1]:
        return None
    spend, _ = _spend(history, view.minor_per_unit, [])
    return backtest(
        model,
        history,
        (cut, end),
        (spend, _amounts(history, spend, view.minor_per_unit)),
        unit_days=view.ahead.unit_days,
        level=view.level,
        minor_per_unit=view.minor_per_unit,
    )


def _judge(past: Backtest | None, level: float) -> list[str]:
    if past is None:
        return ["no backtest: the history is shorter than five weeks"]
    out = []
    if abs(past.purchases_error) > 0.25:
        out.append(f"backtest: purchases were missed by {past.purchases_error:+.1%}")
    if past.value_actual < past.value_low or past.value_actual > past.value_high:
        out.append(
            f"backtest: {past.value_actual:,.2f} came in, outside the model's own interval of"
            f" {past.value_low:,.2f} to {past.value_high:,.2f}; the interval of the total is widened by that error"
        )
    if past.covered is not None and past.covered < level - 0.1:
        out.append(f"backtest: the {level:.0%} intervals held only {past.covered:.0%} of the customers")
    return out


def _frequency_distance(model: RepeatModel, fit: Fit, grouped: Grouped) -> float:
    """Compare the true numbers of repeats with those of customers drawn from the model."""
    histories = grouped.histories
    times = max(1, round(50_000 / histories.customers))
    count = np.maximum(np.round(histories.n * min(times, 200_000 / histories.customers + times - 1)), 0).astype(
        np.int64
    )
    if not count.sum():
        count = np.ones(len(histories), np.int64)
    drawn, _ = model.simulate(fit.values, np.repeat(histories.age, count), seed=11)
    true = np.bincount(np.minimum(np.repeat(histories.x, count), 10).astype(np.int64), minlength=11)
    model_count = np.bincount(np.minimum(drawn, 10).astype(np.int64), minlength=11)
    return float(np.abs(true / true.sum() - model_count / model_count.sum()).sum() / 2)
