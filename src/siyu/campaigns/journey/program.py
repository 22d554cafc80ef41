"""A journey as a program: numbered steps that only lead forward, and the conditions between them.

People *rest* at waits; at actions something is done; branches and splits are passed through. Every step leads to a
larger number, so one pass over the steps in ascending order carries everybody as far as they can go.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

import msgspec

from siyu.content.piece import Attachment
from siyu.kernel.money import CNY

#: Splits draw a number below this (a prime, so that every step can mix it anew; ``draw_of``).
DICE: Final = 2_147_483_647
#: What a journey listens to is kept as bits of one number.
MOST_PATTERNS: Final = 60
#: Every journey begins here.
START: Final = 0


class Outcome(IntEnum):
    """How somebody's way through a journey ended; the number is stored."""

    UNDER_WAY = 0
    DONE = 1
    GOAL = 2
    EXIT = 3
    HELD_OUT = 4
    MERGED = 5  # the same person was in it twice, and goes on once
    STOPPED = 6


class Pattern(msgspec.Struct, frozen=True):
    """Touches that a journey listens to.

    Attributes:
        kinds: Numbers of ``TouchKind``.
        where: Columns of a touch and the texts that are meant.
        place: For a wait: the number of its step; such a pattern is forgotten when the person moves on. -1 else.
    """

    kinds: tuple[int, ...]
    where: dict[str, tuple[str, ...]] = {}
    place: int = -1


class Heard(msgspec.Struct, frozen=True, tag="heard"):
    """True if a touch of this pattern came since the person entered."""

    bit: int


class Fact(msgspec.Struct, frozen=True, tag="fact"):
    """Something the store knows about the person now.

    Attributes:
        about: ``segment``, ``tag``, ``reachable``, ``consent``, ``score``, ``attribute``, ``orders``, ``spent``,
            ``messages_in`` or ``complaints_open``.
        low, high: Bounds, both inside, for figures.
    """

    about: str
    name: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True, tag="group"):
    """All of them, any of them, or none of them."""

    how: str
    parts: tuple["Condition", ...]


Condition = Heard | Fact | Group


class Node(msgspec.Struct, frozen=True):
    """What every step has.

    Attributes:
        name: The ``id`` it was given, or one made of what it is and where it stands.
        line: Where it is written.
    """

    name: str
    line: int


class Start(Node, frozen=True, tag="start"):
    """Where people come in."""

    next: int


class Wait(Node, frozen=True, tag="wait"):
    """Rest.

    Attributes:
        how: ``for`` so many microseconds, ``until`` a moment, ``clock``: until the next time the brand's clock
            shows ``us`` microseconds after midnight, ``best_hour``: until the person's best hour, ``us`` if unknown.
        bit: A touch that ends it early; -1 for none. ``us`` is the time-out then.
    """

    how: str
    us: int
    next: int
    bit: int = -1


class Branch(Node, frozen=True, tag="branch"):
    """Go one way or the other."""

    condition: Condition
    then: int
    otherwise: int


class Split(Node, frozen=True, tag="split"):
    """Go one of several ways by chance: the first whose ``below`` is above the person's draw.

    Attributes:
        below: Ascending; the last is ``DICE``.
        seed: What the draw is mixed with; taken from journey and step, so a new version draws alike.
    """

    arms: tuple[str, ...]
    below: tuple[int, ...]
    ways: tuple[int, ...]
    seed: int


class Propose(Node, frozen=True, tag="propose"):
    """Propose an action to the guard."""

    next: int
    channel: str
    action: str
    text: str
    content_id: str
    purpose: str
    value_minor: int
    cost_minor: int
    open_us: int
    personal: bool
    attachments: tuple[Attachment, ...] = ()


class Ask(Node, frozen=True, tag="ask"):
    """Give a member of staff something to do; ``staff`` empty: whoever has the relation."""

    next: int
    staff: str
    text: str
    within_us: int


