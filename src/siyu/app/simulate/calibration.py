"""How simulated markets look beside the real data they imitate: repeat buying, gaps, baskets."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import preset

_ZONE_US: Final = 8 * HOUR
_NAMES: Final = (
    "share with a second purchase day", "mean purchase days", "median purchase days", "purchase days, 75 %",
    "purchase days, 90 %", "purchase days, 99 %", "gap in days, 25 %", "median gap in days", "gap in days, 75 %",
    "gap in days, 90 %", "basket, 25 %", "median basket", "basket, 75 %", "basket, 90 %",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """Where a preset comes from and how people are watched.

    Attributes:
        source: The data, and over how long it was watched.
        real: The figures of ``_NAMES``, measured on it (a test measures them again where the data is there).
        arriving_days: People arrive within so many days, watching begins with the first;
            0: they arrived in the year before watching begins.
    """

    source: str
    people: int
    watched_days: int
    arriving_days: int
    real: tuple[float, ...]


LOOKS: Final = {
    "cdnow": Look(
        "CDNOW master file: 23,570 customers who came in 12 weeks, watched from 1997-01-01 to 1998-06-30",
        23_570, 546, 84,
        (0.4886, 2.868, 1, 3, 6, 19, 12, 34, 94, 200, 14.90, 26.73, 44.73, 73.42),
    ),
    "grocery": Look(
        "The Complete Journey (84.51°): 2,469 households of a grocer, watched through 2017",
        2_469, 365, 0,
        (0.9862, 51.37, 39, 72, 111, 216.3, 2, 3, 7, 13, 9.78, 22.23, 46.49, 86.47),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One figure of one market.

    Attributes:
        ratio: Simulated through real.
    """

    market: str
    figure: str
    real: float
    simulated: float
    ratio: float


def calibrations(*, seed: int = 1) -> list[Calibrated]:
    """Simulate every market that imitates data, as many people as the data has, and compare."""
    found = []
    for name, look in LOOKS.items():
        simulated = figures(*simulated_days(name, look, seed=seed))
        found += [
            Calibrated(name, figure, real, round(value, 4), round(value / real, 3))
            for figure, real, value in zip(_NAMES, look.real, simulated, strict=True)
        ]
    return found


def simulated_days(name: str, look: Look, *, seed: int) -> tuple[Int64, Int64, Float64]:
    """Return (person, day, paid) of the simulated purchase days while people were watched; major units."""
    start_us = 20_000 * DAY - _ZONE_US
    until_us = start_us + look.watched_days * DAY
    arrivals = (
        (start_us, start_us + look.arriving_days * DAY) if look.arriving_days else (start_us - 365 * DAY, start_us)
    )
    market = Market(preset(name), people=look.people, seed=seed, start_us=start_us, days=0, arrivals=arrivals)
    market.live_until(until_us)
    orders = market.past().only(ORDERED)
    inside = orders.at >= start_us
    return days_of(orders.person[inside], (orders.at[inside] + _ZONE_US) // DAY, orders.value[inside] / 100)


def days_of(person: Int64, day: Int64, paid: Float64) -> tuple[Int64, Int64, Float64]:
    """Put the orders of one person and day together."""
    order = np.lexsort((day, person))
    person, day, paid = person[order], day[order], paid[order]
    first = np.ones(person.size, np.bool_)
    first[1:] = (np.diff(person) != 0) | (np.diff(day) != 0)
    return person[first], day[first], np.add.reduceat(paid, np.flatnonzero(first))


def figures(person: Int64, day: Int64, paid: Float64) -> tuple[float, ...]:
    """Return the figures of ``_NAMES``.

    Args:
        person, day, paid: One row per purchase day, by person and day.
    """
    _, many = np.unique(person, return_counts=True)
    same = np.diff(person) == 0
    gaps = np.diff(day)[same]
    return tuple(
        float(value)
        for value in (
            (many > 1).mean(),
            many.mean(),
            *np.quantile(many, (0.5, 0.75, 0.9, 0.99)),
            *np.quantile(gaps, (0.25, 0.5, 0.75, 0.9)),
            *np.quantile(paid[paid > 0], (0.25, 0.5, 0.75, 0.9)),
        )
    )
