"""Did people fall into the arms as they were meant to? If not, nothing else in the experiment may be read."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Counts against what was planned.

    Attributes:
        people, expected: By arm.
        p: Probability of a difference this large by chance (chi-square test of Pearson).
        broken: ``p`` below 0.001.
    """

    people: dict[str, int]
    expected: dict[str, float]
    p: float
    broken: bool


def sample_ratio(people: Mapping[str, int], planned: Mapping[str, float] | None = None) -> SampleRatio:
    """Compare counts with the plan.

    Args:
        people: Arm to number of people.
        planned: Arm to share (any scale); equal shares by default.

    Raises:
        BadInputError: the plan names other arms, or a share is not above zero.
    """
    names = sorted(people)
    shares = np.array([float((planned or dict.fromkeys(names, 1.0)).get(name, 0.0)) for name in names])
    if (shares <= 0).any() or (planned is not None and set(planned) != set(names)):
        raise BadInputError("the planned shares name other arms than the data", mend=f"the arms are {', '.join(names)}")
    counts = np.array([people[name] for name in names], np.float64)
    expected = shares / shares.sum() * counts.sum()
    distance = float(((counts - expected) ** 2 / expected).sum())
    p = float(chdtrc(len(names) - 1, distance)) if len(names) > 1 else 1.0
    return SampleRatio(dict(people), dict(zip(names, expected.tolist(), strict=True)), p, p < 0.001)
