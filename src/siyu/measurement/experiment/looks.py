"""Looking a planned number of times (group-sequential): how clear a difference must be at each look, and no clearer.

Definition: the probability of a false alarm is spent over the looks as the share of the people seen grows: all of it
    with the last one. ``obrien`` spends little early (stopping early needs a very clear difference, the last look
    costs almost nothing), ``pocock`` spends evenly, ``linear`` in proportion. At each look the difference over its
    standard error is compared with a bound; beyond it one may stop. An interval that repeats itself at every look is
    the difference plus and minus bound x standard error.
Units: shares of the planned people in (0, 1]; bounds in standard errors, two-sided.
When it lies: looks that depend on what was seen, or more people than planned; the confidence sequence of ``compare``
    allows both, at the price of wider intervals.
Source: Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70 (1983); the recursion over
    looks of Armitage, McPherson and Rowe (1969), here by Gauss-Legendre quadrature of the density still inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import e, log, sqrt
from typing import Final, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError

Spending = Literal["obrien", "pocock", "linear"]
SPENDING: Final = ("obrien", "pocock", "linear")
_NODES: Final = 160
_WIDEST: Final = 9.0
#: A look may be taken this much too early.
_LATE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Look:
    """One look.

    Attributes:
        share: Of the planned people seen by then.
        spent: Probability of a false alarm up to, and with, this look.
        bound: How many standard errors a difference must lie from zero; infinite where nothing can be spent.
        level: Of one interval of ``bound`` standard errors.
    """

    share: float
    spent: float
    bound: float
    level: float


def looks(shares: Sequence[float], *, level: float = 0.95, spending: Spending = "obrien") -> tuple[Look, ...]:
    """Say how clear a difference must be at each look.

    Args:
        shares: Of the planned people seen at each look, ascending, the last at most 1.
        level: 1 minus the probability of a false alarm over all looks together.

    Raises:
        BadInputError: shares do not ascend within (0, 1], or there is no such way to spend.
    """
    seen = [float(share) for share in shares]
    if not seen or seen[0] <= 0 or seen[-1] > 1 + 1e-12 or any(b <= a for a, b in pairwise(seen)):
        raise BadInputError("looks are shares of the planned people, ascending, above 0 and up to 1")
    if spending not in SPENDING or not 0 < level < 1:
        raise BadInputError(f"{spending!r} at level {level} is no plan", mend="one of " + ", ".join(SPENDING))
    alpha, found, before = 1.0 - level, [], 0.0
    # density of the sum of what was seen (a walk whose variance is the share), of those still inside all bounds
    place, density, weight = np.zeros(1), np.ones(1), np.ones(1)
    last = 0.0
    for share in seen:
        spent = _spent(min(share, 1.0), alpha, spending)
        step = sqrt(share - last)
        bound = _bound(place, density * weight, step, sqrt(share), max(spent - before, 0.0))
        found.append(Look(share, spent, bound, float(2.0 * ndtr(bound) - 1.0)))
        reach = min(bound, _WIDEST) * sqrt(share)
        node, rule = np.polynomial.legendre.leggauss(_NODES)
        there = reach * node
        moved = np.exp(-0.5 * ((there[:, None] - place[None, :]) / step) ** 2) / (step * sqrt(2.0 * np.pi))
        place, density, weight, last, before = there, moved @ (density * weight), reach * rule, share, spent
    return tuple(found)


def look_now(
    people: int, planned_people: int, shares: Sequence[float], *, level: float = 0.95, spending: Spending = "obrien"
) -> Look:
    """Return the look that is taken now: all planned ones before it, and this one at the share that was really seen.

    Args:
        people: Seen so far, in all arms.
        planned_people: For which the experiment was planned.
        shares: Of the planned looks.

    Raises:
        BadInputError: no planned look is due yet, or the plan makes no sense.
    """
    if planned_people < 1:
        raise BadInputError("an experiment is planned for one person at least", where="--planned-people")
    share = min(people / planned_people, 1.0)
    due = [one for one in shares if one <= share * (1.0 + _LATE)]
    if not due:
        raise BadInputError(f"the first look comes at {shares[0]:.0%} of the people, {share:.1%} are there")
    return looks([one for one in due[:-1] if one < share] + [share], level=level, spending=spending)[-1]


def _spent(share: float, alpha: float, spending: Spending) -> float:
    if spending == "pocock":
        return alpha * log(1.0 + (e - 1.0) * share)
    if spending == "linear":
        return alpha * share
    return float(4.0 * ndtr(ndtri(alpha / 4.0) / sqrt(share)))  # half of it on each side


def _bound(place: Float64, mass: Float64, step: float, root: float, wanted: float) -> float:
    """Return the bound beyond which ``wanted`` of those still inside go with this step."""

    def beyond(bound: float) -> float:
        reach = bound * root
        return float(mass @ (ndtr((-reach - place) / step) + ndtr((place - reach) / step))) - wanted

    if wanted < 1e-15 or beyond(_WIDEST) >= 0.0:
        return float("inf")
    return float(brentq(beyond, 0.0, _WIDEST, xtol=1e-12))
