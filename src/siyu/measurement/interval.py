"""Intervals (置信区间): how far a measured share, mean or difference may lie from the truth."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

from siyu.kernel.errors import BadInputError

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number and the interval that covers the truth in ``confidence`` of all repetitions."""

    value: float
    low: float
    high: float


def z_of(confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors a two-sided interval reaches (1.96 for 95 %)."""
    if not 0 < confidence < 1:
        raise BadInputError(f"{confidence} is no confidence level", mend="write a share such as 0.95")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def share(hits: int, of: int, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return a share with Wilson's score interval; ``None`` of nobody.

    Source: Wilson (1927), Journal of the American Statistical Association 22; no continuity correction.
    """
    if of <= 0:
        return None
    z = z_of(confidence)
    rate = hits / of
    centre = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return Estimate(rate, 0.0 if hits == 0 else centre - half, 1.0 if hits == of else centre + half)


def cost_per(cost: float, hits: int, of: int, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return cost per hit with the interval that follows from Wilson's of the share of hits; ``None`` without a hit.

    The upper end is infinite where the share may be 0.
    """
    rate = share(hits, of, confidence=confidence)
    if rate is None or not hits:
        return None
    return Estimate(cost / hits, cost / (of * rate.high), cost / (of * rate.low) if rate.low > 0 else float("inf"))


def difference_of_shares(
    hits: int, of: int, base_hits: int, base_of: int, *, confidence: float = CONFIDENCE
) -> Estimate | None:
    """Return share minus base share with Newcombe's interval; ``None`` if one side has nobody.

    Source: Newcombe (1998), Statistics in Medicine 17:873-890, method 10 (Wilson limits combined).
    """
    one = share(hits, of, confidence=confidence)
    base = share(base_hits, base_of, confidence=confidence)
    if one is None or base is None:
        return None
    gap = one.value - base.value
    return Estimate(
        gap,
        gap - sqrt((one.value - one.low) ** 2 + (base.high - base.value) ** 2),
        gap + sqrt((one.high - one.value) ** 2 + (base.value - base.low) ** 2),
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """What a mean and its interval need of some values: how many, their sum, the sum of their squares."""

    count: int
    total: float
    squares: float

    @property
    def error(self) -> float:
        """Variance of the mean: the sample variance divided by the count."""
        return max(self.squares / self.count - (self.total / self.count) ** 2, 0.0) / (self.count - 1)


def mean(of: Sums, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return a mean with its large-sample interval; ``None`` of fewer than two."""
    if of.count < 2:
        return None
    middle, half = of.total / of.count, z_of(confidence) * sqrt(of.error)
    return Estimate(middle, middle - half, middle + half)


def difference_of_means(of: Sums, base: Sums, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return mean minus base mean with Welch's interval, large-sample; ``None`` if a side has fewer than two."""
    if of.count < 2 or base.count < 2:
        return None
    gap = of.total / of.count - base.total / base.count
    half = z_of(confidence) * sqrt(of.error + base.error)
    return Estimate(gap, gap - half, gap + half)
