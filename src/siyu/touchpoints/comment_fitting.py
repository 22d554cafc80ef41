"""Fit the linear model of the comment finder: logistic regression on sparse rows that remembers what it knew."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.errors import BadInputError

#: An odd multiplier that scatters row numbers over the folds the same way every time.
_SCATTER: Final = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted: log-odds of a row ``x`` are ``x @ weights + intercept``."""

    weights: Float64
    intercept: float


def fit_logistic(
    rows: csr_matrix, lead: Int8, *, strength: float, before: Float64 | None = None, intercept: float = 0.0
) -> Fit:
    """Fit weights that explain ``lead`` and stay near ``before``.

    Minimises ``strength * sum(log loss) + |weights - before|^2 / 2``: with few labels the old weights speak, with
    many the new ones do. The intercept is free.

    Args:
        rows: (comments, features).
        lead: (comments,) 1 for an inquiry, else 0.
        strength: How far one comment may move the weights (the C of logistic regression).

    Raises:
        BadInputError: only one of the two answers occurs.
    """
    if not 0 < int(lead.sum()) < lead.size:
        raise BadInputError("the labels are all alike: both leads and other comments are needed to learn from")
    used = np.unique(rows.indices)
    small = rows[:, used].astype(np.float64)
    start = np.zeros(used.size) if before is None else before[used]
    sign = np.where(lead == 1, 1.0, -1.0)

    def loss(point: Float64) -> tuple[float, Float64]:
        weights, free = point[:-1], point[-1]
        margin = sign * (small @ weights + free)
        value = strength * float(np.logaddexp(0.0, -margin).sum()) + float(np.square(weights - start).sum()) / 2
        pull = -strength * sign / (1.0 + np.exp(np.clip(margin, -500, 500)))
        return value, np.concatenate([small.T @ pull + weights - start, [pull.sum()]])

    found = minimize(
        loss, np.concatenate([start, [intercept]]), jac=True, method="L-BFGS-B", options={"maxiter": 300, "maxcor": 12}
    )
    weights = np.zeros(rows.shape[1]) if before is None else before.astype(np.float64)
    weights[used] = found.x[:-1]
    return Fit(weights, float(found.x[-1]))


def folds_of(lead: Int8, folds: int, *, seed: int = 0) -> Int64:
    """Return the fold of each row: shuffled by ``seed``, the two answers spread evenly.

    Shape: (comments,) in [0, folds).
    """
    keys = (np.arange(1, lead.size + 1, dtype=np.uint64) * np.uint64(_SCATTER)) ^ np.uint64(seed * 2654435761 + 1)
    keys = (keys ^ (keys >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    order = np.lexsort((keys ^ (keys >> np.uint64(29)), lead))
    fold = np.empty(lead.size, np.int64)
    fold[order] = np.arange(lead.size) % folds
    return fold


def scale_of(scores: Float64, lead: Int8) -> tuple[float, float]:
    """Return slope and shift that turn out-of-fold scores into calibrated log-odds (Platt 1999, smoothed targets)."""
    positive, negative = int(lead.sum()), int(lead.size - lead.sum())
    target = np.where(lead == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(point: npt.NDArray[np.float64]) -> tuple[float, Float64]:
        logit = point[0] * scores + point[1]
        value = float((np.logaddexp(0.0, logit) - target * logit).sum())
        rest = 1.0 / (1.0 + np.exp(-np.clip(logit, -500, 500))) - target
        return value, np.array([float(rest @ scores), float(rest.sum())])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(1e-3, None), (None, None)])
    return float(found.x[0]), float(found.x[1])


def average_precision(scores: Float64, lead: Int8) -> float:
    """Return the average precision: the mean over the leads of the precision at each lead's rank; ties count as one."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hit = scores[order], np.cumsum(lead[order])
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), scores.size - 1)  # the last row of each tie
    gained = np.diff(np.concatenate([[0], hit[last]]))
    return float((gained * hit[last] / (last + 1)).sum() / max(int(lead.sum()), 1))


def best_f1(scores: Float64, lead: Int8) -> tuple[float, float]:
    """Return the best F1 over all thresholds, and the score at which it is reached."""
    order = np.argsort(-scores, kind="stable")
    hit = np.cumsum(lead[order])
    f1 = 2 * hit / (np.arange(1, lead.size + 1) + max(int(lead.sum()), 1))
    best = int(np.argmax(f1))
    return float(f1[best]), float(scores[order][best])


def area_under_curve(scores: Float64, lead: Int8) -> float:
    """Return the area under the ROC curve: the share of (lead, other) pairs in the right order, a tie counting half."""
    _values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = int(lead.sum())
    return float((rank[lead == 1].sum() - positive * (positive + 1) / 2) / (positive * (lead.size - positive)))
