"""Segments (人群): who somebody is by what they did, as a list of measurable leaves and one sentence over them.

A leaf is a number about one person: how often, how much, how long ago. A segment says between which bounds each leaf
must lie, and joins the leaves with and, or and not. Windows count whole days back from the midnight before ``now`` in
the brand's zone, so that within one day only new touches can change who is in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

AND: Final = -1
OR: Final = -2
NOT: Final = -3


class Of(IntEnum):
    """What a leaf measures."""

    COUNT = 0  # touches
    SUM = 1  # their value, in minor units
    LAST = 2  # days since the last one
    FIRST = 3  # days since the first one
    SEQUENCE = 4  # 1 if the steps happened in this order
    MEMBER = 5  # 1 if the store says so: a stage, a score, another segment
    LATE = 6  # silence since the last one, in the person's own usual gaps
    DAYS = 7  # days on which it happened
    SHARE = 8  # touches of `kinds` for each touch of `over`


@dataclass(frozen=True, slots=True)
class Question:
    """What only the store can say of a person.

    Attributes:
        about: ``stage``, ``score``, ``segment``, ``reachable``, ``consent``, ``tag`` or ``attribute``.
        name: Which score, segment, channel, purpose, tag or attribute; the stage by its name.
        low, high: Bounds of a score; both inclusive.
        values: Values of an attribute.
    """

    about: str
    name: str
    low: float = float("-inf")
    high: float = float("inf")
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One number about one person and the bounds it must lie between.

    Attributes:
        kinds: Touch kinds that count.
        over: For SHARE: what they are counted against.
        steps: For SEQUENCE: the kinds of each step.
        within_us: For SEQUENCE: longest time from the first to the last step.
        from_days, to_days: Window, in days before the midnight before now; ``None`` for open, 0 for now.
        where: Text columns a touch must match: column to accepted values.
        low, high: Bounds of the number, both inclusive.
        question: For MEMBER.
        line: Where it is written, for messages.
    """

    of: Of
    kinds: frozenset[int] = frozenset()
    over: frozenset[int] = frozenset()
    steps: tuple[frozenset[int], ...] = ()
    within_us: int = 0
    from_days: float | None = None
    to_days: float | None = None
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    low: float = float("-inf")
    high: float = float("inf")
    question: Question | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, ready to be measured.

    Attributes:
        program: The sentence in postfix: a leaf's position, or AND, OR, NOT.
        text: As it was written, to compare and to show.
    """

    name: str
    title: str
    leaves: Sequence[Leaf]
    program: Sequence[int]
    text: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a timeline that it needs beside ``person`` and ``at``."""
        named = {column for leaf in self.leaves for column in leaf.where}
        value = ("value",) if any(leaf.of is Of.SUM for leaf in self.leaves) else ()
        return ("kind", *value, *sorted(named))
