"""What a model of repeat purchase says of the time ahead, and the integrals it needs for it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import eigh_tridiagonal

from siyu.kernel.arrays import Float64


@dataclass(frozen=True, slots=True)
class Future:
    """Purchases to come of customers who are alive now.

    Attributes:
        mean: Expected number of purchases.
        square: Expected square of that number.
        none: Probability that there is none.
    Shape: (horizons, pairs) each.
    """

    mean: Float64
    square: Float64
    none: Float64


def beta_nodes(a: float, b: float, count: int = 40) -> tuple[Float64, Float64]:
    """Return points in (0, 1) and weights of sum 1 that integrate smooth functions over beta(a, b).

    Source: Gauss-Jacobi by the eigenvalues of the recurrence, Golub and Welsch (1969).
    """
    i = np.arange(count, dtype=np.float64)
    total = 2.0 * i + a + b - 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        diagonal = ((a - 1.0) ** 2 - (b - 1.0) ** 2) / (total * (total + 2.0))
        j, s = i[1:], total[1:]
        beside = 4.0 * j * (j + a - 1.0) * (j + b - 1.0) * (j + a + b - 2.0) / (s**2 * (s + 1.0) * (s - 1.0))
        beside[0] = 4.0 * a * b / ((a + b) ** 2 * (a + b + 1.0))
    diagonal[0] = (a - b) / (a + b)
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(beside))
    # the recurrence is that of (1 - u)^(b-1) (1 + u)^(a-1) on [-1, 1]
    return np.clip(0.5 * (1.0 + nodes), 1e-300, 1.0), vectors[0] ** 2


@lru_cache(maxsize=4)
def unit_nodes(count: int = 32) -> tuple[Float64, Float64]:
    """Return points in (0, 1) and weights of sum 1 that integrate smooth functions over [0, 1] (Gauss-Legendre)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (1.0 + nodes), 0.5 * weights
