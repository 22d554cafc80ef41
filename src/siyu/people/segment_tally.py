"""Tallies: what the leaves of a segment have counted of each person so far, so that new touches are only added to it.

Counts, sums, first and last ones do not care in which order touches come. Days and sequences do: whoever has a new
touch that lies before one counted already must be counted anew from all of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Bool, Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY
from siyu.people.segment import Leaf, Of

NEVER: Final = -(1 << 61)
#: What a leaf keeps of a person: this, before anything happened. A sequence also keeps when each step's chain began.
_BLANK: Final = {
    Of.COUNT: (0,),  # touches
    Of.SUM: (0,),  # minor units
    Of.LAST: (NEVER,),  # moment
    Of.FIRST: (-NEVER,),  # moment
    Of.SEQUENCE: (NEVER,),  # newest moment
    Of.MEMBER: (),
    Of.LATE: (0, -NEVER, NEVER),  # touches, first and last moment
    Of.DAYS: (0, NEVER),  # days, newest moment
    Of.SHARE: (0, 0),  # part and whole
}

Passes = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of some people.

    Attributes:
        person: Ascending, each once.
        slots: How many touches of whatever kind there were, then the numbers of each leaf, side by side.
    Shape: (people,), (people, slots).
    """

    person: Int64
    slots: Int64

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return int(self.person.nbytes + self.slots.nbytes)


def blank_slots(leaves: Sequence[Leaf]) -> tuple[Int32, Int64]:
    """Return the first slot of each leaf, and what all slots hold of somebody who did nothing.

    Shape: (leaves,), (slots,).
    """
    blank = [_BLANK[leaf.of] + (NEVER,) * len(leaf.steps) for leaf in leaves]
    first = np.cumsum([1, *(len(one) for one in blank)])[:-1]
    return first.astype(np.int32), np.array([0, *(value for one in blank for value in one)], np.int64)


@compiled
def begun(who: Int64, person: Int64, slots: Int64, blank: Int64) -> Int64:
    """Return what was counted of ``who`` before; ``blank`` for those who were not there. Both ascending."""
    out = np.empty((who.size, blank.size), np.int64)
    place = 0
    for number in range(who.size):
        while place < person.size and person[place] < who[number]:
            place += 1
        there = place < person.size and person[place] == who[number]
        for slot in range(blank.size):
            out[number, slot] = slots[place, slot] if there else blank[slot]
    return out