class Label(Node, frozen=True, tag="tag"):
    """Set a tag, or take it off; ``for_us`` 0: for good."""

    next: int
    tag: str
    on: bool
    for_us: int


class Call(Node, frozen=True, tag="webhook"):
    """Tell another system."""

    next: int
    url: str


class Holdout(Node, frozen=True, tag="holdout"):
    """Keep some people back for ever, to compare with."""

    next: int
    share: float


class End(Node, frozen=True, tag="end"):
    """The way ends."""

    outcome: int
    why: str = ""


Step = Start | Wait | Branch | Split | Propose | Ask | Label | Call | Holdout | End
Action = Propose | Ask | Label | Call | Holdout


class Entry(msgspec.Struct, frozen=True):
    """How people come in.

    Attributes:
        how: ``touch``, ``segment``, ``schedule`` or ``request``.
        pattern: For ``touch`` and ``segment`` (entering one is a touch).
        segment: For ``schedule``: whose members.
        every: ``day``, ``week`` or ``month``; ``on``: weekdays 0 to 6 or days of the month; ``at_us`` after midnight.
    """

    how: str
    line: int
    pattern: Pattern | None = None
    segment: str = ""
    every: str = ""
    on: tuple[int, ...] = ()
    at_us: int = 0


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A journey that was checked.

    Attributes:
        again: ``never``, ``always`` or ``after``: when somebody who was in it may come in again;
            ``again_us`` after the last entry.
        in_flight: ``stay`` or ``move``: what becomes of people on the way when this version is published.
        caps: ``in_flight``, ``a_day``, ``ever``: at most so many people.
        patterns: What it listens to; the place in this list is the bit.
        goals, exits: Bits that end it.
        leave_if: Ends it when the person would move on.
        longest_us: Nobody stays longer; 0 for no limit.
        currency: What its amounts are minor units of.
    """

    name: str
    title: str
    entries: tuple[Entry, ...]
    steps: tuple[Step, ...]
    patterns: tuple[Pattern, ...] = ()
    again: str = "never"
    again_us: int = 0
    in_flight: str = "stay"
    caps: dict[str, int] = {}
    goals: tuple[int, ...] = ()
    exits: tuple[int, ...] = ()
    leave_if: Condition | None = None
    longest_us: int = 0
    currency: str = CNY

    @property
    def play(self) -> str:
        """The name under which its proposals and its holdout are kept."""
        return f"journey:{self.name}"


def ways(step: Step) -> tuple[int, ...]:
    """Return where a step leads."""
    if isinstance(step, End):
        return ()
    if isinstance(step, Branch):
        return (step.then, step.otherwise)
    return step.ways if isinstance(step, Split) else (step.next,)


def outcome_place(journey: Journey, outcome: Outcome) -> int:
    """Return the step at which people stand whose way ended by ``outcome``; the three common ends close the list."""
    return len(journey.steps) - 3 + (Outcome.DONE, Outcome.GOAL, Outcome.EXIT).index(outcome)


def waits_for(journey: Journey, bit: int) -> Sequence[int]:
    """Return the waits that a touch of this pattern ends."""
    return [place for place, step in enumerate(journey.steps) if isinstance(step, Wait) and step.bit == bit]


def private_bits(journey: Journey) -> int:
    """Return the bits that are forgotten when somebody moves on."""
    return sum(1 << bit for bit, pattern in enumerate(journey.patterns) if pattern.place >= 0)


def draw_of(dice: int, seed: int) -> int:
    """Mix somebody's dice for one split: a number below ``DICE``; fits 64-bit integers of any database.

    Source: Carter and Wegman, "Universal classes of hash functions" (1979): a x + b modulo a prime.
    """
    return (dice * (seed % (DICE - 1) + 1) + seed // DICE % DICE) % DICE


def conditions(condition: Condition | None) -> Iterator[Heard | Fact]:
    """Give the simple conditions inside one."""
    if isinstance(condition, Group):
        for part in condition.parts:
            yield from conditions(part)
    elif condition is not None:
        yield condition
