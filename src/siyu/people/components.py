"""Who belongs together: millions of "these two are one person" become people, in a few passes over memory.

Union-find in the form of Rem (Dijkstra, "A Discipline of Programming", 1976, ch. 23): both sides of a pair walk up
together and every node passed is hung lower. The root is always the smallest node, so the label of a component does
not depend on the order of its pairs: the bulk pass and the online pass give the same people.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError

_ALONE = 1_000_000  # pairs: fewer are joined by one thread
_BLOCK = 256  # pairs that are looked at before any of them is walked
_DENSE = 8  # whole numbers that spread over at most so many times their count need no hashing
_LARGEST = 2**31 - 2


def components(left: Int32, right: Int32, nodes: int, *, threads: int = 2) -> Int32:
    """Label every node with the smallest node of its component.

    Args:
        left, right: Pairs of nodes, each in ``[0, nodes)``; a pair of a node with itself changes nothing.
        nodes: How many nodes there are.
        threads: Many pairs are shared out, each share grows a forest, and the forests are joined.
    Shape: (pairs,) each; returns (nodes,).
    """
    shares = threads if left.size >= _ALONE else 1
    cuts = [left.size * share // shares for share in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        forests = list(
            pool.map(
                lambda share: _forest(left[cuts[share] : cuts[share + 1]], right[cuts[share] : cuts[share + 1]], nodes),
                range(shares),
            )
        )
    for forest in forests[1:]:
        join_forest(forests[0], forest)
    flatten(forests[0])
    return forests[0]


@compiled
def _forest(left: Int32, right: Int32, nodes: int) -> Int32:
    parent = np.empty(nodes, np.int32)
    for node in range(nodes):
        parent[node] = node
    join(parent, left, right)
    return parent


@compiled
def join(parent: Int32, left: Int32, right: Int32) -> int:
    """Join pairs in a forest whose roots are the smallest of their trees; return how many trees were joined.

    Args:
        parent: The forest, changed in place: ``parent[node] <= node`` always holds.
        left, right: Pairs of nodes.
    Shape: (nodes,); (pairs,) each.
    """
    joined = 0
    apart_left, apart_right = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    for start in range(0, left.size, _BLOCK):
        # First look at a block of pairs without walking: these reads do not wait for each other.
        apart = 0
        for pair in range(start, min(start + _BLOCK, left.size)):
            apart_left[apart], apart_right[apart] = left[pair], right[pair]
            apart += parent[left[pair]] != parent[right[pair]]
        for pair in range(apart):
            one, other = apart_left[pair], apart_right[pair]
            while parent[one] != parent[other]:
                if parent[one] < parent[other]:
                    one, other = other, one
                above = parent[one]
                parent[one] = parent[other]
                if above == one:
                    joined += 1
                    break
                one = above
    return joined


@compiled
def join_forest(parent: Int32, other: Int32) -> None:
    """Join all trees of ``other`` into ``parent``. Shape: (nodes,) each."""
    for node in range(parent.size):
        one, two = np.int32(node), other[node]
        if one == two:
            continue
        while parent[one] != parent[two]:
            if parent[one] < parent[two]:
                one, two = two, one
            above = parent[one]
            parent[one] = parent[two]
            if above == one:
                break
            one = above


@compiled
def flatten(parent: Int32) -> None:
    """Let every node name its root: a parent is never larger than its child, so one pass upward is enough."""
    for node in range(parent.size):
        parent[node] = parent[parent[node]]


def sizes(label: Int32) -> tuple[int, int]:
    """Return how many components there are and the size of the largest, from their labels."""
    if label.size == 0:
        return 0, 0
    count = np.bincount(label)
    return int(np.count_nonzero(count)), int(count.max())


@dataclass(frozen=True, slots=True)
class Recognised:
    """Identifiers and the person of each.

    Attributes:
        identifiers: Every identifier once, ascending or in order of appearance.
        person: The smallest identifier of each identifier's component.
        people: How many people there are.
        largest: How many identifiers the person of most identifiers has.
    Shape: (identifiers,) each.
    """

    identifiers: Int64
    person: Int64

    people: int
    largest: int


def recognise_pairs(left: npt.ArrayLike, right: npt.ArrayLike) -> Recognised:
    """Turn pairs of identifiers (any whole numbers of 64 bits) into people.

    Shape: (pairs,) each.

    Raises:
        BadInputError: the two sides have different lengths, are not whole numbers, or name over 2**31 identifiers.
    """
    ones, others = _whole(left, "left"), _whole(right, "right")
    if ones.size != others.size:
        raise BadInputError(f"{ones.size} left sides for {others.size} right sides", where="pairs")
    if ones.size == 0:
        return Recognised(np.empty(0, np.int64), np.empty(0, np.int64), 0, 0)
    lowest = min(int(ones.min()), int(others.min()))
    spread = max(int(ones.max()), int(others.max())) - lowest + 1
    if spread <= min(_DENSE * ones.size, _LARGEST):
        label = components(_less(ones, lowest), _less(others, lowest), spread)
        seen = np.flatnonzero(_seen(ones, others, lowest, spread))
        people, largest = sizes(label[seen])
        return Recognised(seen + lowest, label[seen].astype(np.int64) + lowest, people, largest)
    numbered_left, numbered_right, identifiers = number_pairs(ones, others)
    label = components(numbered_left, numbered_right, identifiers.size)
    return Recognised(identifiers, _smallest_of(label, identifiers), *sizes(label))


def number_pairs(left: Int64, right: Int64) -> tuple[Int32, Int32, Int64]:
    """Number arbitrary identifiers 0, 1, 2 … in order of appearance.

    Shape: (pairs,) each; returns the two sides as numbers and the identifier of each number.

    Raises:
        BadInputError: there are more than 2**31 identifiers.
    """
    if 2 * left.size > _LARGEST:
        raise BadInputError(f"{left.size} pairs are too many at once", mend="at most 1,073,741,823")
    slots = 1 << int(2 * left.size * 1.4).bit_length()
    return _number(left, right, slots)


@compiled
def _number(left: Int64, right: Int64, slots: int) -> tuple[Int32, Int32, Int64]:
    table = np.full(slots, np.int32(-1))
    found = np.empty(2 * left.size, np.int64)
    numbered_left, numbered_right = np.empty(left.size, np.int32), np.empty(left.size, np.int32)
    mask = np.uint64(slots - 1)
    count = 0
    for side in range(2):
        values = left if side == 0 else right
        numbers = numbered_left if side == 0 else numbered_right
        for row in range(values.size):
            value = values[row]
            mixed = np.uint64(value)
            mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
            slot = (mixed ^ (mixed >> np.uint64(33))) & mask
            while True:
                number = table[slot]
                if number < 0:
                    table[slot] = count
                    found[count] = value
                    numbers[row] = count
                    count += 1
                    break
                if found[number] == value:
                    numbers[row] = number
                    break
                slot = (slot + np.uint64(1)) & mask
    return numbered_left, numbered_right, found[:count].copy()


@compiled
def _smallest_of(label: Int32, identifiers: Int64) -> Int64:
    smallest = np.full(label.size, np.iinfo(np.int64).max)
    for node in range(label.size):
        smallest[label[node]] = min(smallest[label[node]], identifiers[node])
    person = np.empty(label.size, np.int64)
    for node in range(label.size):
        person[node] = smallest[label[node]]
    return person


@compiled
def _less(values: Int64, lowest: int) -> Int32:
    shifted = np.empty(values.size, np.int32)
    for row in range(values.size):
        shifted[row] = values[row] - lowest
    return shifted


@compiled
def _seen(left: Int64, right: Int64, lowest: int, spread: int) -> npt.NDArray[np.bool_]:
    seen = np.zeros(spread, np.bool_)
    for row in range(left.size):
        seen[left[row] - lowest] = True
        seen[right[row] - lowest] = True
    return seen


def _whole(values: npt.ArrayLike, where: str) -> Int64:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise BadInputError(f"{array.dtype} is not a column of whole numbers", where=where)
    if array.dtype == np.uint64 and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise BadInputError("identifiers above 2**63 do not fit", where=where, mend="write them as text")
    return np.ascontiguousarray(array, np.int64)
