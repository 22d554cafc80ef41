"""Compare policies on the same people with the same dice, by what matters: who stays, and what they bring.

Over several seeds every policy meets the same markets, so gains are paired: the mean over markets of the difference to
the reference, with Student's interval over markets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from siyu.app.simulate.policies import policy_named
from siyu.app.simulate.run import Progress, Simulated, simulate
from siyu.kernel.arrays import Float64
from siyu.sandbox.market.parameters import Parameters

#: What others are compared with, if it is among them.
_REFERENCE = "nothing"


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more than the reference, per market, with its 95 % interval; no interval from one market."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy; means over markets.

    Attributes:
        seed, seeds: The first market's, and how many markets there were.
        retained: People who at the end still have us as a contact and bought in the last 90 days.
        value_minor_per_person: Paid since the beginning, per person of the market, after discounts.
        complaints_per_1000, left_per_1000: Per thousand people of the market.
        sent_per_person: Messages that reached people.
        retained_gain, value_gain: Against ``against``, for 1,000 people and for one person; None for itself.
        held, denied, sent: Added up over markets.
    """

    policy: str
    says: str
    market: str
    seed: int
    seeds: int
    people: int
    days: int
    retained: float
    retained_per_1000: float
    value_minor_per_person: float
    complaints_per_1000: float
    left_per_1000: float
    sent_per_person: float
    against: str
    retained_gain: Gain | None
    value_gain: Gain | None
    sent: int
    held: dict[str, int]
    denied: dict[str, int]
    seconds: float


def compare(
    policies: Sequence[str],
    of: Parameters,
    *,
    people: int,
    days: int,
    seeds: Sequence[int],
    every_days: int,
    progress: Progress = lambda *_: None,
) -> list[Compared]:
    """Run each policy through the whole product on each market, most retained people first.

    Gains are against ``nothing`` if it is among the policies, and against the first otherwise.

    Raises:
        BadInputError: there is no such policy.
    """
    chosen = [policy_named(name) for name in dict.fromkeys(policies)]
    against = _REFERENCE if _REFERENCE in policies else chosen[0].name
    runs: dict[str, list[Simulated]] = {one.name: [] for one in chosen}
    for done, (seed, one) in enumerate((seed, one) for seed in seeds for one in chosen):
        progress("policies", done, len(chosen) * len(seeds))
        runs[one.name].append(
            simulate(
                list(one.plays()),
                of,
                people=people,
                days=days,
                seed=seed,
                numbers=one.numbers,
                settings=one.settings,
                every_days=every_days,
                measured=False,
            )
        )
    progress("policies", 1, 1)
    found = []
    for one in chosen:
        mine, theirs = runs[one.name], runs[against]
        retained = np.array([run.retained for run in mine]) / people * 1000
        value = np.array([run.value_minor for run in mine]) / people
        other = np.array([run.retained for run in theirs]) / people * 1000
        worth = np.array([run.value_minor for run in theirs]) / people
        same = one.name == against
        found.append(
            Compared(
                one.name, one.says, of.name, seeds[0], len(seeds), people, days,
                round(float(np.mean([run.retained for run in mine])), 1),
                round(float(retained.mean()), 1),
                round(float(value.mean()), 1),
                _per(1000, [run.complaints for run in mine], people),
                _per(1000, [run.left for run in mine], people),
                _per(1, [run.sent for run in mine], people),
                against,
                None if same else gain_of(retained - other),
                None if same else gain_of(value - worth),
                sum(run.sent for run in mine),
                _added([run.held for run in mine]),
                _added([run.denied for run in mine]),
                round(sum(run.seconds for run in mine), 1),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.retained, -one.value_minor_per_person))


def gain_of(values: Float64) -> Gain:
    """Return the mean of paired differences and its 95 % interval (Student)."""
    mean = float(values.mean())
    if values.size < 2:
        return Gain(round(mean, 1), None, None)
    half = float(student.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return Gain(round(mean, 1), round(mean - half, 1), round(mean + half, 1))


def _per(unit: int, counts: Sequence[int], people: int) -> float:
    return round(unit * float(np.mean(counts)) / people, 2)


def _added(parts: Sequence[dict[str, int]]) -> dict[str, int]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0) for part in parts) for name in names}
