"""What messages achieved (学到的效果): by context, from choices whose chances are known, drawn towards expectation.

Whether a message moves anybody is seen in choices where it could have been said: the weighted share that bought within
the window where it was said, minus that where nothing was, in the same context; each choice weighs one through its
chance. A play's expectation is multiplied by how far such differences went beyond or behind it. Few differences say
little, so the multiple is drawn towards that of everything we say, then of the play, then of the wording, then of the
wording to people of that kind; how much is left of it soon after another message is learned from all plays together.
The same way what a message costs: complaints and people who leave, beyond those among people left in peace.

The same evidence counts at each step, so a multiple is believed somewhat more firmly than it should be.

Source: Hájek (1971) for weights that are normed; least squares with a normal prior, as in any textbook.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from siyu.campaigns.context import RESTS

#: What is left of a message's effect so soon after another one (house priors).
_LEFT: Final = dict(zip(RESTS, (0.5, 0.75, 0.9, 1.0), strict=True))
#: Share of people who complain or leave because of a message, so soon after another one: newsletters lose a few
#: readers of a thousand each time, and more the more often they come; one in four weeks is free until it was seen
#: otherwise (house priors).
_HARM: Final = dict(zip(RESTS, (0.015, 0.006, 0.0005, 0.0), strict=True))
#: So many messages weigh as much as the house prior of harm.
_HARM_WEIGHS: Final = 1_000.0
#: How far a multiple may be from the one it is drawn towards, as standard deviations: everything we say from the
#: plays' own expectations, and each step after it from the step before.
_WHOLE_APART, _STEP_APART = 0.5, 0.25


class Settled(Protocol):
    """A choice of which it is known what followed (a row of the log)."""

    @property
    def action(self) -> str: ...  # noqa: D102  what was said; empty for silence
    @property
    def context(self) -> str: ...  # noqa: D102  ``kind/rest``
    @property
    def propensity(self) -> float: ...  # noqa: D102  the chance, above zero
    @property
    def actions(self) -> tuple[str, ...]: ...  # noqa: D102  everything that could have been chosen
    @property
    def brought_minor(self) -> int: ...  # noqa: D102  paid within the window
    @property
    def harmed(self) -> bool: ...  # noqa: D102  complained or left within the window


@dataclass(slots=True)
class Tally:
    """Choices: sums of the weight 1/chance, of its square, and of the weights of who bought and who was harmed."""

    weight: float = 0.0
    square: float = 0.0
    bought: float = 0.0
    harmed: float = 0.0

    def add(self, one: Settled) -> None:
        """Count one choice."""
        weight = 1.0 / one.propensity
        self.weight += weight
        self.square += weight * weight
        self.bought += weight * (one.brought_minor > 0)
        self.harmed += weight * one.harmed

    @property
    def many(self) -> float:
        """Choices of equal chance that would say as much."""
        return self.weight**2 / self.square if self.square else 0.0


@dataclass(frozen=True, slots=True)
class _Difference:
    """What was seen, what the house expected, and the variance of what was seen; in one context."""

    seen: float
    expected: float
    variance: float


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known by now.

    Attributes:
        of_arm: Multiples by wording, and by (wording, kind of person) where that was seen.
        of_rest: Multiples by how long ago the last message was.
        harm: Share of people who complain or leave because of a message, by the same.
    """

    of_arm: Mapping[tuple[str, str], float] = field(default_factory=dict)
    of_play: Mapping[str, float] = field(default_factory=dict)
    whole: float = 1.0
    of_rest: Mapping[str, float] = field(default_factory=lambda: dict(_LEFT))
    harm: Mapping[str, float] = field(default_factory=lambda: dict(_HARM))

    def factor(self, arm: str, context: str) -> float:
        """Return by what the expectation of a play is to be multiplied."""
        kind, rest = context.split("/")
        of_play = self.of_play.get(play_of(arm), self.whole)
        return self.of_arm.get((arm, kind), self.of_arm.get((arm, ""), of_play)) * self.of_rest[rest]

    def harm_of(self, context: str) -> float:
        """Return the share of people whom a message loses us in a context."""
        return self.harm[context.split("/")[1]]


