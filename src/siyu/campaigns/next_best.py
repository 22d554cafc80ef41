"""Next best action (最优下一步): of all that plays want to do for a person, what is worth most; or nothing.

Worth is expected effect x value - cost - what a message costs in goodwill, which grows with what the person heard
lately. A small share of choices is drawn evenly among everything that may be chosen, silence included (epsilon-greedy
contextual bandit), and every choice keeps the chance with which it was made, so that another policy can be judged on
the same log without being run. What a play achieves is learned by context, and drawn towards its prior while few were
seen.

Source: Horvitz and Thompson (1952) for the estimate from propensities; Langford and Zhang, The epoch-greedy algorithm
for contextual multi-armed bandits (2007) for exploring a fixed share.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

from siyu.campaigns.proposal import Proposal
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY

#: A play's prior counts like so many people (house rule).
PRIOR_PEOPLE: Final = 50.0


@dataclass(slots=True)
class Learned:
    """What plays achieved so far, by (play, context): people they were tried on, and of them successes.

    A context is a name that the caller gives to alike people, such as ``new``, ``regular`` or ``late``.
    """

    tried: dict[tuple[str, str], float] = field(default_factory=dict)
    succeeded: dict[tuple[str, str], float] = field(default_factory=dict)

    def see(self, play: str, context: str, *, success: bool) -> None:
        """Count one outcome."""
        key = (play, context)
        self.tried[key] = self.tried.get(key, 0.0) + 1.0
        self.succeeded[key] = self.succeeded.get(key, 0.0) + float(success)

    def factor(self, play: str, context: str, prior: float) -> float:
        """Return by what the play's own expectation is to be multiplied: learned effect through prior effect."""
        key = (play, context)
        learned = (PRIOR_PEOPLE * prior + self.succeeded.get(key, 0.0)) / (PRIOR_PEOPLE + self.tried.get(key, 0.0))
        return learned / prior if prior > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Choosing:
    """How to choose.

    Attributes:
        explore: Share of choices that are drawn evenly, in [0, 1].
        goodwill_minor: What the first message in a week costs in goodwill, minor units; each heard in the last seven
            days adds as much again.
        salt: Decides who is drawn; the same salt, person and day always draw the same.
    """

    explore: float = 0.05
    goodwill_minor: float = 0.0
    salt: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.explore <= 1.0 or self.goodwill_minor < 0.0:
            raise BadInputError(f"{self.explore}, {self.goodwill_minor}: a share in [0, 1] and a cost are needed")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one person.

    Attributes:
        proposal: None if it is best to say nothing.
        propensity: The chance with which this was chosen, above zero.
        worth_minor: What it is expected to be worth.
        actions: What could have been chosen: names of plays, and ``""`` for silence.
        explored: It was drawn, not judged.
    """

    person_id: int
    context: str
    proposal: Proposal | None
    propensity: float
    worth_minor: float
    actions: tuple[str, ...]
    explored: bool


def choose(
    proposals: Sequence[Proposal],
    how: Choosing,
    *,
    now_us: int,
    heard: Mapping[int, int],
    context_of: Callable[[int], str] = lambda _: "",
    factor: Callable[[str, str], float] = lambda _play, _context: 1.0,
) -> list[Choice]:
    """Choose at most one proposal for each person, by ascending person.

    Args:
        heard: Messages that each person got in the last seven days.
        context_of: The context of a person.
        factor: By what a play's expectation is multiplied in a context (``Learned.factor``).
    """
    of_person: dict[int, list[Proposal]] = {}
    for one in proposals:
        of_person.setdefault(one.person_id, []).append(one)
    return [
        _choose(
            person, sorted(of_person[person], key=lambda one: one.proposal_id), how, now_us, heard, context_of, factor
        )
        for person in sorted(of_person)
    ]


def _choose(  # noqa: PLR0917  what choose() was asked, in order
    person: int,
    wanted: list[Proposal],
    how: Choosing,
    now_us: int,
    heard: Mapping[int, int],
    context_of: Callable[[int], str],
    factor: Callable[[str, str], float],
) -> Choice:
    context = context_of(person)
    goodwill = how.goodwill_minor * (1 + heard.get(person, 0))
    worth = [one.expected_value_minor * factor(one.play, context) - one.cost_minor - goodwill for one in wanted]
    options: list[tuple[Proposal | None, float]] = [(None, 0.0), *zip(wanted, worth, strict=True)]
    best = max(range(len(options)), key=lambda place: options[place][1])
    dice = share_of("next best", how.salt, str(person), str(now_us // DAY))
    explored = dice < how.explore
    chosen = min(int(dice / how.explore * len(options)), len(options) - 1) if explored else best
    propensity = how.explore / len(options) + (1.0 - how.explore if chosen == best else 0.0)
    actions = ("", *(one.play for one in wanted))
    return Choice(person, context, options[chosen][0], propensity, options[chosen][1], actions, explored)


@dataclass(frozen=True, slots=True)
class Judged:
    """What another policy would have brought per person, with its 95 % interval."""

    value: float
    low: float
    high: float


def judge_from_log(log: Sequence[tuple[Choice, float]], policy: Callable[[Choice], str]) -> Judged:
    """Say from a log what a policy would have brought, had it chosen (inverse propensity weighting).

    Args:
        log: Choices and what each brought.
        policy: Names the action (one of ``Choice.actions``) it would have taken for that person.

    Raises:
        BadInputError: fewer than two choices, which say nothing about the error.
    """
    if len(log) < 2:
        raise BadInputError(f"{len(log)} choices say nothing", mend="at least two are needed")
    weighted = [
        brought / choice.propensity if policy(choice) == (choice.proposal.play if choice.proposal else "") else 0.0
        for choice, brought in log
    ]
    mean = sum(weighted) / len(weighted)
    variance = sum((one - mean) ** 2 for one in weighted) / (len(weighted) - 1)
    half = 1.96 * sqrt(variance / len(weighted))
    return Judged(mean, mean - half, mean + half)
