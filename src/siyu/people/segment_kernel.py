"""Measure segments over the touches of many people: one pass, all conditions at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.people.segment import Question, Segment

_KINDS: Final = 128
_OPEN: Final = 1 << 61
_FILTERS: Final = 16
_STEPS: Final = 16

Passes = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A segment as tables.

    Attributes:
        of, low, high, begin, end, filter_of, within, steps: One per leaf; moments in microseconds, half-open.
        counts: What a kind is to a leaf: 1 if it counts, for SHARE bit 0 is the part and bit 1 the whole, for
            SEQUENCE bit by bit the steps. Shape: (leaves, kinds).
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
    return Compiled(
        of=np.array([leaf.of for leaf in leaves], np.int8),
        low=np.array([leaf.low for leaf in leaves]),
        high=np.array([leaf.high for leaf in leaves]),
        begin=np.array([_back(midnight_us, leaf.from_days, -_OPEN) for leaf in leaves], np.int64),
        end=np.array([_back(midnight_us, leaf.to_days, now_us) for leaf in leaves], np.int64),
        filter_of=filter_of,
        within=np.array([leaf.within_us for leaf in leaves], np.int64),
        steps=np.array([len(leaf.steps) for leaf in leaves], np.int8),
        counts=counts,
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


def members(
    plan: Compiled,
    *,
    person: Int64,
    at: Int64,
    kind: Int8,
    value: Int64,
    texts: Mapping[str, tuple[Int32, Sequence[str]]],
    known: Sequence[Int64],
) -> Int64:
    """Return the people of a bucket who are in the segment, ascending.

    Args:
        person, at, kind, value: Touches, sorted by person and time.
        texts: The text columns that ``where`` clauses name.
        known: For each of ``plan.questions``, the people of whom it is true, ascending.
    """
    flat = np.concatenate([*known, np.empty(0, np.int64)])
    borders = np.cumsum([0, *(one.size for one in known)]).astype(np.int64)
    asked = np.array([place for place, _ in plan.questions], np.int32)
    passes = passes_of(plan, texts, person.size)
    return _members(
        person, at, kind.view(np.uint8), value, passes, plan.of, plan.low, plan.high, plan.begin,
        plan.end, plan.filter_of, plan.within, plan.steps, plan.counts, plan.program, asked, flat, borders, plan.now_us,
    )  # fmt: skip


@compiled
def _members(  # noqa: PLR0917  compiled code takes its arguments by place
    person: Int64,
    at: Int64,
    kind: npt.NDArray[np.uint8],
    value: Int64,
    passes: Passes,
    of: Int8,
    low: Float64,
    high: Float64,
    begin: Int64,
    end: Int64,
    filter_of: Int8,
    within: Int64,
    steps: Int8,
    counts: Int32,
    program: Int32,
    asked: Int32,
    known: Int64,
    borders: Int64,
    now_us: int,
) -> Int64:
    leaves = of.size
    truth = np.zeros(leaves, np.bool_)
    started = np.zeros(_STEPS + 1, np.int64)
    stack = np.zeros(program.size + 1, np.bool_)
    pointer = borders[:-1].copy()
    found = np.empty(64, np.int64)
    size, row, touches = 0, 0, person.size
    while row < touches:
        who = person[row]
        start = row
        while row < touches and person[row] == who:
            row += 1
        for leaf in range(leaves):
            measure = of[leaf]
            if measure == 5:
                continue
            # a person's touches lie in the nearest memory: one short loop a leaf, almost without branches
            count, total, first, last = 0, 0, 0, 0
            mine = counts[leaf]
            since, until, clause = begin[leaf], end[leaf], filter_of[leaf]
            if measure == 4:
                started[:] = -_OPEN
            begins, ends = start, row
            if measure == 0 and clause < 0:
                begins = row
                for i in range(start, row):
                    count += mine[kind[i]] & np.int32(since <= at[i]) & np.int32(at[i] < until)
            elif measure == 2 and clause < 0:
                while ends > start and not (mine[kind[ends - 1]] and since <= at[ends - 1] < until):
                    ends -= 1
                begins = max(start, ends - 1)  # the last one is all it takes
            for i in range(begins, ends):
                bits = mine[kind[i]] * (since <= at[i]) * (at[i] < until)
                if clause >= 0:
                    bits *= (passes[i] >> clause) & 1
                if measure == 0:
                    count += bits
                elif bits == 0:
                    continue
                elif measure == 4:
                    for step in range(steps[leaf] - 1, -1, -1):
                        if not (bits >> step) & 1:
                            continue
                        if step == 0:
                            started[1] = at[i]
                        elif at[i] - started[step] <= within[leaf]:
                            started[step + 1] = max(started[step + 1], started[step])
                elif measure == 8:
                    count += bits & 1
                    total += bits >> 1
                elif measure == 7:
                    # days since now's midnight: the same day of the brand's calendar gives the same number
                    day = (at[i] - now_us) // DAY
                    count += count == 0 or day != last
                    last = day
                else:
                    if count == 0:
                        first = at[i]
                    last = at[i]
                    count += 1
                    if measure == 1:
                        total += value[i]
            number = float(count)
            if measure == 1:
                number = float(total)
            elif measure in {2, 3}:
                number = (now_us - (last if measure == 2 else first)) / DAY if count else np.nan
            elif measure == 4:
                number = 1.0 if started[steps[leaf]] > -_OPEN else 0.0
            elif measure == 6:
                number = np.nan
                if count >= 2 and last > first:
                    number = (now_us - last) * (count - 1) / (last - first)
            elif measure == 8:
                number = count / total if total else np.nan
            truth[leaf] = low[leaf] <= number <= high[leaf]
        for question in range(asked.size):
            leaf = asked[question]
            place = pointer[question]
            while place < borders[question + 1] and known[place] < who:
                place += 1
            pointer[question] = place
            truth[leaf] = place < borders[question + 1] and known[place] == who
        height = 0
        for word in program:
            if word == -3:
                stack[height - 1] = not stack[height - 1]
            elif word == -1:
                height -= 1
                stack[height - 1] = stack[height - 1] and stack[height]
            elif word == -2:
                height -= 1
                stack[height - 1] = stack[height - 1] or stack[height]
            else:
                stack[height] = truth[word]
                height += 1
        if stack[0]:
            if size == found.size:
                larger = np.empty(2 * size, np.int64)
                larger[:size] = found
                found = larger
            found[size] = who
            size += 1
    return found[:size].copy()


def _back(midnight_us: int, days: float | None, otherwise: int) -> int:
    return otherwise if days is None else midnight_us - round(days * DAY)
