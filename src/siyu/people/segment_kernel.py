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
from siyu.people.segment import Of, Question, Segment

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
        entry_from: Where the entries of each kind begin. Shape: (kinds + 1,).
        entry_leaf, entry_steps: Which leaf a kind feeds, and as which steps (bits); for SHARE bit 0 is the part and
            bit 1 the whole.
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
    entry_from: Int32
    entry_leaf: Int32
    entry_steps: Int32
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
    entries: list[list[tuple[int, int]]] = [[] for _ in range(_KINDS)]
    for place, leaf in enumerate(leaves):
        if leaf.where:
            if leaf.where not in filters:
                filters.append(leaf.where)
            filter_of[place] = filters.index(leaf.where)
        for kind in leaf.kinds | leaf.over:
            bits = sum(1 << step for step, kinds in enumerate(leaf.steps) if kind in kinds)
            if leaf.of is Of.SHARE:
                bits = (kind in leaf.kinds) | (kind in leaf.over) << 1
            entries[kind].append((place, bits))
    if len(filters) > _FILTERS:
        raise BadInputError(f"{len(filters)} different where clauses", where=segment.name, mend="at most 16")
    flat = [entry for of_kind in entries for entry in of_kind]
    return Compiled(
        of=np.array([leaf.of for leaf in leaves], np.int8),
        low=np.array([leaf.low for leaf in leaves]),
        high=np.array([leaf.high for leaf in leaves]),
        begin=np.array([_back(midnight_us, leaf.from_days, -_OPEN) for leaf in leaves], np.int64),
        end=np.array([_back(midnight_us, leaf.to_days, now_us) for leaf in leaves], np.int64),
        filter_of=filter_of,
        within=np.array([leaf.within_us for leaf in leaves], np.int64),
        steps=np.array([len(leaf.steps) for leaf in leaves], np.int8),
        entry_from=np.cumsum([0, *(len(of_kind) for of_kind in entries)]).astype(np.int32),
        entry_leaf=np.array([leaf for leaf, _ in flat], np.int32),
        entry_steps=np.array([bits for _, bits in flat], np.int32),
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
    return _members(
        person, at, kind, value, passes_of(plan, texts, person.size), plan.of, plan.low, plan.high, plan.begin,
        plan.end, plan.filter_of, plan.within, plan.steps, plan.entry_from, plan.entry_leaf, plan.entry_steps,
        plan.program, asked, flat, borders, plan.now_us,
    )  # fmt: skip


@compiled
def _members(  # noqa: PLR0917  compiled code takes its arguments by place
    person: Int64,
    at: Int64,
    kind: Int8,
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
    entry_from: Int32,
    entry_leaf: Int32,
    entry_steps: Int32,
    program: Int32,
    asked: Int32,
    known: Int64,
    borders: Int64,
    now_us: int,
) -> Int64:
    leaves = of.size
    count, total = np.zeros(leaves, np.int64), np.zeros(leaves, np.int64)
    first, last = np.zeros(leaves, np.int64), np.zeros(leaves, np.int64)
    started = np.zeros((leaves, _STEPS + 1), np.int64)
    stack = np.zeros(program.size + 1, np.bool_)
    pointer = borders[:-1].copy()
    found = np.empty(64, np.int64)
    size, row = 0, 0
    while row < person.size:
        who = person[row]
        count[:] = 0
        total[:] = 0
        for leaf in range(leaves):
            if of[leaf] == 4:
                started[leaf, :] = -_OPEN
        while row < person.size and person[row] == who:
            what = kind[row]
            for entry in range(entry_from[what], entry_from[what + 1]):
                leaf = entry_leaf[entry]
                moment = at[row]
                if moment < begin[leaf] or moment >= end[leaf]:
                    continue
                if filter_of[leaf] >= 0 and not (passes[row] >> filter_of[leaf]) & 1:
                    continue
                measure = of[leaf]
                if measure == 4:
                    bits = entry_steps[entry]
                    for step in range(steps[leaf] - 1, -1, -1):
                        if not (bits >> step) & 1:
                            continue
                        if step == 0:
                            started[leaf, 1] = moment
                        elif moment - started[leaf, step] <= within[leaf]:
                            started[leaf, step + 1] = max(started[leaf, step + 1], started[leaf, step])
                    if started[leaf, steps[leaf]] > -_OPEN:
                        count[leaf] = 1
                    continue
                if measure == 8:
                    count[leaf] += entry_steps[entry] & 1
                    total[leaf] += entry_steps[entry] >> 1
                    continue
                if measure == 7:
                    # days since now's midnight: the same day of the brand's calendar gives the same number
                    day = (moment - now_us) // DAY
                    if count[leaf] == 0 or day != last[leaf]:
                        count[leaf] += 1
                    last[leaf] = day
                    continue
                if count[leaf] == 0:
                    first[leaf] = moment
                last[leaf] = moment
                count[leaf] += 1
                if measure == 1:
                    total[leaf] += value[row]
            row += 1
        for question in range(asked.size):
            leaf = asked[question]
            place = pointer[question]
            while place < borders[question + 1] and known[place] < who:
                place += 1
            pointer[question] = place
            count[leaf] = place < borders[question + 1] and known[place] == who
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
                measure = of[word]
                number = float(count[word])
                if measure == 1:
                    number = float(total[word])
                elif measure in {2, 3}:
                    moment = last[word] if measure == 2 else first[word]
                    number = (now_us - moment) / DAY if count[word] else np.nan
                elif measure == 6:
                    number = np.nan
                    if count[word] >= 2 and last[word] > first[word]:
                        number = (now_us - last[word]) * (count[word] - 1) / (last[word] - first[word])
                elif measure == 8:
                    number = count[word] / total[word] if total[word] else np.nan
                stack[height] = low[word] <= number <= high[word]
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
