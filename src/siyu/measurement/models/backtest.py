"""A prediction of a time that is known already, beside what then happened."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from siyu.kernel.arrays import Float64
from siyu.measurement.models.newton import Fit
from siyu.measurement.models.orders import Purchases
from siyu.measurement.models.value import Ahead, Amounts, RepeatModel, expected, totals_of_draws, values

_DRAWS = 40


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well a model fitted on the past up to ``cut_day`` predicted the time up to ``end_day``.

    Attributes:
        purchases, purchases_actual: Repeat purchases of the customers known at the cut.
        purchases_error: Predicted over actual, minus one.
        mean_absolute_error, root_mean_square_error: Per customer, in purchases.
        naive_mean_absolute_error: Of "they go on as before": repeats / age x days ahead.
        value, value_actual, value_error: Money kept (no margin, no discount).
        value_low, value_high: Interval of the total, from the fit alone.
        covered: Share of customers whose true money lies in their interval; None if there are no intervals.
    """

    cut_day: int
    end_day: int
    days: int
    customers: int
    purchases: float
    purchases_actual: int
    purchases_error: float
    mean_absolute_error: float
    root_mean_square_error: float
    naive_mean_absolute_error: float
    value: float
    value_low: float
    value_high: float
    value_actual: float
    value_error: float
    covered: float | None
    level: float


def backtest(
    model: RepeatModel,
    history: Purchases,
    days: tuple[int, int],
    spending: tuple[Fit | None, Amounts],
    *,
    unit_days: float,
    level: float,
    minor_per_unit: int,
) -> Backtest:
    """Fit on the history, predict what followed, compare.

    Args:
        history: Cut at the first of ``days``, with what followed up to the second in ``later_days``.
        days: Last day of the history and last day of the prediction.
        spending: The model of amounts (or None) and what each customer spends.
    """
    cut, end = days
    grouped = history.histories(cut, unit_days=unit_days)
    fit = model.fit(grouped.histories)
    ahead = Ahead(1.0, 0.0, 1.0, unit_days, float(end - cut))
    ahead_of = expected(model, fit.values, grouped.histories, ahead)
    each = values(grouped, ahead_of, spending[1], level=level)
    true, money = history.later_days.astype(np.float64), history.later_minor / minor_per_unit
    _, drawn = totals_of_draws(model, (fit, spending[0]), grouped, spending[1], ahead, draws=_DRAWS)
    low, high = inside_of(float(each.value.sum()), each.variance, drawn, level)
    age = np.maximum(cut - history.first_day, 1)
    naive = history.repeats / age * (end - cut)
    known = np.isfinite(each.low)
    # half a minor unit of grace: money is in whole ones
    held = (money >= each.low - 0.5 / minor_per_unit) & (money <= each.high + 0.5 / minor_per_unit)
    bought, value = float(each.purchases.sum()), float(each.value.sum())
    return Backtest(
        cut,
        end,
        end - cut,
        len(history),
        bought,
        int(true.sum()),
        _ratio(bought, float(true.sum())),
        float(np.abs(each.purchases - true).mean()),
        float(np.sqrt(((each.purchases - true) ** 2).mean())),
        float(np.abs(naive - true).mean()),
        value,
        low,
        high,
        float(money.sum()),
        _ratio(value, float(money.sum())),
        float(held[known].mean()) if known.any() else None,
        level,
    )


def inside_of(
    value: float, variance: Float64, drawn: Float64, level: float, *, missed: float = 0.0
) -> tuple[float, float]:
    """Return the interval of a total.

    Args:
        value: The expected total.
        variance: Of each customer.
        drawn: The total under parameters drawn at random.
        missed: Relative error the model made in a backtest, as one more independent standard deviation.
    """
    if not np.isfinite(variance).all():
        return float("nan"), float("nan")
    sd = float(np.sqrt(variance.sum() + drawn.var() + (missed * value) ** 2)) if np.isfinite(missed) else float("nan")
    half = float(ndtri((1.0 + level) / 2.0)) * sd
    return max(value - half, 0.0), value + half


def _ratio(predicted: float, actual: float) -> float:
    return predicted / actual - 1.0 if actual else float("nan")
