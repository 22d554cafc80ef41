"""What each customer will probably bring, with an interval: purchases to come times the amount of each.

Definition: value = margin x sum over months of (expected purchases in that month x expected amount), each month
    discounted. The interval of one customer holds the money they will bring with the given probability: the chance of
    nothing is exact, what is above nothing is taken as log-normal with the model's mean and variance. The interval of
    the total adds the spread of the customers to the uncertainty of the parameters.
Units: money in whole units; months of 365.25 / 12 days.
Source: Fader, Hardie and Lee, RFM and CLV: Using Iso-Value Curves, Journal of Marketing Research 42 (2005).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.measurement.models.future import Future
from siyu.measurement.models.gamma_gamma import GammaGamma
from siyu.measurement.models.histories import Grouped, Histories
from siyu.measurement.models.newton import Fit
from siyu.measurement.models.sums import dot, weigh

MONTH_DAYS = 365.25 / 12


class RepeatModel(Protocol):
    """How often people buy and when they leave: BG/NBD, MBG/NBD, Pareto/NBD, BG/BB."""

    @property
    def name(self) -> str:
        """The name people know it by."""
        ...

    def fit(self, histories: Histories) -> Fit:
        """Find the most likely parameters."""
        ...

    def log_likelihood(self, parameters: Float64, histories: Histories) -> tuple[float, Float64, Float64]:
        """Return value, gradient and Hessian."""
        ...

    def alive(self, parameters: Float64, histories: Histories) -> Float64:
        """Return the probability that a customer with each history is still there."""
        ...

    def future(self, parameters: Float64, x: Float64, age: Float64, ahead: Float64) -> Future:
        """Say how many purchases come from those who are still there."""
        ...

    def simulate(self, parameters: Float64, age: Float64, seed: int) -> tuple[Float64, Float64]:
        """Draw repeats and time of the last purchase."""
        ...


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far one looks, and what money then is worth.

    Attributes:
        months: Number of months.
        discount: Per month: 0.01 makes money of next month worth 1/1.01.
        margin: Share of the amount that is earned.
        unit_days: Length of the model's unit of time in days.
        month_days: Length of a month in days.
    """

    months: float = 12.0
    discount: float = 0.01
    margin: float = 1.0
    unit_days: float = 7.0
    month_days: float = MONTH_DAYS

    @property
    def horizons(self) -> Float64:
        """The ends of the months, in the model's unit; the last may end a broken month."""
        ends = np.append(np.arange(1.0, np.ceil(self.months - 1e-9)), self.months)
        return np.asarray(ends * self.month_days / self.unit_days, np.float64)

    @property
    def worth(self) -> Float64:
        """What money of each month is worth now."""
        ends = np.append(np.arange(1.0, np.ceil(self.months - 1e-9)), self.months)
        return np.asarray((1.0 + self.discount) ** -ends, np.float64)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to come of each history.

    Attributes:
        alive: Probability of being there.
        purchases: Expected purchases over the whole horizon.
        discounted: The same, each month worth what it is worth now.
        square: Expected square of the number of purchases.
        none: Probability of no purchase.
    Shape: (histories,) each.
    """

    alive: Float64
    purchases: Float64
    discounted: Float64
    square: Float64
    none: Float64


def expected(model: RepeatModel, parameters: Float64, histories: Histories, ahead: Ahead) -> Expected:
    """Say what is to come of each history within ``ahead``."""
    pairs, of = np.unique(histories.x + 1j * histories.age, return_inverse=True)
    horizons = ahead.horizons
    future = model.future(parameters, pairs.real.copy(), pairs.imag.copy(), horizons)
    monthly = np.diff(future.mean, axis=0, prepend=0.0)
    alive = model.alive(parameters, histories)
    return Expected(
        alive,
        alive * future.mean[-1][of],
        alive * weigh(np.ascontiguousarray(monthly.T), ahead.worth)[of],
        alive * future.square[-1][of],
        1.0 - alive + alive * future.none[-1][of],
    )


@dataclass(frozen=True, slots=True)
class Values:
    """What each customer will probably bring.

    Attributes:
        value: Expected discounted margin.
        low, high: The interval; both NaN where the model has no finite variance.
        purchases: Expected purchases.
        alive: Probability of being there.
        variance: Of the value; NaN as above.
    Shape: (customers,) each.
    """

    value: Float64
    low: Float64
    high: Float64
    purchases: Float64
    alive: Float64
    variance: Float64


def quick_values(
    grouped: Grouped, ahead_of: Expected, spend: Fit, x: Int64, total_minor: Int64, *, scale: float
) -> Float64:
    """Return the expected value of each customer, without an interval: one pass over the customers.

    Args:
        scale: Margin divided by minor units per unit of money.
    """
    p, q, v = spend.values.tolist()
    return _values(grouped.of, ahead_of.discounted, x, total_minor, p, q, v / scale, scale)


@compiled
def _values(  # noqa: PLR0917  a compiled kernel takes its columns by position
    of: Int32, purchases: Float64, x: Int64, total: Int64, p: float, q: float, v: float, scale: float
) -> Float64:
    out = np.empty(of.size)
    for i in range(of.size):
        repeats = x[i] if total[i] > 0 else 0
        money = max(total[i], 0)
        out[i] = purchases[of[i]] * scale * p * (v + money) / (p * repeats + q - 1.0)
    return out


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each customer spends at a purchase.

    Attributes:
        mean: Expected amount of the next purchase.
        square: Expected squared scale of the amounts (Gamma-Gamma), NaN where there is none.
        shape: Of the gamma distribution of one customer's amounts.
    Shape: (customers,) each, but ``shape``.
    """

    mean: Float64
    square: Float64
    shape: float


