"""Put touches in order of person and time, without moving what is in order already."""

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.kernel.compiled import compiled

#: Shorter runs than this are put in order by insertion.
_SHORT = 48


def order_of(person: Int64, at: Int64) -> Int64 | None:
    """Return the stable order by person and time, or None if the rows stand so already.

    Shape: (rows,) each. Numbers of people that lie close together (as codes do) are counted into place in linear time,
    and each person's few rows are then put in order among themselves; otherwise both columns are sorted.
    """
    if in_order(person, at):
        return None
    low = int(person.min())
    people = int(person.max()) - low + 1
    if people <= 4 * person.size + 1024:
        return _counted(person, at, low, people)
    return np.asarray(np.lexsort((at, person)), np.int64)


@compiled
def in_order(person: Int64, at: Int64) -> bool:
    """Whether the rows stand by ascending person and, inside a person, by time."""
    for i in range(1, person.size):
        if person[i] < person[i - 1] or (person[i] == person[i - 1] and at[i] < at[i - 1]):
            return False
    return True


@compiled
def _counted(person: Int64, at: Int64, low: int, people: int) -> Int64:
    """Count the rows of each person, put them side by side, then order each person's rows by time."""
    start = np.zeros(people + 1, np.int64)
    for i in range(person.size):
        start[person[i] - low + 1] += 1
    for p in range(people):
        start[p + 1] += start[p]
    place = start[:people].copy()
    order, when = np.empty(person.size, np.int64), np.empty(person.size, np.int64)
    for i in range(person.size):
        here = place[person[i] - low]
        order[here], when[here] = i, at[i]
        place[person[i] - low] = here + 1
    for p in range(people):
        first, last = start[p], start[p + 1]
        if last - first > _SHORT:
            by = np.argsort(when[first:last], kind="mergesort")
            order[first:last] = order[first:last][by]
            continue
        for i in range(first + 1, last):
            row, moment, j = order[i], when[i], i - 1
            while j >= first and when[j] > moment:
                order[j + 1], when[j + 1] = order[j], when[j]
                j -= 1
            order[j + 1], when[j + 1] = row, moment
    return order
