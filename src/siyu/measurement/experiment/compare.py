"""One arm against another: difference of means, of means adjusted by what was known before, and of ratios.

Units: those of the metric; probabilities reach down to 1e-300 and below because tails are computed as tails.
Sources: Welch, Biometrika 34 (1947); CUPED: Deng, Xu, Kohavi and Walker, WSDM (2013); ratios by the delta method:
    Deng, Knoblich and Lu, KDD (2018); confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
    Time-uniform central limit theory (2021), asymptotic, with the width optimised at ``tuned`` people.
"""

from dataclasses import dataclass, replace
from math import exp, inf, log, log1p, nan, sqrt

import numpy as np
from scipy.special import betaln, gammaln, hyp2f1, log_ndtr, ndtri, stdtr, stdtrit

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.moments import Moments

#: From here on Student's t is the normal distribution to double precision.
_NORMAL_FROM = 1e7


@dataclass(frozen=True, slots=True)
class Comparison:
    """Treated minus control. Where neither arm varies there is no interval (NaN), and p is that of exchanging people.

    Attributes:
        metric, arm, control: What and who.
        method: ``welch``, ``cuped`` or ``ratio``.
        people, people_control: How many.
        mean, mean_control: Of each arm (for ``cuped`` after the adjustment).
        difference, low, high: With its interval.
        relative, relative_low, relative_high: Difference over the control's mean, by the delta method; None if the
            control's mean is not clearly away from zero.
        standard_error, degrees: Of the difference; degrees of freedom of Student's t.
        p: Two-sided.
        log10_p: Its decimal logarithm, for probabilities below what a number can hold (1e-308).
        sequence_low, sequence_high: Interval that holds at all times at once, so that one may look every day.
        variance_kept: Variance of the difference over that without the adjustment (``cuped``), else None.
    """

    metric: str
    arm: str
    control: str
    method: str
    people: int
    people_control: int
    mean: float
    mean_control: float
    difference: float
    low: float
    high: float
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    standard_error: float
    degrees: float
    p: float
    log10_p: float
    sequence_low: float
    sequence_high: float
    variance_kept: float | None = None


def welch(
    moments: Moments, metric: str, arm: str, control: str, *, level: float = 0.95, tuned: int = 5000
) -> Comparison:
    """Compare the means of two arms, each with its own variance."""
    j = moments.metric(metric)
    weights = np.zeros(len(moments.metrics))
    weights[j] = 1.0
    return _compare(moments, metric, (arm, control), "welch", (weights, weights), level=level, tuned=tuned)


def cuped(
    moments: Moments, metric: str, before: str, arm: str, control: str, *, level: float = 0.95, tuned: int = 5000
) -> Comparison:
    """Compare means after taking off what a figure from before the experiment explains.

    Args:
        before: A metric of the same people from before; it must not depend on the arm.
    """
    j, k = moments.metric(metric), moments.metric(before)
    t, c = moments.arm(arm), moments.arm(control)
    apart = moments.mean[t] - moments.mean[c]
    n_t, n_c = int(moments.n[t]), int(moments.n[c])
    # slope over both arms together, as if they were one
    about = moments.about[t] + moments.about[c] + np.outer(apart, apart) * (n_t * n_c / max(n_t + n_c, 1))
    theta = about[j, k] / about[k, k] if about[k, k] > 0 else 0.0
    weights = np.zeros(len(moments.metrics))
    weights[j], weights[k] = 1.0, -theta
    # the same constant on both sides keeps the means readable
    everybody = float(moments.mean[t, k] * n_t + moments.mean[c, k] * n_c) / (n_t + n_c)
    found = _compare(
        moments, metric, (arm, control), "cuped", (weights, weights), level=level, tuned=tuned, add=theta * everybody
    )
    plain = welch(moments, metric, arm, control, level=level, tuned=tuned)
    kept = (found.standard_error / plain.standard_error) ** 2 if plain.standard_error else None
    return replace(found, variance_kept=kept)


def ratio(
    moments: Moments, over: str, under: str, arm: str, control: str, *, level: float = 0.95, tuned: int = 5000
) -> Comparison:
    """Compare a ratio of sums (money per order, orders per visit), counted per person.

    Raises:
        BadInputError: the denominator's mean is zero in one arm.
    """
    j, k = moments.metric(over), moments.metric(under)
    weights = []
    for name in (arm, control):
        i = moments.arm(name)
        if moments.mean[i, k] == 0.0:
            raise BadInputError(f"{under} is zero for everybody in {name}: a ratio over it means nothing")
        line = np.zeros(len(moments.metrics))
        line[j] = 1.0 / moments.mean[i, k]
        line[k] -= moments.mean[i, j] / moments.mean[i, k] ** 2
        weights.append(line)
    t, c = moments.arm(arm), moments.arm(control)
    means = (moments.mean[t, j] / moments.mean[t, k], moments.mean[c, j] / moments.mean[c, k])
    return _compare(
        moments,
        f"{over}/{under}",
        (arm, control),
        "ratio",
        (weights[0], weights[1]),
        level=level,
        tuned=tuned,
        means=(float(means[0]), float(means[1])),
    )


def two_sided(t: float, degrees: float) -> float:
    """Return the two-sided probability of a value as far out as ``t``; ``degrees`` may be infinite."""
    return min(exp(log_two_sided(t, degrees)), 1.0)