def arm_of(play: str, wording: str = "") -> str:
    """Name what can be chosen: a play, and its wording if it has several."""
    return f"{play}:{wording}" if wording else play


def play_of(arm: str) -> str:
    """Return the play of what can be chosen."""
    return arm.partition(":")[0]


def learn(log: Iterable[Settled], expected: Mapping[str, float]) -> Learned:
    """Learn from settled choices.

    Args:
        expected: The share of people that each play expects to move; who states none is not learned about.
    """
    cells: dict[tuple[str, str], tuple[Tally, Tally]] = {}
    rests = {rest: (Tally(), Tally()) for rest in RESTS}
    for one in log:
        said = bool(one.action)
        rests[one.context.split("/")[1]][not said].add(one)
        for arm in (one.action,) if said else one.actions[1:]:
            if play_of(arm) in expected:
                cells.setdefault((arm, one.context), (Tally(), Tally()))[not said].add(one)
    seen = {
        key: found
        for key, (spoken, silent) in cells.items()
        if (found := _difference(spoken, silent, expected[play_of(key[0])] * _LEFT[key[1].split("/")[1]]))
    }
    whole = _drawn(list(seen.values()), 1.0, _WHOLE_APART)
    of_play = {play: _drawn(_with(seen, play), whole, _STEP_APART) for play in {play_of(arm) for arm, _ in seen}}
    of_arm: dict[tuple[str, str], float] = {}
    for arm, context in seen:
        kind = context.split("/")[0]
        of_arm[arm, ""] = _drawn(_with(seen, play_of(arm), arm), of_play[play_of(arm)], _STEP_APART)
        of_arm[arm, kind] = _drawn(_with(seen, play_of(arm), arm, kind), of_arm[arm, ""], _STEP_APART)
    of_rest = {
        rest: _LEFT[rest]
        * _drawn(
            [
                _Difference(one.seen, one.expected * of_arm[arm, context.split("/")[0]], one.variance)
                for (arm, context), one in seen.items()
                if context.endswith(f"/{rest}")
            ],
            1.0,
            _STEP_APART,
        )
        for rest in RESTS
    }
    return Learned(of_arm, of_play, whole, of_rest, {rest: _harm(rest, *rests[rest]) for rest in RESTS})


def _with(seen: Mapping[tuple[str, str], _Difference], play: str, arm: str = "", kind: str = "") -> list[_Difference]:
    return [
        one
        for (name, context), one in seen.items()
        if play_of(name) == play and arm in {"", name} and kind in {"", context.split("/")[0]}
    ]


def _difference(spoken: Tally, silent: Tally, expected: float) -> _Difference | None:
    if not spoken.weight or not silent.weight:
        return None
    many = spoken.many + silent.many
    pooled = (spoken.many * spoken.bought / spoken.weight + silent.many * silent.bought / silent.weight + 1) / (
        many + 2
    )
    variance = pooled * (1.0 - pooled) * (1.0 / spoken.many + 1.0 / silent.many)
    return _Difference(spoken.bought / spoken.weight - silent.bought / silent.weight, expected, variance)


def _drawn(differences: Sequence[_Difference], towards: float, apart: float) -> float:
    """Return the multiple of expectation that fits best, drawn ``towards`` another by least squares."""
    precision, total = 1.0 / apart**2, towards / apart**2
    for one in differences:
        precision += one.expected**2 / one.variance
        total += one.expected * one.seen / one.variance
    return total / precision


def _harm(rest: str, spoken: Tally, silent: Tally) -> float:
    if not spoken.weight or not silent.weight:
        return _HARM[rest]
    many = spoken.many
    beyond = spoken.harmed / spoken.weight - silent.harmed / silent.weight
    return max(0.0, (_HARM_WEIGHS * _HARM[rest] + many * beyond) / (_HARM_WEIGHS + many))
