"""Next best action (最优下一步): of all that plays want to do for a person, what is worth most; or nothing.

Worth is expected effect x value - cost - what a message costs in goodwill, which grows with what the person heard
lately. Where several plays want to speak, a small share of choices is drawn evenly among all that may be chosen,
silence included (epsilon-greedy contextual bandit), and every choice keeps the chance with which it was made, so that
another policy can be judged on the same log without being run. What a play achieves is learned by context, and drawn
towards its prior while few were seen (``learned.py``); ``off_policy.py`` judges other policies on the log.

Source: Langford and Zhang, The epoch-greedy algorithm for contextual multi-armed bandits (2007) for exploring a share.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from siyu.campaigns.proposal import Proposal
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY


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
        actions: What could have been chosen: names of plays, and ``""`` for silence; ``worths``: of each.
        explored: It was drawn, not judged.
    """

    person_id: int
    context: str
    proposal: Proposal | None
    propensity: float
    worth_minor: float
    actions: tuple[str, ...]
    worths: tuple[float, ...]
    explored: bool

    @property
    def action(self) -> str:
        """The play that was chosen; empty for silence."""
        return self.proposal.play if self.proposal else ""


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
    # a play that is alone competes with silence by its worth, and is not put off by chance
    explore = how.explore if len(wanted) > 1 else 0.0
    dice = share_of("next best", how.salt, str(person), str(now_us // DAY)) if explore else 1.0
    explored = dice < explore
    chosen = min(int(dice / explore * len(options)), len(options) - 1) if explored else best
    propensity = explore / len(options) + (1.0 - explore if chosen == best else 0.0)
    actions = ("", *(one.play for one in wanted))
    worths = tuple(value for _, value in options)
    return Choice(person, context, options[chosen][0], propensity, options[chosen][1], actions, worths, explored)
