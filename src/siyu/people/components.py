"""Who belongs together: millions of "these two are one person" become people, in a few passes over memory.

Union-find in the form of Rem (Dijkstra, "A Discipline of Programming", 1976, ch. 23): both sides of a pair walk up
together and every node passed is hung lower. The root is always the smallest node, so the label of a component does
not depend on the order of its pairs: the bulk pass and the online pass give the same people.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError

SHARED_FROM = 1_000_000  # pairs: fewer are joined by one thread
_BLOCK = 256  # pairs that are looked at before any of them is walked
_NEAR = 16  # bits: the parents of 65,536 nodes stay in a core's own cache
_MOST_BLOCKS = 10  # bits: pairs are written to at most 1,024 places at a time
_NEAR_ENOUGH = 64  # pairs of one block after another for each leap to another block: they need not be put together
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
    if left.size < SHARED_FROM or nodes < 1 << _NEAR:
        forest = np.arange(nodes, dtype=np.int32)
        join(forest, left, right)
    else:
        forest = _joined_in_shares(left, right, nodes, threads)
    flatten(forest)
    return forest


def _joined_in_shares(left: Int32, right: Int32, nodes: int, threads: int) -> Int32:
    """Put pairs that are near each other together, so that a share walks in the cache; grow and join the forests."""
    shift = max(_NEAR, (nodes - 1).bit_length() - _MOST_BLOCKS)
    cuts = [left.size * share // threads for share in range(threads + 1)]
    placed: Any = (left, right)

    def count(share: int) -> tuple[Int64, int]:
        here = slice(cuts[share], cuts[share + 1])
        return _pairs_in_blocks(left[here], right[here], shift, ((nodes - 1) >> shift) + 1)

    def place(share: int) -> None:
        here = slice(cuts[share], cuts[share + 1])
        _place_in_blocks(left[here], right[here], shift, first[share], placed)

    def grow(share: int) -> Int32:
        one, other = (side[ends[share] : ends[share + 1]] for side in placed)
        forest = np.arange(bases[share], nodes, dtype=np.int32)
        join(forest, one, other, bases[share])
        return forest

    with ThreadPoolExecutor(threads) as pool:
        counted = list(pool.map(count, range(threads)))
        counts = np.array([pairs for pairs, _ in counted])
        if sum(leaps for _, leaps in counted) * _NEAR_ENOUGH < left.size:  # they lie near each other as they came
            ends = cuts
            bases = [int(np.flatnonzero(pairs)[0]) << shift for pairs in counts]
        else:
            block_ends = counts.sum(axis=0).cumsum()
            first = (block_ends - counts.sum(axis=0)) + counts.cumsum(axis=0) - counts
            # a share is whole blocks; the nodes below its first block are never named in it, as lower <= upper
            blocks = np.searchsorted(block_ends, cuts[1:-1], side="right").tolist()
            ends = [0, *(int(block_ends[block - 1]) if block else 0 for block in blocks), left.size]
            bases = [0, *(block << shift for block in blocks)]
            placed = np.empty((2, left.size), np.int32)
            list(pool.map(place, range(threads)))
        widest = bases.index(min(bases))
        bases[widest] = 0
        forests = list(pool.map(grow, range(threads)))
    whole = forests.pop(widest)
    bases.pop(widest)
    for forest, base in zip(forests, bases, strict=True):
        join_forest(whole, forest, base)
    return whole


@compiled
def _pairs_in_blocks(left: Int32, right: Int32, shift: int, blocks: int) -> tuple[Int64, int]:
    """Count the pairs by the block of nodes that the lower side lies in, and how often it is another than before.

    Shape: (pairs,) each; returns (blocks,) and the leaps.
    """
    counts = np.zeros(blocks, np.int64)
    leaps, before = 0, 0
    for pair in range(left.size):
        block = min(left[pair], right[pair]) >> shift
        counts[block] += 1
        leaps += block != before
        before = block
    return counts, leaps


@compiled
def _place_in_blocks(left: Int32, right: Int32, shift: int, place: Int64, placed: Int32) -> None:
    """Write each pair, lower side first, to its block's next place, (blocks,), which moves on."""
    for pair in range(left.size):
        low, high = min(left[pair], right[pair]), max(left[pair], right[pair])
        at = place[low >> shift]
        place[low >> shift] = at + 1
        placed[0, at], placed[1, at] = low, high


@compiled
def join(parent: Int32, left: Int32, right: Int32, base: int = 0) -> int:
    """Join pairs in a forest whose roots are the smallest of their trees; return how many trees were joined.

    Args:
        parent: The forest of the nodes from ``base`` on, changed in place: the parent is never the larger node.
        left, right: Pairs of nodes, none below ``base``.
    Shape: (nodes,); (pairs,) each.
    """
    joined = 0
    apart_left, apart_right = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    for start in range(0, left.size, _BLOCK):
        # First look at a block of pairs without walking: these reads do not wait for each other.
        apart = 0
        for pair in range(start, min(start + _BLOCK, left.size)):
            apart_left[apart], apart_right[apart] = left[pair], right[pair]
            apart += parent[left[pair] - base] != parent[right[pair] - base]
        for pair in range(apart):
            joined += _join_two(parent, apart_left[pair], apart_right[pair], base)
    return joined


@compiled
def _join_two(parent: Int32, one: int, other: int, base: int) -> int:
    while parent[one - base] != parent[other - base]:
        if parent[one - base] < parent[other - base]:
            one, other = other, one
        above = parent[one - base]
        parent[one - base] = parent[other - base]
        if above == one:
            return 1
        one = above
    return 0


@compiled
def join_forest(parent: Int32, other: Int32, base: int = 0) -> None:
    """Join all trees of ``other``, a forest of the nodes from ``base`` on, into ``parent``."""
    for node in range(other.size):
        if other[node] != node + base:
            _join_two(parent, node + base, other[node], 0)


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
