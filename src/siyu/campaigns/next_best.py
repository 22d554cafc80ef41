"""Next best action (最优下一步): of all that plays want to do for a person, what is worth most; or nothing.

Worth is expected effect x value - cost - harm: what the play expects times what was learned of it in the person's
context (``learned.py``), minus its cost, minus the share of people whom such a message loses us times what they are
worth to us. Context includes how long ago the person last heard from us, so it is also decided when to speak again;
and a play may offer several wordings, so it is also decided whether to ask, to remind or to offer.

A small share of choices is drawn evenly among all that may be chosen, silence included (epsilon-greedy contextual
bandit), and every choice keeps the chance with which it was made, so that it can be learned from, and another policy be
judged on the same log without being run (``off_policy.py``).

Source: Langford and Zhang, The epoch-greedy algorithm for contextual multi-armed bandits (2007) for exploring a share.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from siyu.campaigns.learned import Learned, arm_of
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY


@dataclass(frozen=True, slots=True)
class Choosing:
    """How to choose.

    Attributes:
        explore: Share of choices that are drawn evenly, in [0, 1].
        salt: Decides who is drawn; the same salt, person and day always draw the same.
        learning: Plays that state what they expect, so that it can be measured what they bring; others are weighed by
            what they say, and one that is alone is never put off by chance.
        learned: What is known of those by now.
    """

    explore: float = 0.05
    salt: str = ""
    learning: Collection[str] = ()
    learned: Learned = field(default_factory=Learned)

    def __post_init__(self) -> None:
        if not 0.0 <= self.explore <= 1.0:
            raise BadInputError(f"{self.explore}: a share in [0, 1] is needed")


class Choice(NamedTuple):
    """What was chosen for one person.

    Attributes:
        proposal: None if it is best to say nothing.
        action: What was chosen, as one of ``actions``.
        propensity: The chance with which this was chosen, above zero.
        worth_minor: What it is expected to be worth.
        actions: What could have been chosen: ``""`` for silence, then plays and their wordings (``learned.arm_of``);
            ``worths``: of each.
        explored: It was drawn, not judged.
    """

    person_id: int
    context: str
    proposal: Proposal | None
    action: str
    propensity: float
    worth_minor: float
    actions: tuple[str, ...]
    worths: tuple[float, ...]
    explored: bool


def choose(
    proposals: Sequence[Proposal],
    how: Choosing,
    *,
    now_us: int,
    context_of: Callable[[int], str] = lambda _: "early/rested",
    at_stake_minor: Mapping[int, float] | None = None,
    learners: Callable[[int], bool] = lambda _: True,
) -> list[Choice]:
    """Choose at most one proposal for each person, by ascending person.

    Args:
        context_of: The context of a person.
        at_stake_minor: What it costs to lose each person; nothing if left out.
        learners: For whom chance may choose; for others the best is chosen.
    """
    of_person: dict[int, list[Proposal]] = {}
    for one in proposals:
        of_person.setdefault(one.person_id, []).append(one)
    day, at_stake_minor = str(now_us // DAY), at_stake_minor or {}
    factor, harm_of = cache(how.learned.factor), cache(how.learned.harm_of)  # of few wordings in few contexts
    found = []
    for person in sorted(of_person):
        context = context_of(person)
        harm_minor = harm_of(context) * at_stake_minor.get(person, 0.0)
        options = _options(of_person[person], how.learning, context, factor, harm_minor)
        alone = len(options) == 2 and options[1].arm not in how.learning
        explore = how.explore if learners(person) and not alone else 0.0
        dice = share_of("next best", how.salt, str(person), day) if explore else 1.0
        found.append(_choose(person, context, options, explore, dice))
    return found


class _Option(NamedTuple):
    arm: str
    worth: float
    proposal: Proposal | None
    piece: Piece | None

    def said(self) -> Proposal | None:
        """Return the proposal as it is worded."""
        if self.proposal is None or self.proposal.piece is self.piece:
            return self.proposal
        return msgspec.structs.replace(self.proposal, piece=self.piece)


_SILENCE: Final = _Option("", 0.0, None, None)
_first = attrgetter("proposal_id")


def _options(
    wanted: Sequence[Proposal],
    learning: Collection[str],
    context: str,
    factor: Callable[[str, str], float],
    harm_minor: float,
) -> list[_Option]:
    """Return silence and everything that could be said, with what each is worth."""
    found = [_SILENCE]
    for one in sorted(wanted, key=_first) if len(wanted) > 1 else wanted:
        if one.play not in learning:
            found.append(_Option(one.play, one.expected_value_minor - one.cost_minor, one, one.piece))
            continue
        for piece in (one.piece, *one.instead):
            arm = arm_of(one.play, piece.content_id if one.instead else "")
            worth = one.expected_value_minor * factor(arm, context) - one.cost_minor - harm_minor
            found.append(_Option(arm, worth, one, piece))
    return found


def _choose(person: int, context: str, options: Sequence[_Option], explore: float, dice: float) -> Choice:
    worths = tuple(one.worth for one in options)
    best = worths.index(max(worths))
    explored = dice < explore
    chosen = min(int(dice / explore * len(options)), len(options) - 1) if explored else best
    return Choice(
        person, context, options[chosen].said(), options[chosen].arm,
        explore / len(options) + (1.0 - explore if chosen == best else 0.0), worths[chosen],
        tuple(one.arm for one in options), worths, explored,
    )  # fmt: skip
