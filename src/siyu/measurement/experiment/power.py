"""Before the start: how many people, how many days, how small an effect one could see.

Units: people per arm; the effect is absolute, in the unit of the metric. Two-sided tests of means with normal tails.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt

from scipy.special import ndtr, ndtri

from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Power:
    """A plan.

    Attributes:
        treated, control: People needed in each arm (every treated arm needs ``treated``).
        people: In all.
        days: How long it takes to gather them, if people a day were given.
        detectable: The effect that is found with this power.
        power: Probability of finding it.
        level: 1 minus the probability of a false alarm, after the correction for several arms.
    """

    treated: int
    control: int
    people: int
    days: int | None
    detectable: float
    power: float
    level: float


def plan(
    *,
    sd: float,
    effect: float | None = None,
    people: int | None = None,
    power: float = 0.8,
    level: float = 0.95,
    holdout: float = 0.5,
    arms: int = 1,
    people_per_day: float | None = None,
    explained: float = 0.0,
) -> Power:
    """Say how many people an effect needs, or which effect a number of people can show.

    Args:
        sd: Standard deviation of the metric; for a share ``s`` it is ``sqrt(s (1 - s))``.
        effect: The smallest difference that would matter; or give ``people`` to learn which one can be seen.
        holdout: Share of the people left alone.
        arms: Number of treated arms that share the rest; the level is corrected for their number (Bonferroni).
        explained: Share of the variance explained by a figure from before (CUPED), in [0, 1).

    Raises:
        BadInputError: neither or both of effect and people, or a number out of its range.
    """
    if (effect is None) == (people is None):
        raise BadInputError("give either the effect that matters or the number of people")
    if not (0 < holdout < 1 and 0 < power < 1 and 0 < level < 1 and arms >= 1 and 0 <= explained < 1 and sd > 0):
        raise BadInputError("shares and probabilities lie between 0 and 1, sd above 0, arms are 1 or more")
    alpha = (1.0 - level) / arms
    reach = float(ndtri(1.0 - alpha / 2.0) + ndtri(power))
    left = sd * sd * (1.0 - explained)
    each = (1.0 - holdout) / arms
    if effect is not None:
        if effect == 0.0:
            raise BadInputError("an effect of zero needs endless people")
        total = reach**2 * left * (1.0 / each + 1.0 / holdout) / effect**2
        treated, control = ceil(total * each), ceil(total * holdout)
    else:
        treated, control = int((people or 0) * each), int((people or 0) * holdout)
        if treated < 2 or control < 2:
            raise BadInputError(f"{people} people leave an arm with fewer than two")
    detectable = reach * sqrt(left * (1.0 / treated + 1.0 / control))
    everybody = treated * arms + control
    if people_per_day is not None and people_per_day <= 0:
        raise BadInputError("people a day must be above zero")
    days = ceil(everybody / people_per_day) if people_per_day else None
    return Power(treated, control, everybody, days, detectable, power, 1.0 - alpha)


def power_of(effect: float, *, sd: float, treated: int, control: int, level: float = 0.95) -> float:
    """Return the probability that a true ``effect`` is found."""
    error = sd * sqrt(1.0 / treated + 1.0 / control) if min(treated, control) > 0 else inf
    reach = float(ndtri((1.0 + level) / 2.0))
    return float(ndtr(effect / error - reach) + ndtr(-effect / error - reach))
