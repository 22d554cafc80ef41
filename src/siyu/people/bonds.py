"""Bonds between people (人际关系): who brought whom, who buys or lives together, who answers whom in a group.

A bond is a view over what is held already: accepted invitations and talk in groups. Nothing is kept for it, so it goes
with the touches when people are merged, split or erased. It tells staff whom to thank and whom to ask; no message says
to one person what is known of another.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, MINUTE

#: Whoever speaks next in a group within this time answers who spoke before.
ANSWER_US: Final = 10 * MINUTE
#: Talk older than this says nothing any more; the weight of a sign is halved as often.
HALF_LIFE_US: Final = 180 * DAY
#: Values of a device or an address that more people share are no household's.
MOST_IN_HOUSEHOLD: Final = 6
GENERATION: Final = 0.5  # what a generation further down counts less
ANSWERER: Final = 0.1  # what somebody counts who answers, beside somebody brought who stays


class BondKind(StrEnum):
    """What one person is to another."""

    BROUGHT = "brought"
    BROUGHT_BY = "brought_by"
    TEAM = "team"
    HOUSEHOLD = "household"
    ANSWERS = "answers"
    ANSWERED_BY = "answered_by"


#: How much one sign says. Two invitations or eight answers of today give a strength of .9 and .75.
WEIGHTS: Final = {
    BondKind.BROUGHT: 2.0, BondKind.BROUGHT_BY: 2.0, BondKind.TEAM: 1.0, BondKind.HOUSEHOLD: 1.0,
    BondKind.ANSWERS: 0.25, BondKind.ANSWERED_BY: 0.25,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks for a bond with somebody.

    Attributes:
        about: The invitation's code, or the group.
        touch: The touch that says it, by its id in hexadecimal; empty where moment and group name it.
    """

    other: int
    kind: BondKind
    at_us: int
    about: str
    touch: str = ""


@dataclass(frozen=True, slots=True)
class Bond:
    """What somebody is to a person, and how surely.

    Attributes:
        strength: 0 to 1: 1 - 2^-(the weights of its signs, each halved every 180 days).
        since_us, last_us: First and last sign.
        signs: How many there are; ``newest`` are the last of them.
    """

    other: int
    kind: BondKind
    strength: float
    since_us: int
    last_us: int
    signs: int
    newest: Sequence[Sign]


def bonds_from(signs: Iterable[Sign], *, now_us: int, most: int = 10) -> list[Bond]:
    """Put signs together; the strongest bond first.

    Args:
        most: Signs that are shown with each bond.
    """
    together: dict[tuple[int, BondKind], list[Sign]] = defaultdict(list)
    for sign in signs:
        if sign.at_us < now_us:
            together[sign.other, sign.kind].append(sign)
    found = []
    for (other, kind), theirs in together.items():
        theirs.sort(key=lambda sign: (sign.at_us, sign.about, sign.touch), reverse=True)
        weight = sum(WEIGHTS[kind] * 0.5 ** ((now_us - sign.at_us) / HALF_LIFE_US) for sign in theirs)
        found.append(
            Bond(other, kind, 1 - 0.5**weight, theirs[-1].at_us, theirs[0].at_us, len(theirs), theirs[:most])
        )  # fmt: skip
    return sorted(found, key=lambda bond: (-bond.strength, bond.other, bond.kind))


def answers(group: Int32, at: Int64, person: Int64) -> tuple[Int64, Int64]:
    """Find who answered whom: the next to speak in the same group, within ten minutes, who is somebody else.

    Shape: (said,) each; returns the rows that answer and the rows that they answer.
    """
    order = np.lexsort((person, at, group))
    before, after = order[:-1], order[1:]
    answer = (group[before] == group[after]) & (person[before] != person[after]) & (at[after] - at[before] <= ANSWER_US)
    return after[answer], before[answer]


@compiled
def influence(parent: Int64, depth: Int32, stays: Bool, answerers: Int64) -> Float64:
    """Estimate how many people somebody moves.

    Everybody they brought who stays counts 1, everybody those brought half as much, and so on down the tree; everybody
    who answered them in a group counts a tenth. A person is brought by one person only, so nobody is counted twice in
    a generation, and there are no rings.

    Args:
        parent, depth: Who brought each (below 0: nobody) and the generation.
        stays: Whether a relation of theirs with us stands.
        answerers: How many people answered them.
    Shape: (people,) each; returns (people,).
    """
    value = np.zeros(parent.size)
    for one in np.argsort(-depth, kind="mergesort"):
        if parent[one] >= 0:
            value[parent[one]] += stays[one] + GENERATION * value[one]
    return value + ANSWERER * answerers
