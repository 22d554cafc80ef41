"""Buying at regular opportunities (a season, a monthly box, a weekly live show): BG/BB.

Definition: at each opportunity a living customer buys with an own probability, beta(alpha, beta) over customers; at
    the start of each opportunity they leave for ever with an own probability, beta(gamma, delta).
Units: t and age are numbers of opportunities.
When it lies: opportunities that differ (a big and a small fair), more than one purchase at one opportunity.
Source: Fader, Hardie and Shang, Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
    29 (2010), equations 5, 7, 11 and 13; slope and curvature derived here from the mixture over the moment of leaving.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, polygamma

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.future import Future
from siyu.measurement.models.histories import Histories
from siyu.measurement.models.newton import Fit, climb

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True)
class BgBb:
    """The model itself. In ``Histories``, x counts purchases, t is the last opportunity used, age their number."""

    @property
    def name(self) -> str:
        """The name people know it by."""
        return "BG/BB"

    def log_likelihood(self, parameters: Float64, histories: Histories) -> tuple[float, Float64, Float64]:
        """Return the log-likelihood of all customers, its gradient (4,) and its Hessian (4, 4)."""
        _check(histories)
        a, b, c, d = parameters.tolist()
        x, t, age, n = histories.x, histories.t, histories.age, histories.n
        longest = int((age - t).max())
        value, slope, curve = 0.0, np.zeros(4), np.zeros((4, 4))
        logs = np.full((longest + 1, x.size), -np.inf)
        for i in range(longest + 1):
            logs[i] = self._branch(parameters, x, t, age, i)
        top = logs.max(axis=0)
        share = np.exp(logs - top)
        total = share.sum(axis=0)
        value = float(n @ (top + np.log(total))) - histories.customers * float(betaln(a, b) + betaln(c, d))
        share /= total
        mean = np.zeros((4, x.size))
        square = np.zeros((4, 4, x.size))
        for i in range(longest + 1):
            used = share[i] > 0
            s = share[i, used]
            stay = t[used] + i
            left = i < age[used] - t[used]
            up, down = x[used], stay - x[used]
            slopes = (
                digamma(a + up) - digamma(a + b + stay),
                digamma(b + down) - digamma(a + b + stay),
                digamma(c + left) - digamma(c + d + stay + left),
                digamma(d + stay) - digamma(c + d + stay + left),
            )
            for p in range(4):
                mean[p, used] += s * slopes[p]
                for q in range(p, 4):
                    square[p, q, used] += s * slopes[p] * slopes[q]
            ab, cd = polygamma(1, a + b + stay), polygamma(1, c + d + stay + left)
            weight = n[used] * s
            curve[0, 0] += weight @ (polygamma(1, a + up) - ab)
            curve[0, 1] -= weight @ ab
            curve[1, 1] += weight @ (polygamma(1, b + down) - ab)
            curve[2, 2] += weight @ (polygamma(1, c + left) - cd)
            curve[2, 3] -= weight @ cd
            curve[3, 3] += weight @ (polygamma(1, d + stay) - cd)
        for p in range(4):
            slope[p] = n @ mean[p]
            for q in range(p, 4):
                curve[p, q] += n @ (square[p, q] - mean[p] * mean[q])
        slope -= histories.customers * np.array(
            [
                digamma(a) - digamma(a + b),
                digamma(b) - digamma(a + b),
                digamma(c) - digamma(c + d),
                digamma(d) - digamma(c + d),
            ]
        )
        for p, q, together in ((0, 1, a + b), (2, 3, c + d)):
            curve[p, p] -= histories.customers * (polygamma(1, parameters[p]) - polygamma(1, together))
            curve[q, q] -= histories.customers * (polygamma(1, parameters[q]) - polygamma(1, together))
            curve[p, q] += histories.customers * polygamma(1, together)
        return value, slope, curve + np.triu(curve, 1).T

    @staticmethod
    def _branch(parameters: Float64, x: Float64, t: Float64, age: Float64, i: int) -> Float64:
        """Log of "left ``i`` opportunities after the last purchase"; at the last opportunity, "never left"."""
        a, b, c, d = parameters.tolist()
        left = (i < age - t).astype(np.float64)
        out = betaln(a + x, b + t + i - x) + betaln(c + left, d + t + i)
        return np.where(i <= age - t, out, -np.inf)

    def fit(self, histories: Histories) -> Fit:
        """Find the most likely parameters."""
        return climb(lambda p: self.log_likelihood(p, histories), NAMES, (1.0, 1.0, 0.7, 3.0), histories.customers)

    def alive(self, parameters: Float64, histories: Histories) -> Float64:
        """Return the probability that a customer will still be there at the next opportunity."""
        _check(histories)
        c, d = parameters[2:].tolist()
        longest = int((histories.age - histories.t).max())
        logs = np.array(
            [self._branch(parameters, histories.x, histories.t, histories.age, i) for i in range(longest + 1)]
        )
        top = logs.max(axis=0)
        total = np.exp(logs - top).sum(axis=0)
        never = np.exp(self._branch_at_end(parameters, histories) - top) / total
        return np.asarray(never * (d + histories.age) / (c + d + histories.age), np.float64)

    @staticmethod
    def _branch_at_end(parameters: Float64, histories: Histories) -> Float64:
        a, b, c, d = parameters.tolist()
        out = betaln(a + histories.x, b + histories.age - histories.x) + betaln(c, d + histories.age)
        return np.asarray(out, np.float64)

    def future(self, parameters: Float64, x: Float64, age: Float64, ahead: Float64) -> Future:
        """Say how many of the next opportunities are used, by customers who are there at the next one.

        Args:
            x, age: Purchases and opportunities so far, (pairs,) each.
            ahead: How many opportunities, (horizons,); fractions are cut off.
        Shape: each figure of the result is (horizons, pairs).
        """
        a, b, c, d = parameters.tolist()
        once = (a + x) / (a + b + age)
        twice = once * (a + x + 1.0) / (a + b + age + 1.0)
        steps = np.floor(ahead + 1e-9).astype(np.int64)
        mean, square, none = (np.zeros((ahead.size, x.size)) for _ in range(3))
        there, sum_there, sum_pairs = np.ones(x.size), np.zeros(x.size), np.zeros(x.size)
        skipped, left_without = np.ones(x.size), np.zeros(x.size)
        none[steps == 0] = 1.0
        for step in range(1, int(steps.max(initial=0)) + 1):
            sum_there += there
            sum_pairs += (step - 1) * there
            skipped *= (b + age - x + step - 1) / (a + b + age + step - 1)
            for h in np.flatnonzero(steps == step):
                mean[h] = once * sum_there
                square[h] = mean[h] + 2.0 * twice * sum_pairs
                none[h] = left_without + there * skipped
            stays = there * (d + age + step) / (c + d + age + step)
            left_without += (there - stays) * skipped
            there = stays
        return Future(mean, square, none)

    def simulate(self, parameters: Float64, age: Float64, seed: int) -> tuple[Float64, Float64]:
        """Draw purchases and the last opportunity used of one customer per ``age``."""
        a, b, c, d = parameters.tolist()
        rng = np.random.default_rng(seed)
        buys, leaves = rng.beta(a, b, age.size), rng.beta(c, d, age.size)
        x, t, there = np.zeros(age.size), np.zeros(age.size), np.ones(age.size, np.bool_)
        for step in range(1, int(age.max(initial=0)) + 1):
            there &= (rng.random(age.size) >= leaves) & (step <= age)
            used = there & (rng.random(age.size) < buys)
            x += used
            t[used] = step
        return x, t


def _check(histories: Histories) -> None:
    if bool((histories.x > histories.t).any()):
        raise BadInputError("more purchases than opportunities", mend="count at most one purchase per opportunity")
