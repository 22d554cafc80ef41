"""Dice: every chance in the market is a number that depends on who, what and how many times alone.

Two worlds with one seed therefore differ only where somebody was treated differently (common random numbers): the
thousandth purchase of a person is drawn alike whether or not a message came before it.

Source: splitmix64 as a counter-based generator; Steele, Lea and Flood, Fast splittable pseudorandom number generators
(2014). Normal numbers: Box and Muller, A note on the generation of random normal deviates (1958).
"""

from typing import Any

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.compiled import compiled


@compiled
def mixed(x: Any) -> Any:
    """Scatter 64 bits, unsigned."""
    z = np.uint64(x) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def chance(seed: int, person: int, what: int, nth: int) -> float:
    """Return a number in (0, 1).

    Args:
        what: Which die it is (``live.py`` names them).
        nth: How often this person threw this die before.
    """
    two = mixed(mixed(np.uint64(seed)) ^ np.uint64(person))
    three = mixed(two ^ (np.uint64(what) << np.uint64(40)) ^ np.uint64(nth))
    return (float(three >> np.uint64(11)) + 0.5) / 9007199254740992.0


@compiled
def chances(seed: int, people: Int64, what: int, nth: Int64) -> Float64:
    """Return a number in (0, 1) for each of many throws. Shape: as ``people`` and ``nth``."""
    found = np.empty(people.size, np.float64)
    for row in range(people.size):
        found[row] = chance(seed, people[row], what, nth[row])
    return found


@compiled
def normal(seed: int, person: int, what: int, nth: int) -> float:
    """Return a standard normal number; it throws the die ``what`` and the one that lies 100 further."""
    far = np.sqrt(-2.0 * np.log(chance(seed, person, what, nth)))
    return float(far * np.cos(2.0 * np.pi * chance(seed, person, what + 100, nth)))
