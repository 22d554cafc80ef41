"""How much a customer spends at each purchase: Gamma-Gamma.

Definition: amounts of one customer are gamma(p, own rate), the own rates gamma(q, v) over customers; amounts do not
    depend on how often a customer buys. Fitted on customers with a repeat purchase, on what they spent at the
    repeats, net of what they returned.
Units: v and amounts in whole units of money; p and q have none.
When it lies: where heavy buyers spend more or less each time (the correlation is reported), where prices change, and
    where q is near or below 1 (no finite mean), which is said.
Source: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013), equation 1a; slope and curvature derived here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.newton import Fit, climb
from siyu.measurement.models.sums import dot

NAMES = ("p", "q", "v")
_MOST_CELLS = 64_000_000


@dataclass(frozen=True, slots=True)
class Spendings:
    """Distinct (number of repeats, sum spent on them) and how many customers have each.

    Attributes:
        x: Number of repeat purchases, at least one.
        total: What was spent on them, above zero, in whole units of money.
        n: How many customers.
    Shape: (spendings,) each.
    """

    x: Float64
    total: Float64
    n: Float64

    @property
    def customers(self) -> int:
        """Number of customers."""
        return round(float(self.n.sum()))


def group_money(x: Int64, total_minor: Int64, *, minor_per_unit: int = 100) -> Spendings:
    """Count equal spendings of customers with a repeat and money above zero; others are left out.

    Args:
        x: Repeat purchases.
        total_minor: Sum spent on the repeats, in minor units of money.
    Shape: (customers,) each.

    Raises:
        BadInputError: nobody has a repeat purchase with money in it.
    """
    used = (x > 0) & (total_minor > 0)
    if not used.any():
        raise BadInputError("no customer has a repeat purchase with money above zero: spending cannot be modelled")
    many, most = int(x.max()) + 1, int(total_minor.max()) + 1
    if many * most < 2**62 and many * most <= min(_MOST_CELLS, max(64 * x.size, 1 << 20)):
        cells, n = _count_dense(x, total_minor, many, most)
        return Spendings((cells // most).astype(np.float64), cells % most / minor_per_unit, n.astype(np.float64))
    packed = x[used].astype(np.int64) * most + total_minor[used]
    packed.sort()
    first = np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1])))
    n = np.diff(np.append(first, packed.size))
    cells = packed[first]
    return Spendings((cells // most).astype(np.float64), cells % most / minor_per_unit, n.astype(np.float64))


@compiled
def _count_dense(x: Int64, total: Int64, many: int, most: int) -> tuple[Int64, Int64]:
    counts = np.zeros(many * most, np.int32)
    for i in range(x.size):
        if x[i] > 0 and total[i] > 0:
            counts[x[i] * most + total[i]] += 1
    found = 0
    for cell in range(counts.size):
        found += counts[cell] > 0
    cells, n = np.empty(found, np.int64), np.empty(found, np.int64)
    found = 0
    for cell in range(counts.size):
        if counts[cell] > 0:
            cells[found], n[found] = cell, counts[cell]
            found += 1
    return cells, n


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The model itself."""

    @property
    def name(self) -> str:
        """The name people know it by."""
        return "Gamma-Gamma"

    def log_likelihood(self, parameters: Float64, spendings: Spendings) -> tuple[float, Float64, Float64]:
        """Return the log-likelihood of all customers' mean repeat amounts, its gradient (3,) and Hessian (3, 3)."""
        p, q, v = parameters.tolist()
        x, total, n = spendings.x, spendings.total, spendings.n
        kind = x.astype(np.int64)
        with_x = np.bincount(kind, weights=n)
        logs = np.log(total + v)
        per = 1.0 / (total + v)
        # sums by number of repeats: gamma functions are needed once for each number only
        log_sum = np.bincount(kind, weights=n * logs)
        per_sum = np.bincount(kind, weights=n * per)
        per2 = np.bincount(kind, weights=n * per * per)
        log_mean = np.bincount(kind, weights=n * np.log(total / x))
        xs = np.flatnonzero(with_x).astype(np.float64)
        with_x, log_sum, per_sum, per2, log_mean = (
            sums[xs.astype(np.int64)] for sums in (with_x, log_sum, per_sum, per2, log_mean)
        )
        px, people = p * xs, float(with_x.sum())
        shape = px + q
        value = float(
            with_x @ (gammaln(shape) - gammaln(px) - gammaln(q) + q * np.log(v) + px * np.log(xs))
            + (px - 1.0) @ log_mean
            - shape @ log_sum
        )
        slope = np.array(
            [
                with_x @ (xs * (digamma(shape) - digamma(px) + np.log(xs))) + xs @ log_mean - xs @ log_sum,
                with_x @ (digamma(shape) - digamma(q) + np.log(v)) - log_sum.sum(),
                people * q / v - shape @ per_sum,
            ]
        )
        bend = polygamma(1, shape)
        curve = np.zeros((3, 3))
        curve[0, 0] = with_x @ (xs**2 * (bend - polygamma(1, px)))
        curve[0, 1] = with_x @ (xs * bend)
        curve[0, 2] = -(xs @ per_sum)
        curve[1, 1] = with_x @ (bend - polygamma(1, q))
        curve[1, 2] = people / v - per_sum.sum()
        curve[2, 2] = -people * q / v**2 + shape @ per2
        return value, slope, curve + np.triu(curve, 1).T

    def fit(self, spendings: Spendings) -> Fit:
        """Find the most likely parameters; a mean that is not finite is a warning of the fit."""
        middle = dot(spendings.n, spendings.total / spendings.x) / max(float(spendings.n.sum()), 1.0)
        fit = climb(lambda p: self.log_likelihood(p, spendings), NAMES, (4.0, 3.0, middle / 2), spendings.customers)
        if fit.parameters["q"] <= 1.0:
            warning = f"q = {fit.parameters['q']:.3g} is not above 1: mean spending is not finite in this model"
            return Fit(
                fit.names,
                fit.values,
                fit.errors,
                fit.covariance,
                fit.log_likelihood,
                fit.observations,
                fit.evaluations,
                (*fit.warnings, warning),
            )
        return fit

    def mean_amount(self, parameters: Float64, x: Float64, total: Float64) -> tuple[Float64, Float64]:
        """Return the expected next amount and the expected squared scale 1 / rate^2 of each customer.

        Args:
            x, total: Repeats and what was spent on them; 0 and 0 where there was none. (customers,) each.

        The second figure is NaN where it is not finite (``p x + q <= 2``).
        """
        p, q, v = parameters.tolist()
        x = np.where(total > 0, x, 0.0)
        shape, rate = p * x + q, v + np.maximum(total, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(shape > 1.0, p * rate / (shape - 1.0), np.nan)
            square = np.where(shape > 2.0, rate**2 / ((shape - 1.0) * (shape - 2.0)), np.nan)
        return mean, square

    def simulate(self, parameters: Float64, x: Float64, seed: int) -> Float64:
        """Draw what customers with ``x`` repeats spent on them in all; 0 without a repeat."""
        p, q, v = parameters.tolist()
        rng = np.random.default_rng(seed)
        total = rng.gamma(np.maximum(p * x, 1e-12)) / rng.gamma(q, 1.0 / v, x.size)
        return np.where(x > 0, total, 0.0)
