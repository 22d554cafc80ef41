"""Logistic regression by Newton's method, on standardised columns, with a little ridge so that it always converges.

Definition: the chance of "yes" is the logistic function of a weighted sum of the columns. The ridge is one unit of
    squared standardised weight in all, not per person.
Source: McCullagh and Nelder, Generalized Linear Models (1989).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted regression: ``weights`` of the raw columns, the constant first. Shape (columns + 1,)."""

    weights: Float64

    def chance(self, columns: Float64) -> Float64:
        """Return the chance of "yes" for each row of ``columns``, (people, columns)."""
        return np.asarray(expit(self.weights[0] + columns @ self.weights[1:]), np.float64)


def fit_logistic(columns: Float64, yes: Float64, *, ridge: float = 1.0) -> Logistic:
    """Fit on (people, columns) and 0 or 1 of each person.

    Raises:
        BadInputError: everybody says the same, or a number is not finite.
    """
    if not np.isfinite(columns).all():
        raise BadInputError("a column holds something that is no finite number")
    share = float(yes.mean()) if yes.size else 0.0
    if not 0.0 < share < 1.0:
        raise BadInputError("everybody answered the same: there is nothing to learn")
    middle, scale = columns.mean(axis=0), columns.std(axis=0)
    scale[scale == 0.0] = 1.0
    x = np.column_stack([np.ones(yes.size), (columns - middle) / scale])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(share / (1.0 - share))
    for _ in range(50):
        chance = expit(x @ beta)
        slope = x.T @ (yes - chance) - penalty * beta
        curve = (x * (chance * (1.0 - chance))[:, None]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curve, slope)
        beta += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        if float(np.abs(step).max()) < 1e-9:
            break
    weights = beta.copy()
    weights[1:] /= scale
    weights[0] -= float(weights[1:] @ middle)
    return Logistic(weights)
