"""Climb to the top of a log-likelihood whose slope and curvature are known exactly.

Newton's method on the logarithms of positive parameters: directions in which the surface is not concave are turned
round, long steps are shortened, and a step that does not climb is halved. It stops where the slope of the
log-likelihood per observation is below 1e-9, and says so when it cannot: a model without a finite optimum walks off
to the edge of what is sensible, and a parameter the data do not determine leaves a flat ridge.
Source: Nocedal and Wright, Numerical Optimization (2006), ch. 3.4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64

#: value, slope and curvature in the natural parameters, summed over the observations
Surface = Callable[[Float64], tuple[float, Float64, Float64]]

_FLAT = 1e-9
_FARTHEST = 14.0  # |ln parameter|; beyond it the likelihood no longer changes in double precision
_LONGEST = 2.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the log-likelihood is highest.

    Attributes:
        names, values: The parameters.
        errors: Their standard errors from the observed information; NaN where the data do not determine them.
        covariance: Of the logarithms of the parameters, (parameters, parameters); NaN as above.
        log_likelihood: At the optimum.
        observations: Over how many customers it is summed.
        evaluations: How often the likelihood was computed.
        warnings: What is wrong with the fit, in words; empty if nothing is.
    """

    names: tuple[str, ...]
    values: Float64
    errors: Float64
    covariance: Float64
    log_likelihood: float
    observations: int
    evaluations: int
    warnings: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return dict(zip(self.names, self.values.tolist(), strict=True))

    def draws(self, count: int, seed: int) -> Float64:
        """Return ``count`` plausible parameter vectors, (count, parameters); the optimum itself where none are known.

        Source: the logarithms of the estimates are taken as normal around the optimum.
        """
        if not np.isfinite(self.covariance).all():
            return np.tile(self.values, (count, 1))
        normal = np.random.default_rng(seed).standard_normal((count, self.values.size))
        value, vector = np.linalg.eigh(self.covariance)
        moved = normal @ (vector * np.sqrt(np.maximum(value, 0.0))).T
        return np.asarray(self.values * np.exp(np.clip(moved, -3.0, 3.0)), np.float64)


def climb(surface: Surface, names: Sequence[str], start: Sequence[float], observations: int) -> Fit:
    """Find the highest point of ``surface`` over positive parameters.

    Args:
        surface: Returns value, gradient (parameters,) and Hessian (parameters, parameters) in natural parameters.
        start: Where to begin; positive.
        observations: Number of observations, to scale the slope at which it stops.
    """
    scale = max(observations, 1)
    theta = np.log(np.asarray(start, np.float64))
    value, slope, curve = _in_logs(surface, theta)
    evaluations, stuck = 1, False
    for _ in range(200):
        if np.abs(slope).max() / scale < _FLAT:
            break
        bend, axes = np.linalg.eigh(curve)
        step = axes @ ((axes.T @ slope) / np.maximum(np.abs(bend), 1e-12 * scale))
        step *= min(1.0, _LONGEST / float(np.abs(step).max()))
        for _ in range(40):
            tried = np.clip(theta + step, -_FARTHEST, _FARTHEST)
            there = _in_logs(surface, tried)
            evaluations += 1
            if np.isfinite(there[0]) and there[0] >= value - 1e-14 * abs(value):
                break
            step *= 0.5
        else:
            stuck = True
            break
        moved = float(np.abs(tried - theta).max())
        theta, (value, slope, curve) = tried, there
        if moved < 1e-13 or np.abs(theta).max() >= _FARTHEST:
            break
    return _judged(tuple(names), theta, (value, slope, curve), scale, evaluations, stuck=stuck)


def _in_logs(surface: Surface, theta: Float64) -> tuple[float, Float64, Float64]:
    natural = np.exp(theta)
    with np.errstate(all="ignore"):
        value, slope, curve = surface(natural)
    slope = slope * natural
    curve = curve * np.outer(natural, natural)
    curve[np.diag_indices_from(curve)] += slope
    return value, slope, curve


def _judged(
    names: tuple[str, ...],
    theta: Float64,
    top: tuple[float, Float64, Float64],
    scale: int,
    evaluations: int,
    *,
    stuck: bool,
) -> Fit:
    value, slope, curve = top
    warnings: list[str] = []
    edge = [name for name, logarithm in zip(names, theta, strict=True) if abs(logarithm) >= 0.7 * _FARTHEST]
    information = np.linalg.eigvalsh(-curve)
    determined = information.min() > 1e-9 * max(float(information.max()), 1e-300)
    covariance = np.linalg.inv(-curve) if determined else np.full_like(curve, np.nan)
    errors = np.exp(theta) * np.sqrt(np.diag(covariance))
    if edge:
        warnings.append(f"no finite optimum: {', '.join(edge)} runs off to the edge; do not read the parameters")
    elif not determined:
        warnings.append("the data do not determine all parameters: the likelihood is flat along a ridge")
    elif bool((np.sqrt(np.diag(covariance)) > 3.0).any()):
        flat = [name for name, sd in zip(names, np.sqrt(np.diag(covariance)), strict=True) if sd > 3.0]
        warnings.append(
            f"no finite optimum that the data could find: the likelihood hardly changes along {', '.join(flat)};"
            " do not read these parameters"
        )
    elif bool((np.sqrt(np.diag(covariance)) > 1.0).any()):
        loose = [name for name, sd in zip(names, np.sqrt(np.diag(covariance)), strict=True) if sd > 1.0]
        warnings.append(f"weakly determined: {', '.join(loose)} may be off by a factor of e or more")
    if not edge and (stuck or np.abs(slope).max() / scale > 1e-6):
        warnings.append(f"the search stopped before the top: slope {np.abs(slope).max() / scale:.2g} per customer")
    return Fit(
        names, np.exp(theta), errors, np.asarray(covariance, np.float64), value, scale, evaluations, tuple(warnings)
    )
