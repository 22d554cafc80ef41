"""Funnel (漏斗): how far people come along ordered steps within a window, where they fall off, how long it takes.

Definition: a person reached step k if a chain of touches, one of each step 1..k in this order, lies within ``window``
    of its first touch. A later first touch may begin a better chain. Touches of one microsecond count as following
    one another in the order of the steps. A person stands at the deepest step reached.
Units: people; shares in [0, 1]; times in hours.
Source: the greedy scan that keeps, for every step, the latest beginning of a chain that reached it; the counts equal
    ClickHouse's ``windowFunnel`` in its default mode.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import KINDS, Card, Option, Options
from siyu.measurement.timeline import Timeline

_NEVER: Final = -(1 << 62)


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step.

    Attributes:
        people: Who came this far or further.
        of_first, of_previous: As a share of those at the first and at the previous step; ``None`` if nobody was.
    """

    name: str
    people: int
    of_first: Estimate | None
    of_previous: Estimate | None


@dataclass(frozen=True, slots=True)
class FunnelResult:
    """A funnel.

    Attributes:
        group: What the people have in common at their first step; empty for everybody.
        hours_to_convert: Quantiles .1, .25, .5, .75, .9 of the time from the first to the last step of the first
            complete chain; ``None`` if nobody arrived.
        groups: The same by group, largest first; empty without a breakdown.
    """

    group: str
    window_days: float
    steps: Sequence[FunnelStep]
    hours_to_convert: Sequence[float] | None
    groups: Sequence["FunnelResult"] = ()


@dataclass(frozen=True, slots=True)
class FunnelPart:
    """One bucket: people by deepest step, (groups, steps + 1), and the time each converted person took."""

    names: Sequence[str]
    depths: Int64
    took: Int64
    took_group: Int32


@dataclass(frozen=True, slots=True)
class Funnel:
    """The measure. ``steps`` are names and kind numbers in order; ``by`` is a text column, or empty."""

    steps: tuple[tuple[str, int], ...]
    window_us: int = 7 * DAY
    by: str = ""

    def __post_init__(self) -> None:
        if len(self.steps) < 2:
            raise BadInputError(
                "a funnel needs at least two steps", where="--steps", mend="such as view,cart,order_paid"
            )
        if len({kind for _, kind in self.steps}) < len(self.steps):
            raise BadInputError("each kind can be one step only", where="--steps")

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", self.by) if self.by else ("kind",)

    def of_bucket(self, timeline: Timeline) -> FunnelPart:
        """Measure one bucket."""
        step_of = np.zeros(KINDS, np.int8)
        for place, (_, kind) in enumerate(self.steps, 1):
            step_of[kind] = place
        names, codes = [""], np.empty(0, np.int32)
        if self.by:
            names, codes = list(timeline.text[self.by].names), timeline.text[self.by].codes
        depths, took, took_group = funnel_depths(
            timeline.person, timeline.at, timeline.kind, codes, step_of, len(self.steps), self.window_us, len(names)
        )
        return FunnelPart(names, depths, took, took_group)

    def combine(self, parts: Iterable[FunnelPart]) -> FunnelResult:
        """Add the buckets up."""
        depths: dict[str, Int64] = {}
        took: dict[str, list[Int64]] = {}
        for part in parts:
            for place, name in enumerate(part.names):
                depths[name] = depths.get(name, 0) + part.depths[place]
                took.setdefault(name, []).append(part.took[part.took_group == place])
        nothing = np.zeros(len(self.steps) + 1, np.int64)
        groups = [
            self._result(name, depths[name], np.concatenate(took[name])) for name in depths if depths[name][1:].any()
        ]
        groups.sort(key=lambda group: (-group.steps[0].people, group.group))
        every = np.concatenate([part for parts_of in took.values() for part in parts_of] or [nothing[:0]])
        return self._result("", sum(depths.values(), nothing), every, groups if self.by else ())

    def _result(self, name: str, depths: Int64, took: Int64, groups: Sequence[FunnelResult] = ()) -> FunnelResult:
        reached = depths[::-1].cumsum()[::-1].tolist()[1:]
        steps = [
            FunnelStep(
                step,
                people,
                share(people, reached[0]),
                share(people, reached[place - 1]) if place else None,
            )
            for place, ((step, _), people) in enumerate(zip(self.steps, reached, strict=True))
        ]
        quantiles = np.quantile(took, [0.1, 0.25, 0.5, 0.75, 0.9]) / HOUR if took.size else None
        return FunnelResult(
            name, self.window_us / DAY, steps, None if quantiles is None else quantiles.tolist(), tuple(groups)
        )


