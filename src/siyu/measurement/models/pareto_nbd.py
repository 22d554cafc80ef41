"""How often customers buy and when they silently leave, at any moment: Pareto/NBD.

Definition: while alive, a customer buys at random at an own rate; they leave at random at an own rate too, whether
    they buy or not. Rates of buying are gamma(r, alpha) over customers, rates of leaving gamma(s, beta).
Units: alpha, beta, t and age in one unit of time (weeks by default); r and s have none.
When it lies: as BG/NBD; and where r or s is tiny, parameters say little, predictions still hold.
Source: Schmittlein, Morrison and Colombo, Management Science 33 (1987). The likelihood is taken as the integral over
    the moment of leaving (Gauss-Legendre in the logarithm of time), so that slope and curvature need no derivative
    of a hypergeometric function; equal to the closed form to 1e-12.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from siyu.kernel.arrays import Float64
from siyu.kernel.compiled import compiled
from siyu.measurement.models.future import Future, unit_nodes
from siyu.measurement.models.histories import Histories
from siyu.measurement.models.newton import Fit, climb
from siyu.measurement.models.sums import dot, weigh

NAMES = ("r", "alpha", "s", "beta")


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """The model itself."""

    @property
    def name(self) -> str:
        """The name people know it by."""
        return "Pareto/NBD"

    def log_likelihood(self, parameters: Float64, histories: Histories) -> tuple[float, Float64, Float64]:
        """Return the log-likelihood of all customers, its gradient (4,) and its Hessian (4, 4)."""
        r, alpha = parameters[:2].tolist()
        value, slope, curve, _ = _over(parameters, histories)
        n = np.bincount(histories.x.astype(np.int64), weights=histories.n)
        x = np.flatnonzero(n).astype(np.float64)
        n = n[n > 0]
        total = float(n.sum())
        value += float(n @ (gammaln(r + x) - gammaln(r)) + total * r * np.log(alpha))
        slope[0] += n @ (digamma(r + x) - digamma(r)) + total * np.log(alpha)
        slope[1] += total * r / alpha
        curve = curve + np.triu(curve, 1).T
        curve[0, 0] += n @ (polygamma(1, r + x) - polygamma(1, r))
        curve[0, 1] += total / alpha
        curve[1, 0] += total / alpha
        curve[1, 1] -= total * r / alpha**2
        return value, slope, curve

    def fit(self, histories: Histories) -> Fit:
        """Find the most likely parameters."""
        span = dot(histories.n, histories.age) / max(float(histories.n.sum()), 1.0)
        start = (0.7, max(0.3 * span, 1e-3), 0.7, max(0.3 * span, 1e-3))
        return climb(lambda p: self.log_likelihood(p, histories), NAMES, start, histories.customers)

    def alive(self, parameters: Float64, histories: Histories) -> Float64:
        """Return the probability that a customer with each history has not left."""
        return _over(parameters, histories)[3]

    def future(self, parameters: Float64, x: Float64, age: Float64, ahead: Float64) -> Future:
        """Say how many purchases come within each of ``ahead`` units, of customers who are alive now.

        Shape: ``x`` and ``age`` (pairs,), ``ahead`` (horizons,); each figure of the result is (horizons, pairs).
        """
        r, alpha, s, beta = parameters.tolist()
        rate, scale, leave = r + x, alpha + age, beta + age
        node, weight = unit_nodes()
        mean, square, none = (np.empty((ahead.size, x.size)) for _ in range(3))
        for h, t in enumerate(ahead):
            # over v = ln(1 + u / leave): mean and second moment of the time they stay, and chance of no purchase
            reach = np.log1p(t / leave)
            v = reach[:, None] * node
            step = leave[:, None] * np.expm1(v)
            stay = (reach * leave)[:, None] * np.exp((1.0 - s) * v)
            mean[h] = rate / scale * weigh(stay, weight)
            square[h] = mean[h] + rate * (rate + 1.0) / scale**2 * 2.0 * weigh(stay * step, weight)
            gone = (s * reach)[:, None] * np.exp(-s * v - rate[:, None] * np.log1p(step / scale[:, None]))
            none[h] = np.exp(-rate * np.log1p(t / scale) - s * reach) + weigh(gone, weight)
        return Future(mean, square, none)

    def simulate(self, parameters: Float64, age: Float64, seed: int) -> tuple[Float64, Float64]:
        """Draw repeats and time of the last purchase of one customer per ``age``; ``t`` is 0 without a repeat."""
        r, alpha, s, beta = parameters.tolist()
        rng = np.random.default_rng(seed)
        rate = rng.gamma(r, 1.0 / alpha, age.size)
        with np.errstate(divide="ignore", over="ignore"):
            stays = np.minimum(age, rng.standard_exponential(age.size) / rng.gamma(s, 1.0 / beta, age.size))
        x = rng.poisson(rate * stays).astype(np.float64)
        # the last of x uniform moments
        t = np.where(x > 0, stays * rng.random(age.size) ** (1.0 / np.maximum(x, 1.0)), 0.0)
        return x, t


def _over(parameters: Float64, histories: Histories) -> tuple[float, Float64, Float64, Float64]:
    r, alpha, s, beta = parameters.tolist()
    node, weight = unit_nodes()
    return _mixture(r, alpha, s, beta, histories.x, histories.t, histories.age, histories.n, node, weight)


@compiled
def _mixture(  # noqa: PLR0917  a compiled kernel takes its columns by position
    r: float,
    alpha: float,
    s: float,
    beta: float,
    x: Float64,
    last: Float64,
    age: Float64,
    n: Float64,
    node: Float64,
    weight: Float64,
) -> tuple[float, Float64, Float64, Float64]:
    """Sum over histories the log of "still alive or left at some moment since", with slope and curvature.

    Only the upper triangle of the curvature is filled. The last result is the probability of being alive.
    """
    value, slope, curve = 0.0, np.zeros(4), np.zeros((4, 4))
    alive = np.empty(x.size)
    terms, log_term = node.size + 1, np.empty(node.size + 1)
    d, mean = np.empty((node.size + 1, 4)), np.empty(4)
    second = np.empty((node.size + 1, 5))
    nearer = min(alpha, beta)
    for i in range(x.size):
        power = r + x[i]
        # where buying alone has become e^-40 as likely nothing is left to integrate
        end = age[i]
        if 40.0 / power < 600.0:
            end = min(end, (alpha + last[i]) * exp(40.0 / power) - alpha)
        reach = log((nearer + end) / (nearer + last[i]))
        top = -1e300
        for j in range(terms):
            still = j == terms - 1
            u = age[i] if still else (nearer + last[i]) * exp(reach * node[j]) - nearer
            log_a, log_b = log(alpha + u), log(beta + u)
            per_a, per_b = 1.0 / (alpha + u), 1.0 / (beta + u)
            plus = 0.0 if still else 1.0
            log_term[j] = -power * log_a + s * (log(beta) - log_b)
            if not still:
                log_term[j] += log(s) - log_b
                # the step of the integral, in u, at this node
                log_term[j] += log(reach * weight[j] * (nearer + u)) if reach > 0.0 else -1e300
            d[j, 0], d[j, 1] = -log_a, -power * per_a
            d[j, 2] = plus / s + log(beta) - log_b
            d[j, 3] = s / beta - (s + plus) * per_b
            second[j, 0], second[j, 1] = -per_a, power * per_a * per_a
            second[j, 2] = -plus / (s * s)
            second[j, 3] = 1.0 / beta - per_b
            second[j, 4] = -s / (beta * beta) + (s + plus) * per_b * per_b
            top = max(top, log_term[j])
        total = 0.0
        for j in range(terms):
            log_term[j] = exp(log_term[j] - top)
            total += log_term[j]
        value += n[i] * (top + log(total))
        alive[i] = log_term[terms - 1] / total
        mean[:] = 0.0
        for j in range(terms):
            share = log_term[j] / total
            w = n[i] * share
            curve[0, 1] += w * second[j, 0]
            curve[1, 1] += w * second[j, 1]
            curve[2, 2] += w * second[j, 2]
            curve[2, 3] += w * second[j, 3]
            curve[3, 3] += w * second[j, 4]
            for p in range(4):
                mean[p] += share * d[j, p]
        for p in range(4):
            slope[p] += n[i] * mean[p]
        for j in range(terms):
            w = n[i] * log_term[j] / total
            for p in range(4):
                away = w * (d[j, p] - mean[p])
                for q in range(p, 4):
                    curve[p, q] += away * (d[j, q] - mean[q])
    return value, slope, curve, alive


def log_likelihood_of_one(parameters: Float64, x: float, t: float, age: float) -> float:
    """Return the log-likelihood of one history by adaptive integration: slow, an independent check."""
    from scipy.integrate import quad  # noqa: PLC0415  only this check needs it

    r, alpha, s, beta = parameters.tolist()
    head = lgamma(r + x) - lgamma(r) + r * log(alpha) + s * log(beta)
    scale = -(r + x) * log(alpha + t)

    def density(u: float) -> float:
        return float(np.exp(log(s) - (r + x) * log(alpha + u) - scale - (s + 1.0) * log(beta + u)))

    left = quad(density, t, age, epsabs=0.0, epsrel=1e-13, limit=500)[0] if age > t else 0.0
    stayed = exp(-(r + x) * log(alpha + age) - scale - s * log(beta + age))
    return float(head + scale + log(left + stayed))