def amounts(spend: Fit | None, x: Float64, total: Float64, *, otherwise: float) -> Amounts:
    """Return what each customer spends at a purchase.

    Args:
        spend: The fitted Gamma-Gamma, or None if it cannot be used.
        x, total: Repeats and money kept from them (whole units), (customers,) each.
        otherwise: The amount to take for everybody without a model.
    """
    if spend is None:
        return Amounts(np.full(x.size, otherwise), np.full(x.size, np.nan), 1.0)
    mean, square = GammaGamma().mean_amount(spend.values, x, total)
    return Amounts(mean, square, float(spend.values[0]))


def values(grouped: Grouped, ahead_of: Expected, amount: Amounts, *, margin: float = 1.0, level: float = 0.8) -> Values:
    """Return value and interval of each customer.

    Args:
        level: Probability that the interval holds what the customer brings.
    """
    of, p = grouped.of, amount.shape
    bought, none = ahead_of.purchases[of], ahead_of.none[of]
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = margin * np.where(bought > 0, ahead_of.discounted[of] / bought, 1.0)
        mean = worth * bought * amount.mean
        square = worth**2 * (p**2 * ahead_of.square[of] + p * bought) * amount.square
        low, high = (_quantile((1.0 + side * level) / 2.0, none, mean, square) for side in (-1.0, 1.0))
    return Values(mean, low, high, bought, ahead_of.alive[of], square - mean**2)


def _quantile(share: float, none: Float64, mean: Float64, square: Float64) -> Float64:
    """Return the quantile of "nothing with probability ``none``, else log-normal" with the given moments."""
    some = np.maximum(1.0 - none, 1e-12)
    spread = np.log(np.maximum(square * some / mean**2, 1.0))
    middle = np.log(mean / some) - spread / 2.0
    rest = np.clip((share - none) / some, 1e-12, 1.0 - 1e-12)
    out = np.exp(middle + np.sqrt(spread) * ndtri(rest))
    return np.where(np.isnan(square), np.nan, np.where((share <= none) | (mean <= 0.0), 0.0, out))


def totals_of_draws(
    model: RepeatModel, fits: tuple[Fit, Fit | None], grouped: Grouped, amount: Amounts, ahead: Ahead, *, draws: int
) -> tuple[Float64, Float64]:
    """Return total purchases and total value under parameters as uncertain as the data leave them, (draws,) each.

    The amounts move by the uncertainty of everybody's mean amount only; that of one customer is in their own interval.
    """
    fit, spend = fits
    histories = grouped.histories
    money = np.bincount(grouped.of, weights=amount.mean, minlength=len(histories)).astype(np.float64)
    now = expected(model, fit.values, histories, ahead)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = ahead.margin * np.where(now.purchases > 0, now.discounted / now.purchases, 1.0)
    pairs, of = np.unique(histories.x + 1j * histories.age, return_inverse=True)
    x, age = pairs.real.copy(), pairs.imag.copy()
    moved = np.ones(draws)
    if spend is not None:
        p, q, v = spend.draws(draws, seed=2).T
        now_p, now_q, now_v = spend.values.tolist()
        moved = (p * v / np.maximum(q - 1.0, 0.1)) / (now_p * now_v / (now_q - 1.0))
    count, value = np.empty(draws), np.empty(draws)
    for i, parameters in enumerate(fit.draws(draws, seed=1)):
        future = model.future(parameters, x, age, ahead.horizons[-1:])
        bought = model.alive(parameters, histories) * future.mean[0][of]
        count[i] = dot(bought, histories.n)
        value[i] = dot(bought * worth, money) * moved[i]
    return count, value
