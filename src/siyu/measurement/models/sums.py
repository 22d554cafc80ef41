"""Sums of products on one thread.

The matrix library of numpy starts its threads for vectors of ten thousand numbers, and on a machine with other work
they wait for each other twenty times longer than they add.
"""

import numpy as np

from siyu.kernel.arrays import Float64


def dot(left: Float64, right: Float64) -> float:
    """Return the sum of products of two vectors of equal length."""
    return float(np.einsum("i,i->", left, right))


def weigh(rows: Float64, weights: Float64) -> Float64:
    """Return the weighted sum of each row of (rows, columns)."""
    return np.asarray(np.einsum("ij,j->i", rows, weights), np.float64)