def log_two_sided(t: float, degrees: float) -> float:
    """Return the natural logarithm of that probability, however small it is.

    Source: Abramowitz and Stegun (1964), 26.5.23 for the far tail; Wallace (1959) where its series does not converge.
    """
    if t == 0.0 or np.isnan(t):
        return 0.0 if t == 0.0 else float("nan")
    if degrees >= _NORMAL_FROM:
        return log(2.0) + float(log_ndtr(-abs(t)))
    tail = float(stdtr(degrees, -abs(t)))
    if tail > 1e-290:
        return log(2.0) + log(tail)
    # far out the tail is a hypergeometric series led by its first term, exact in logarithms
    x, half = degrees / (degrees + t * t), degrees / 2.0
    series = float(hyp2f1(half, 0.5, half + 1.0, x))
    if np.isfinite(series) and series > 0.0:
        return half * log(x) - log(half) - float(betaln(half, 0.5)) + log(series)
    z = sqrt(degrees * log1p(t * t / degrees)) * (8.0 * degrees + 1.0) / (8.0 * degrees + 3.0)
    return log(2.0) + float(log_ndtr(-z))


def always_valid_half_width(standard_error: float, people: int, *, level: float, tuned: int) -> float:
    """Return half the width of the interval that holds at all times at once.

    Args:
        standard_error: Of the estimate now.
        people: In both arms so far.
        tuned: At how many people the interval should be narrowest; chosen before the start.
    """
    if people < 2 or not np.isfinite(standard_error):
        return inf
    alpha = 1.0 - level
    rho2 = (-2.0 * log(alpha) + log(-2.0 * log(alpha) + 1.0)) / tuned
    n = float(people)
    return standard_error * sqrt(n) * sqrt(2.0 * (n * rho2 + 1.0) / (n * n * rho2) * log(sqrt(n * rho2 + 1.0) / alpha))


def holm(probabilities: Float64) -> Float64:
    """Correct probabilities for how many comparisons were made (Holm); the order is kept, NaN counts for none."""
    p = np.asarray(probabilities, np.float64)
    if np.isnan(p).any():
        out = np.full(p.size, nan)
        out[~np.isnan(p)] = holm(p[~np.isnan(p)])
        return out
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    out = np.empty(p.size)
    out[order] = np.minimum(steps, 1.0)
    return out


def _compare(
    moments: Moments,
    metric: str,
    arms: tuple[str, str],
    method: str,
    weights: tuple[Float64, Float64],
    *,
    level: float,
    tuned: int,
    add: float = 0.0,
    means: tuple[float, float] | None = None,
) -> Comparison:
    arm, control = arms
    t, c = moments.arm(arm), moments.arm(control)
    for i, name in ((t, arm), (c, control)):
        if moments.n[i] < 2:
            raise BadInputError(f"arm {name!r} has {moments.n[i]} people: nothing can be said of it")
    n_t, n_c = int(moments.n[t]), int(moments.n[c])
    v_t = float(weights[0] @ moments.covariance(t) @ weights[0]) / n_t
    v_c = float(weights[1] @ moments.covariance(c) @ weights[1]) / n_c
    v_t, v_c = max(v_t, 0.0), max(v_c, 0.0)
    mean_t, mean_c = means or (
        float(weights[0] @ moments.mean[t]) + add,
        float(weights[1] @ moments.mean[c]) + add,
    )
    difference, error = mean_t - mean_c, sqrt(v_t + v_c)
    if not error:
        share = mean_t / mean_c - 1.0 if mean_c else None
        return Comparison(
            metric, arm, control, method, n_t, n_c, mean_t, mean_c, difference, nan, nan,
            share, None, None, 0.0, nan, *exchanged(difference, n_t, n_c), nan, nan,
        )  # fmt: skip
    degrees = (v_t + v_c) ** 2 / (v_t**2 / (n_t - 1) + v_c**2 / (n_c - 1))
    reach = float(ndtri((1 + level) / 2) if degrees >= _NORMAL_FROM else stdtrit(degrees, (1 + level) / 2))
    half = reach * error
    log_p = log_two_sided(difference / error, degrees)
    always = always_valid_half_width(error, n_t + n_c, level=level, tuned=tuned)
    relative = _relative(mean_t, mean_c, v_t, v_c, reach)
    return Comparison(
        metric,
        arm,
        control,
        method,
        n_t,
        n_c,
        mean_t,
        mean_c,
        difference,
        difference - half,
        difference + half,
        relative[0],
        relative[1],
        relative[2],
        error,
        degrees,
        min(exp(log_p), 1.0),
        min(log_p / log(10.0), 0.0),
        difference - always,
        difference + always,
    )


def exchanged(difference: float, n_t: int, n_c: int) -> tuple[float, float]:
    """Return p and its decimal logarithm where both arms are constant: two in all ways to deal people to the arms.

    Source: Fisher, The Design of Experiments (1935), the exact test by exchanging who was in which arm.
    """
    ways = float(gammaln(n_t + n_c + 1) - gammaln(n_t + 1) - gammaln(n_c + 1))
    log_p = min(log(2.0) - ways, 0.0) if difference else 0.0
    return exp(log_p), log_p / log(10.0)


def _relative(
    mean_t: float, mean_c: float, v_t: float, v_c: float, reach: float
) -> tuple[float, float, float] | tuple[None, None, None]:
    if mean_c == 0.0 or (v_c > 0 and abs(mean_c) / sqrt(v_c) < 3.0):
        return None, None, None
    half = reach * sqrt(v_t + (mean_t / mean_c) ** 2 * v_c) / abs(mean_c)
    value = mean_t / mean_c - 1.0
    return value, value - half, value + half
