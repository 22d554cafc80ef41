"""Judge other policies on a log (离线评估): what would have been, had somebody else chosen.

Every logged choice carries the chance with which it was made. A choice that the other policy would have made too counts
one through that chance, the others nothing (``ips``); divided by the sum of the weights instead of their number it is
biased a little and much steadier (``snips``); corrected by a model of what each action brings it is right if either the
chances or the model are (``dr``), and steadier the better the model is. What one person did at several choices hangs
together, so intervals are made of people, not of choices.

Source: Horvitz and Thompson (1952); Swaminathan and Joachims, The self-normalized estimator for counterfactual learning
(2015); Dudík, Langford and Li, Doubly robust policy evaluation and learning (2011).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal, Protocol, TypeVar

from siyu.kernel.errors import BadInputError


class Chosen(Protocol):
    """What was chosen, of what, and with which chance (``next_best.Choice``, or a row of the log)."""

    @property
    def person_id(self) -> int: ...  # noqa: D102  whom it was for
    @property
    def action(self) -> str: ...  # noqa: D102  the play; empty for silence
    @property
    def context(self) -> str: ...  # noqa: D102  which kind of person
    @property
    def propensity(self) -> float: ...  # noqa: D102  the chance, above zero
    @property
    def actions(self) -> tuple[str, ...]: ...  # noqa: D102  everything that could have been chosen
    @property
    def worths(self) -> tuple[float, ...]: ...  # noqa: D102  what each was expected to be worth


#: So many choices of equal weight are needed for an interval to be relied on (house rule).
ENOUGH: Final = 100
C = TypeVar("C", bound=Chosen)


@dataclass(frozen=True, slots=True)
class Judged:
    """What another policy would have brought per choice, with its 95 % interval.

    Attributes:
        agreed: Choices that it would have made too; the estimate rests on them.
        effective: Choices of equal weight that would say as much (Kish); few of them, and the interval may be wrong.
    """

    value: float
    low: float
    high: float
    agreed: int
    effective: float

    @property
    def is_thin(self) -> bool:
        """Whether too few choices support it to be relied on."""
        return self.effective < ENOUGH


def judge_from_log(
    log: Sequence[tuple[C, float]],
    policy: Callable[[C], str],
    *,
    how: Literal["ips", "snips", "dr"] = "ips",
    model: Callable[[C, str], float] | None = None,
) -> Judged:
    """Say from a log what a policy would have brought, had it chosen.

    Args:
        log: Choices and what each brought.
        policy: Names the action (one of ``actions``) it would have taken for that person.
        model: For ``dr``: what an action is expected to bring; the mean by context and action of the log if left out.

    Raises:
        BadInputError: fewer than two choices, which say nothing about the error.
    """
    many = len(log)
    if many < 2:
        raise BadInputError(f"{many} choices say nothing", mend="at least two are needed")
    wanted = [policy(choice) for choice, _ in log]
    weights = [
        1.0 / choice.propensity if action == choice.action else 0.0
        for (choice, _), action in zip(log, wanted, strict=True)
    ]
    agreed, total = sum(weight > 0 for weight in weights), sum(weights)
    effective = total**2 / sum(weight**2 for weight in weights) if total else 0.0
    if how == "snips":
        if not total:
            return Judged(float("nan"), float("nan"), float("nan"), 0, 0.0)
        value = sum(weight * brought for weight, (_, brought) in zip(weights, log, strict=True)) / total
        apart = [weight * (brought - value) for weight, (_, brought) in zip(weights, log, strict=True)]
        half = _half(log, apart, total)
        return Judged(value, value - half, value + half, agreed, effective)
    if how == "dr":
        says = model or mean_model(log)
        terms = [
            says(choice, action) + weight * (brought - says(choice, choice.action))
            for (choice, brought), action, weight in zip(log, wanted, weights, strict=True)
        ]
    else:
        terms = [weight * brought for weight, (_, brought) in zip(weights, log, strict=True)]
    value = sum(terms) / many
    half = _half(log, [one - value for one in terms], many)
    return Judged(value, value - half, value + half, agreed, effective)


def _half(log: Sequence[tuple[C, float]], apart: Sequence[float], total: float) -> float:
    """Return half of the 95 % interval of a mean, of what each choice is apart from it; people are independent."""
    of_person: dict[int, float] = {}
    for (choice, _), one in zip(log, apart, strict=True):
        of_person[choice.person_id] = of_person.get(choice.person_id, 0.0) + one
    people = len(of_person)
    if people < 2:
        return float("nan")
    return 1.96 * sqrt(sum(one * one for one in of_person.values()) * people / (people - 1)) / total


def mean_model(log: Sequence[tuple[C, float]]) -> Callable[[C, str], float]:
    """Return a model that knows the mean by context and action; of what was never seen it says the mean of all."""
    sums: dict[tuple[str, str], list[float]] = {}
    for choice, brought in log:
        pair = sums.setdefault((choice.context, choice.action), [0.0, 0.0])
        pair[0] += brought
        pair[1] += 1
    whole = sum(brought for _, brought in log) / max(1, len(log))
    means = {key: total / many for key, (total, many) in sums.items()}
    return lambda choice, action: means.get((choice.context, action), whole)


def by_worth(choice: Chosen) -> str:
    """The policy that always takes what is expected to be worth most, and never explores."""
    return choice.actions[max(range(len(choice.worths)), key=lambda place: choice.worths[place])]


def always(play: str) -> Callable[[Chosen], str]:
    """Return the policy that takes one play wherever it may, and says nothing elsewhere."""
    return lambda choice: play if play in choice.actions else ""