@compiled
def add_touches(  # noqa: PLR0917  compiled code takes its arguments by place
    who: Int64,
    slots: Int64,
    person: Int64,
    at: Int64,
    kind: npt.NDArray[np.uint8],
    value: Int64,
    passes: Passes,
    of: Int8,
    begin: Int64,
    end: Int64,
    filter_of: Int8,
    within: Int64,
    steps: Int8,
    counts: Int32,
    first_slot: Int32,
    now_us: int,
) -> Bool:
    """Add touches, sorted by person and time, to the slots of ``who``; touches of others do not count.

    Returns:
        Who must be counted anew from all their touches: these do not all follow on those counted before.
    Shape: (people,), (people, slots); (touches,) each; the leaves' tables; returns (people,).
    """
    anew = np.zeros(who.size, np.bool_)
    row, touches = 0, person.size
    for number in range(who.size):
        while row < touches and person[row] < who[number]:
            row += 1
        start = row
        while row < touches and person[row] == who[number]:
            row += 1
        if start == row:
            continue
        mine = slots[number]
        mine[0] += row - start
        for leaf in range(of.size):
            measure = of[leaf]
            if measure == 5:
                continue
            # a person's touches lie in the nearest memory: one short loop a leaf, almost without branches
            counted, slot = counts[leaf], first_slot[leaf]
            since, until, clause = begin[leaf], end[leaf], filter_of[leaf]
            begins, ends = start, row
            if measure == 0 and clause < 0:
                count = np.int64(0)
                for i in range(start, row):
                    count += counted[kind[i]] & np.int32(since <= at[i]) & np.int32(at[i] < until)
                mine[slot] += count
                continue
            if measure == 2 and clause < 0:
                while ends > start and not (counted[kind[ends - 1]] and since <= at[ends - 1] < until):
                    ends -= 1
                begins = max(start, ends - 1)  # the last one is all it takes
            newest = mine[slot + 1] if measure == 7 else mine[slot]  # asked by days and sequences alone
            if measure == 4 and mine[slot + steps[leaf]] > NEVER:
                continue  # a sequence that happened stays: whatever comes breaks it no more
            for i in range(begins, ends):
                bits = counted[kind[i]] * (since <= at[i]) * (at[i] < until)
                if clause >= 0:
                    bits *= (passes[i] >> clause) & 1
                if bits == 0:
                    continue
                if measure == 0:
                    mine[slot] += 1
                elif measure == 1:
                    mine[slot] += value[i]
                elif measure == 2:
                    mine[slot] = max(mine[slot], at[i])
                elif measure == 3:
                    mine[slot] = min(mine[slot], at[i])
                elif measure == 4:
                    anew[number] |= at[i] <= newest
                    mine[slot] = at[i]
                    for step in range(steps[leaf] - 1, -1, -1):
                        if not (bits >> step) & 1:
                            continue
                        if step == 0:
                            mine[slot + 1] = at[i]
                        elif at[i] - mine[slot + step] <= within[leaf]:
                            mine[slot + step + 1] = max(mine[slot + step + 1], mine[slot + step])
                elif measure == 6:
                    mine[slot] += 1
                    mine[slot + 1] = min(mine[slot + 1], at[i])
                    mine[slot + 2] = max(mine[slot + 2], at[i])
                elif measure == 7:
                    anew[number] |= at[i] <= newest
                    # days since now's midnight: the same day of the brand's calendar gives the same number
                    mine[slot] += mine[slot] == 0 or (at[i] - now_us) // DAY != (mine[slot + 1] - now_us) // DAY
                    mine[slot + 1] = at[i]
                else:
                    mine[slot] += bits & 1
                    mine[slot + 1] += bits >> 1
    return anew


@compiled
def judge(  # noqa: PLR0917  compiled code takes its arguments by place
    who: Int64,
    slots: Int64,
    of: Int8,
    low: Float64,
    high: Float64,
    steps: Int8,
    first_slot: Int32,
    program: Int32,
    asked: Int32,
    known: Int64,
    borders: Int64,
    now_us: int,
) -> Bool:
    """Say of each person whether the sentence is true; of somebody with whom nothing ever happened it never is.

    Args:
        asked: Leaves that the store answers; ``known`` has the people of whom each is true, one leaf after the other,
            ascending, with ``borders`` (questions + 1,) between them.
    Shape: (people,), (people, slots); the leaves' tables; returns (people,).
    """
    found = np.zeros(who.size, np.bool_)
    truth = np.zeros(of.size, np.bool_)
    stack = np.zeros(program.size + 1, np.bool_)
    pointer = borders[:-1].copy()
    for number in range(who.size):
        mine = slots[number]
        for leaf in range(of.size):
            measure = of[leaf]
            if measure == 5:
                continue
            slot = first_slot[leaf]
            amount = float(mine[slot])
            if 2 <= measure <= 3:
                amount = (now_us - mine[slot]) / DAY if abs(mine[slot]) < -NEVER else np.nan
            elif measure == 4:
                amount = 1.0 if mine[slot + steps[leaf]] > NEVER else 0.0
            elif measure == 6:
                count, first, last = mine[slot], mine[slot + 1], mine[slot + 2]
                amount = (now_us - last) * (count - 1) / (last - first) if count >= 2 and last > first else np.nan
            elif measure == 8:
                amount = mine[slot] / mine[slot + 1] if mine[slot + 1] else np.nan
            truth[leaf] = low[leaf] <= amount <= high[leaf]
        for question in range(asked.size):
            place = pointer[question]
            while place < borders[question + 1] and known[place] < who[number]:
                place += 1
            pointer[question] = place
            truth[asked[question]] = place < borders[question + 1] and known[place] == who[number]
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
        found[number] = stack[0] and mine[0] > 0
    return found
