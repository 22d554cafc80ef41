"""What plays achieved (学到的效果), by context, from choices whose chances are known; drawn towards what was expected.

Definition: effect = weighted share of people who bought within the window after a choice of the play, minus that after
silence in the same context; each choice weighs one through its chance (self-normalised). The prior is normal around the
play's own expectation with that expectation as its standard deviation; so is the posterior.
Source: Hájek (1971) for the self-normalised weights; normal prior and likelihood, as in any textbook.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Tally:
    """Choices of one action in one context: sums of the weight 1/chance, of its square, and of both for who bought."""

    weight: float
    square: float
    bought: float
    bought_square: float

    @property
    def share(self) -> float:
        """Weighted share that bought."""
        return self.bought / self.weight if self.weight else 0.0

    @property
    def variance(self) -> float:
        """Of that share."""
        if not self.weight:
            return inf
        share = self.share
        return (self.bought_square * (1.0 - 2.0 * share) + share**2 * self.square) / self.weight**2


def factor(tallies: Mapping[tuple[str, str], Tally], play: str, context: str, prior: float) -> float:
    """Return by what a play's own expectation is to be multiplied in a context: 1 while nothing is known.

    Args:
        tallies: By (play, context); the play ``""`` is silence.
        prior: The share of people that the play expects to move.
    """
    spoken, silent = tallies.get((play, context)), tallies.get(("", context))
    if prior <= 0 or spoken is None or silent is None:
        return 1.0
    variance = spoken.variance + silent.variance
    # a few people who all did the same have no spread: that is not certainty
    least = 0.25 / max(1.0, spoken.weight**2 / spoken.square) + 0.25 / max(1.0, silent.weight**2 / silent.square)
    trust = prior**2 / (prior**2 + max(variance, 0.1 * least))
    return max(0.0, (1.0 - trust) * 1.0 + trust * (spoken.share - silent.share) / prior)