@compiled
def funnel_depths(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, code: Int32, step_of: Int8, steps: int, window: int, groups: int
) -> tuple[Int64, Int64, Int32]:
    """Count people by the deepest step they reached.

    Args:
        person, at, kind: One row per touch, sorted by person and time.
        code: Group of each touch; the first touch of step 1 says the group. Not read if ``groups`` is 1.
        step_of: Step of each kind, 0 for none.
        window: Longest time from the first step to any later one, microseconds.
    Shape: (touches,) each; returns (groups, steps + 1), and (converted,) twice: time taken and group.
    """
    counts = np.zeros((groups, steps + 1), np.int64)
    # at most one a touch; memory that is never written to is never taken
    took, took_group = np.empty(person.size, np.int64), np.empty(person.size, np.int32)
    converted = 0
    # reached[s + 1] is when the latest chain that reached step s began; reached[1] is always now, so that step 1 needs
    # no case of its own, and reached[0] is never, so that a touch of no step changes nothing: no branch to mispredict
    reached = np.empty(steps + 2, np.int64)
    i, rows = 0, person.size
    while i < rows:
        first, current, before = i, person[i], -1
        deepest, group, tied, done = 0, 0, False, converted
        reached[:] = _NEVER
        while i < rows and person[i] == current:
            now = at[i]
            step = int(step_of[kind[i]])
            tied |= now == before
            before = now
            reached[1] = now
            began, own = reached[step], reached[step + 1]
            arrives = now - began <= window
            reached[step + 1] = began if arrives else own
            depth = step if arrives else 0
            if groups > 1 and depth == 1 and deepest == 0:
                group = code[i]
            if depth == steps and deepest < steps:
                took[converted], took_group[converted] = now - began, group
                converted += 1
            deepest = max(depth, deepest)
            i += 1
        if tied:
            converted = done
            deepest, group, took_time = _with_ties(at[first:i], kind[first:i], code[first:i], step_of, steps, window)
            if deepest == steps:
                took[converted], took_group[converted] = took_time, group
                converted += 1
        counts[group, deepest] += 1
    return counts, took[:converted], took_group[:converted]


@compiled
def _with_ties(  # noqa: PLR0917  a compiled kernel takes columns by place
    at: Int64, kind: Int8, code: Int32, step_of: Int8, steps: int, window: int
) -> tuple[int, int, int]:
    """Return deepest step, group and time taken of one person, taking touches of one moment by their steps."""
    reached = np.full(steps + 1, _NEVER)
    deepest, group, took = 0, 0, 0
    i = 0
    while i < at.size:
        end = i + 1
        while end < at.size and at[end] == at[i]:
            end += 1
        for step in range(1, steps + 1):
            here = -1
            for j in range(i, end):
                if here < 0 and step_of[kind[j]] == step:
                    here = j
            if here < 0:
                continue
            if step == 1:
                if deepest == 0 and code.size:
                    group = code[here]
                reached[1] = at[i]
                deepest = max(deepest, 1)
            elif at[i] - reached[step - 1] <= window:
                reached[step] = reached[step - 1]
                if step == steps and deepest < steps:
                    took = at[i] - reached[step]
                deepest = max(deepest, step)
        i = end
    return deepest, group, took


def build(options: Options) -> Funnel:
    """Build it from options."""
    steps = options.names("steps", "view,cart,order_paid")
    window = options.number("window", 7, least=1e-6)
    return Funnel(tuple((step, options.kind(step, "steps")) for step in steps), int(window * DAY), options.column("by"))


CARD = Card(
    name="funnel",
    chinese="漏斗",
    says="How far people come along ordered steps within a window.",
    options=(
        Option("steps", "kinds in order, with commas", "view,cart,order_paid"),
        Option("window", "longest time from the first step to the last, days", "7"),
        Option("by", "break down by this column of the first step, such as channel"),
    ),
    build=build,
)
