"""What an experiment needs to remember of its people: how many, their means, and how metrics vary together.

Two parts of the people (buckets, days, machines) add up to the moments of all of them.
Source: Chan, Golub and LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled, compiled_sum
from siyu.kernel.errors import BadInputError


class NotFiniteError(BadInputError):
    """A metric is missing, not a number or infinite for somebody."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of every arm.

    Attributes:
        arms, metrics: Names.
        n: People, (arms,).
        mean: (arms, metrics).
        about: Sums of products of deviations from the mean, (arms, metrics, metrics).
    """

    arms: tuple[str, ...]
    metrics: tuple[str, ...]
    n: Int64
    mean: Float64
    about: Float64

    def arm(self, name: str) -> int:
        """Return the position of an arm.

        Raises:
            BadInputError: there is none of that name.
        """
        if name not in self.arms:
            raise BadInputError(f"there is no arm {name!r}", mend=f"the arms are {', '.join(self.arms)}")
        return self.arms.index(name)

    def metric(self, name: str) -> int:
        """Return the position of a metric.

        Raises:
            BadInputError: there is none of that name.
        """
        if name not in self.metrics:
            raise BadInputError(f"there is no metric {name!r}", mend=f"the metrics are {', '.join(self.metrics)}")
        return self.metrics.index(name)

    def covariance(self, arm: int) -> Float64:
        """Return the sample covariance of the metrics in one arm, (metrics, metrics); NaN for an arm of one."""
        return np.asarray(self.about[arm] / (self.n[arm] - 1) if self.n[arm] > 1 else self.about[arm] * np.nan)


def moments(arm: Int32, columns: Sequence[Float64], arms: Sequence[str], metrics: Sequence[str]) -> Moments:
    """Take the moments in one pass.

    Args:
        arm: Position of each person's arm in ``arms``; (people,).
        columns: One column for each of ``metrics``, (people,) each; finite numbers.

    Raises:
        NotFiniteError: a column holds something that is no finite number.
    """
    if not columns:
        n = np.bincount(arm, minlength=len(arms)).astype(np.int64)
        return Moments(tuple(arms), (), n, np.zeros((len(arms), 0)), np.zeros((len(arms), 0, 0)))
    # numbers are summed from an origin inside their range, so that squares of large numbers lose nothing
    origin = np.array([float(column[: min(column.size, 1000)].mean()) if column.size else 0.0 for column in columns])
    n, sums, products = _sums(arm, tuple(columns), np.nan_to_num(origin), len(arms))
    if not np.isfinite(products).all():
        broken = [name for name, column in zip(metrics, columns, strict=True) if not np.isfinite(column).all()]
        raise NotFiniteError(f"{', '.join(broken) or 'a metric'} holds something that is no finite number")
    some = np.maximum(n, 1)[:, None]
    mean = sums / some
    about = products - mean[:, :, None] * sums[:, None, :]
    about += np.triu(about, 1).transpose(0, 2, 1) - np.tril(about, -1)
    return Moments(tuple(arms), tuple(metrics), n, np.where(n[:, None] > 0, mean + origin, 0.0), about)


def add(parts: Iterable[Moments]) -> Moments:
    """Add the moments of different people; arms go by name (those without people drop out), metrics are the same.

    Raises:
        BadInputError: there is no part, or the metrics differ.
    """
    taken = list(parts)
    if not taken or any(part.metrics != taken[0].metrics for part in taken):
        raise BadInputError("moments of different metrics cannot be added")
    arms = tuple(sorted({name for part in taken for name, n in zip(part.arms, part.n, strict=True) if n}))
    size = len(taken[0].metrics)
    n, mean, about = np.zeros(len(arms), np.int64), np.zeros((len(arms), size)), np.zeros((len(arms), size, size))
    for part in taken:
        for i, name in enumerate(part.arms):
            if not part.n[i]:
                continue
            here = arms.index(name)
            both = n[here] + part.n[i]
            apart = part.mean[i] - mean[here]
            about[here] += part.about[i] + np.outer(apart, apart) * (n[here] * part.n[i] / both)
            mean[here] += apart * (part.n[i] / both)
            n[here] = both
    return Moments(arms, taken[0].metrics, n, mean, about)


@compiled
def _sums(arm: Int32, columns: tuple[Float64, ...], origin: Float64, arms: int) -> tuple[Int64, Float64, Float64]:
    """Sum block by block: put the rows of an arm together first, without a branch, then add.

    A block stays in the cache.
    """
    size, block = len(columns), 4096
    n = np.zeros(arms, np.int64)
    sums, products = np.zeros((arms, size)), np.zeros((arms, size, size))
    shifted, row = np.empty((size, block)), np.empty(block + 1, np.int32)
    for begin in range(0, arm.size, block):
        here = arm[begin : begin + block]
        for a in range(arms):
            found = 0
            for i in range(here.size):
                row[found] = i
                found += here[i] == a
            if not found:
                continue
            n[a] += found
            for j in range(size):
                column, zero, line = columns[j][begin : begin + block], origin[j], shifted[j]
                for i in range(found):
                    line[i] = column[row[i]] - zero
            for j in range(size):
                sums[a, j] += _sum(shifted[j, :found])
                for k in range(j, size):
                    products[a, j, k] += _dot(shifted[j, :found], shifted[k, :found])
    return n, sums, products


@compiled_sum
def _sum(values: Float64) -> float:
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


@compiled_sum
def _dot(left: Float64, right: Float64) -> float:
    total = 0.0
    for i in range(left.size):
        total += left[i] * right[i]
    return total
