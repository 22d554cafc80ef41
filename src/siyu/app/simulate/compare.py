"""Compare policies on the same people with the same dice, by what matters: who stays, and what they bring."""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.app.simulate.policies import policy_named
from siyu.app.simulate.run import Progress, simulate
from siyu.sandbox.market.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy.

    Attributes:
        retained: People who at the end still have us as a contact and bought in the last 90 days.
        value_minor_per_person: Paid since the beginning, per person of the market, after discounts.
        complaints_per_1000, left_per_1000: Per thousand people of the market.
        sent_per_person: Messages that reached people.
    """

    policy: str
    says: str
    market: str
    seed: int
    people: int
    days: int
    retained: int
    value_minor_per_person: float
    complaints_per_1000: float
    left_per_1000: float
    sent_per_person: float
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
    seed: int,
    every_days: int,
    progress: Progress = lambda *_: None,
) -> list[Compared]:
    """Run each policy through the whole product, most retained people first.

    Raises:
        BadInputError: there is no such policy.
    """
    chosen = [policy_named(name) for name in policies]
    found = []
    for done, one in enumerate(chosen):
        progress("policies", done, len(chosen))
        run = simulate(
            list(one.plays()),
            of,
            people=people,
            days=days,
            seed=seed,
            numbers=one.numbers,
            every_days=every_days,
            measured=False,
        )
        found.append(
            Compared(
                one.name,
                one.says,
                of.name,
                seed,
                people,
                days,
                run.retained,
                round(run.value_minor / people, 1),
                round(1000 * run.complaints / people, 2),
                round(1000 * run.left / people, 2),
                round(run.sent / people, 2),
                run.sent,
                run.held,
                run.denied,
                run.seconds,
            )
        )
    progress("policies", len(chosen), len(chosen))
    return sorted(found, key=lambda one: (-one.retained, -one.value_minor_per_person))
