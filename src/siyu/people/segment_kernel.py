"""Measure segments over the touches of many people: one pass, all conditions at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int32, Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.people.segment import Question, Segment
from siyu.people.segment_tally import NEVER, Passes, Tally, add_touches, begun, blank_slots, judge

_KINDS: Final = 128
_FILTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Compiled:
    """A segment as tables.

    Attributes:
        of, low, high, begin, end, filter_of, within, steps: One per leaf; moments in microseconds, half-open.
        counts: What a kind is to a leaf: 1 if it counts, for SHARE bit 0 is the part and bit 1 the whole, for
            SEQUENCE bit by bit the steps. Shape: (leaves, kinds).
        first_slot, blank: Where a leaf keeps what it counts, and what is there before anything happened.
        program: The sentence in postfix.
        filters: The distinct ``where`` clauses; a touch passes by bits.
        questions: Position of the leaf and what to ask the store.
    """

    of: Int8
    low: Float64
    high: Float64
    begin: Int64
    end: Int64
    filter_of: Int8
    within: Int64
    steps: Int8
    counts: Int32
    first_slot: Int32
    blank: Int64
    program: Int32
    now_us: int
    filters: tuple[Mapping[str, frozenset[str]], ...]
    questions: tuple[tuple[int, Question], ...]


def compile_segment(segment: Segment, *, now_us: int, midnight_us: int) -> Compiled:
    """Turn a segment to tables for the kernel.

    Args:
        now_us: Touches at or after this moment do not count.
        midnight_us: The midnight before it in the brand's zone; windows count back from here.

    Raises:
        BadInputError: more than 16 different ``where`` clauses.
    """
    leaves = segment.leaves
    filters: list[Mapping[str, frozenset[str]]] = []
    filter_of = np.full(len(leaves), -1, np.int8)
    counts = np.zeros((len(leaves), _KINDS), np.int32)
    for place, leaf in enumerate(leaves):
        if leaf.where:
            if leaf.where not in filters:
                filters.append(leaf.where)
            filter_of[place] = filters.index(leaf.where)
        for kind in leaf.kinds | leaf.over:
            steps = sum(1 << step for step, kinds in enumerate(leaf.steps) if kind in kinds)
            counts[place, kind] = steps if leaf.steps else (kind in leaf.kinds) | (kind in leaf.over) << 1
    if len(filters) > _FILTERS:
        raise BadInputError(f"{len(filters)} different where clauses", where=segment.name, mend="at most 16")
    first_slot, blank = blank_slots(leaves)
    return Compiled(
        of=np.array([leaf.of for leaf in leaves], np.int8),
        low=np.array([leaf.low for leaf in leaves]),
        high=np.array([leaf.high for leaf in leaves]),
        begin=np.array([_back(midnight_us, leaf.from_days, NEVER) for leaf in leaves], np.int64),
        end=np.array([_back(midnight_us, leaf.to_days, now_us) for leaf in leaves], np.int64),
        filter_of=filter_of,
        within=np.array([leaf.within_us for leaf in leaves], np.int64),
        steps=np.array([len(leaf.steps) for leaf in leaves], np.int8),
        counts=counts,
        first_slot=first_slot,
        blank=blank,
        program=np.array(segment.program, np.int32),
        now_us=midnight_us,
        filters=tuple(filters),
        questions=tuple((place, leaf.question) for place, leaf in enumerate(leaves) if leaf.question is not None),
    )


def passes_of(plan: Compiled, texts: Mapping[str, tuple[Int32, Sequence[str]]], touches: int) -> Passes:
    """Tell by bits which ``where`` clauses each touch fulfils.

    Args:
        texts: Text columns: codes (one per touch) and the names they stand for.
    Shape: (touches,); empty if the segment has no such clause.
    """
    if not plan.filters:
        return np.empty(0, np.uint16)
    passes = np.zeros(touches, np.uint16)
    for number, where in enumerate(plan.filters):
        fits = np.ones(touches, np.bool_)
        for column, values in where.items():
            codes, names = texts[column]
            good = np.array([name in values for name in names], np.bool_)
            fits &= good[codes] if good.size else np.zeros(touches, np.bool_)
        passes |= fits.astype(np.uint16) << np.uint16(number)
    return passes


def tally(
    plan: Compiled,
    *,
    person: Int64,
    at: Int64,
    kind: Int8,
    value: Int64,
    texts: Mapping[str, tuple[Int32, Sequence[str]]],
    who: Int64 | None = None,
    before: Tally | None = None,
) -> tuple[Tally, Int64]:
    """Count what the leaves ask of people, on top of what was counted before.

    Args:
        person, at, kind, value: Touches that were not counted yet, sorted by person and time.
        texts: The text columns that ``where`` clauses name.
        who: Of whom, ascending, each once; everybody with a touch if not given.
        before: What was counted already, under the same plan.

    Returns:
        The tally of ``who``, and those of them who must be counted anew from all their touches (``segment_tally``).
    """
    if who is None:
        who = person[np.diff(person, prepend=person[:1] - 1) != 0]
    if before is None:
        slots = np.repeat(plan.blank[np.newaxis], who.size, axis=0)
    else:
        slots = begun(who, before.person, before.slots, plan.blank)
    anew = add_touches(
        who, slots, person, at, kind.view(np.uint8), value, passes_of(plan, texts, person.size), plan.of, plan.begin,
        plan.end, plan.filter_of, plan.within, plan.steps, plan.counts, plan.first_slot, plan.now_us,
    )  # fmt: skip
    return Tally(who, slots), who[anew]


def members(plan: Compiled, counted: Tally, known: Sequence[Int64]) -> Int64:
    """Return the people of a tally who are in the segment, ascending.

    Args:
        known: For each of ``plan.questions``, the people of whom it is true, ascending.
    """
    flat = np.concatenate([*known, np.empty(0, np.int64)])
    borders = np.cumsum([0, *(one.size for one in known)]).astype(np.int64)
    asked = np.array([place for place, _ in plan.questions], np.int32)
    people = counted.person
    inside = judge(
        people, counted.slots, plan.of, plan.low, plan.high, plan.steps, plan.first_slot, plan.program, asked,
        flat, borders, plan.now_us,
    )  # fmt: skip
    chosen: Int64 = people[inside]
    return chosen


def _back(midnight_us: int, days: float | None, otherwise: int) -> int:
    return otherwise if days is None else midnight_us - round(days * DAY)
