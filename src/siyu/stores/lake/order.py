"""Put the touches of several sorted files in one order, in one linear pass per doubling."""

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled


@compiled
def order_of_runs(person: Int64, at: Int64, kind: Int8, value: Int64, starts: Int64) -> Int64:
    """Return the order that sorts rows by person, time, kind and value, when they already lie in sorted runs.

    Rows that are equal in all four stay in the order they came.

    Args:
        starts: Where each run begins, and the number of rows at the end.
    Shape: (rows,) each; ``starts`` (runs + 1,); returns (rows,).
    """
    order = np.arange(person.size)
    spare = np.empty_like(order)
    bounds = starts.copy()
    while bounds.size > 2:
        pairs = (bounds.size - 1) // 2
        left_over = (bounds.size - 1) % 2
        halved = np.empty(pairs + left_over + 1, np.int64)
        for pair in range(pairs):
            a, middle, end = bounds[2 * pair], bounds[2 * pair + 1], bounds[2 * pair + 2]
            b, out = middle, a
            halved[pair] = a
            while a < middle and b < end:
                i, j = order[a], order[b]
                later = person[i] > person[j] or (
                    person[i] == person[j]
                    and (
                        at[i] > at[j]
                        or (at[i] == at[j] and (kind[i] > kind[j] or (kind[i] == kind[j] and value[i] > value[j])))
                    )
                )
                if later:
                    spare[out] = j
                    b += 1
                else:
                    spare[out] = i
                    a += 1
                out += 1
            while a < middle:
                spare[out] = order[a]
                a, out = a + 1, out + 1
            while b < end:
                spare[out] = order[b]
                b, out = b + 1, out + 1
        if left_over:
            last = bounds[2 * pairs]
            halved[pairs] = last
            spare[last : bounds[-1]] = order[last : bounds[-1]]
        halved[-1] = bounds[-1]
        order, spare = spare, order
        bounds = halved
    return order


def order_of(person: Int64, at: Int64, kind: Int8, value: Int64) -> Int64:
    """Return the same order for rows that lie in no order at all."""
    order = np.argsort(_one_key(person, at)) if _fits(person, at) else np.lexsort((at, person))
    one, two = order[:-1], order[1:]
    if not ((person[one] == person[two]) & (at[one] == at[two])).any():
        return order  # two keys decide, at half the work
    return np.lexsort((value, kind, at, person))


def _fits(person: Int64, at: Int64) -> bool:
    """Tell whether both keys fit in one whole number of 64 bits, which is sorted several times as fast."""
    return bool(person.size) and (int(np.ptp(person)) + 1) * (int(np.ptp(at)) + 1) < 1 << 63


def _one_key(person: Int64, at: Int64) -> Int64:
    key: Int64 = (person - person.min()) * (np.ptp(at) + 1) + (at - at.min())
    return key


@compiled
def rows_of(person: Int64, people: Int64) -> Int64:
    """Return the rows of some people in a sorted column, which may lie in a file's bytes as it is.

    Args:
        people: Ascending, each once.
    Shape: (rows,), (people,); returns (their rows,).
    """
    first, end = np.empty(people.size, np.int64), np.empty(people.size, np.int64)
    count, after = 0, 0
    for number in range(people.size):
        low, high = after, person.size
        while low < high:
            middle = (low + high) // 2
            if person[middle] < people[number]:
                low = middle + 1
            else:
                high = middle
        first[number] = after = low
        while after < person.size and person[after] == people[number]:
            after += 1
        end[number] = after
        count += after - low
    rows, out = np.empty(count, np.int64), 0
    for number in range(people.size):
        for row in range(first[number], end[number]):
            rows[out] = row
            out += 1
    return rows
