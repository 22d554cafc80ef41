"""Gather pairs to people: records join when, taken together, the evidence between them is for it.

Two clusters join if the mean of the log odds over all pairs between them is above the threshold (average linkage): one
lucky pair cannot chain two people together. They also join if what they know together is: for each field the best
agreement between any two of their values, less what so many values agree by chance. A record that says little then
finds its people through the one among them that was written the same way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled

Float32 = npt.NDArray[np.float32]

_ROUNDING: Final = 1e-6
_SURE: Final = 12.0  # log2 odds: more on either side is not counted, so that no pair outvotes all others
_DOUBT: Final = 5.0  # log2 odds below the threshold that a pair may have and still be looked at
_FAR: Final = 40.0  # log2 odds below the threshold: such a pair is left out
_NEVER: Final = -8.0  # log2 odds of a pair that was never compared, since it shares nothing
_MARGIN: Final = 1.0  # log2 odds above the threshold that clusters need for what they know together


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the compared pairs say.

    Attributes:
        left, right: Pairs of records, each once, left below right.
        odds: log2 odds that each is one person.
        says: What each field adds, against strangers and against two of one household.
        before: log2 odds against each before anything is compared.
        codes: Which text each record has in each field; -1 for none.
    Shape: (pairs,) for the first three, (pairs, fields, 2), (2,), (fields, records).
    """

    left: Int32
    right: Int32
    odds: Float64
    says: Float32
    before: Float64
    codes: Int32


def gather(said: Evidence, *, least: float) -> Int32:
    """Return the cluster of every record: its smallest record. Shape: (records,).

    Args:
        said: The compared pairs.
        least: log2 odds from which a pair is taken.
    """
    least -= _ROUNDING  # a pair that lies on the threshold is in
    near = np.flatnonzero(said.odds >= least - _FAR)
    key = _key(said.left[near], said.right[near])
    order = near[np.argsort(key)]
    key, odds = _key(said.left[order], said.right[order]), said.odds[order]
    seeds = np.flatnonzero(odds >= min(least, _SURE) - _DOUBT)
    seeds = seeds[np.argsort(-odds[seeds], kind="stable")]
    joined: Int32 = _join(
        key, np.clip(odds, -_SURE, _SURE), said.says[order], said.before, said.codes, seeds,
        min(least, _SURE - 1.0),
    )  # fmt: skip
    return joined


def pairs_within(
    cluster: Int32, left: Int32, right: Int32, chance: Float64, *, least: float
) -> tuple[Int32, Int32, Float64]:
    """Return all pairs within clusters and their chances: those of the pair, or the threshold where it says less.

    Shape: (records,), then (pairs,) each.
    """
    order = np.argsort(cluster, kind="stable").astype(np.int32)
    one, two = _pairs_within(order, cluster[order])
    inside = np.flatnonzero(cluster[left] == cluster[right])
    key = _key(left[inside], right[inside])
    inside, key = inside[np.argsort(key)], np.sort(key)
    wanted = _key(one, two)
    place = np.minimum(np.searchsorted(key, wanted), max(0, key.size - 1))
    own = np.full(one.size, least)
    if key.size:
        known = key[place] == wanted
        own[known] = np.maximum(own[known], chance[inside[place[known]]])
    return one, two, own


def _key(left: Int32, right: Int32) -> Int64:
    return (left.astype(np.int64) << 32) | right


@compiled
def _join(  # noqa: PLR0917  compiled code takes its arguments by place
    key: Int64, odds: Float64, says: Float32, before: Float64, codes: Int32, seeds: Int64, least: float
) -> Int32:
    records = codes.shape[1]
    cluster = np.arange(records).astype(np.int32)
    best = np.empty(says.shape[1:])
    following = np.full(records, -1, np.int32)  # the next record of the same cluster
    last = np.arange(records).astype(np.int32)  # the last record of the cluster that begins here
    for seed in seeds:
        one, two = cluster[key[seed] >> 32], cluster[key[seed] & 0xFFFFFFFF]
        if one == two:
            continue
        total, pairs = 0.0, 0
        best[:] = -np.inf
        i = one
        while i >= 0:
            j = two
            while j >= 0:
                wanted = (np.int64(min(i, j)) << 32) | np.int64(max(i, j))
                place = np.searchsorted(key, wanted)
                if place < key.size and key[place] == wanted:
                    total += odds[place]
                    for field in range(len(best)):
                        if says[place, field, 0] != 0.0:
                            for kind in range(2):
                                best[field, kind] = max(best[field, kind], says[place, field, kind])
                else:
                    total += _NEVER
                pairs += 1
                j = following[j]
            i = following[i]
        if total / pairs >= least or _together(best, before, codes, following, one, two) >= least + _MARGIN:
            kept, gone = min(one, two), max(one, two)
            following[last[kept]] = gone
            last[kept] = last[gone]
            i = gone
            while i >= 0:
                cluster[i] = kept
                i = following[i]
    return cluster


@compiled
def _together(  # noqa: PLR0917  compiled code takes its arguments by place
    best: Float64, before: Float64, codes: Int32, following: Int32, one: int, two: int
) -> float:
    """Return the log2 odds that two clusters are one person, from the best agreement of each field."""
    odds = before.copy()
    for field in range(len(best)):
        if best[field, 0] > -np.inf:
            tries = np.log2(_values(codes[field], following, one) * _values(codes[field], following, two))
            for kind in range(2):
                odds[kind] += best[field, kind] - (tries if best[field, kind] > 0 else 0.0)
    return float(min(odds[0], odds[1]))


@compiled
def _values(code: Int32, following: Int32, first: int) -> int:
    """Count the distinct values of a field within the cluster that begins with a record; at least 1."""
    count, i = 0, first
    while i >= 0:
        fresh, j = code[i] >= 0, first
        while j != i and fresh:
            fresh = code[j] != code[i]
            j = following[j]
        count += fresh
        i = following[i]
    return max(1, count)


@compiled
def _pairs_within(rows: Int32, cluster: Int32) -> tuple[Int32, Int32]:
    count, start = 0, 0
    for stop in range(1, rows.size + 1):
        if stop == rows.size or cluster[stop] != cluster[start]:
            count += (stop - start) * (stop - start - 1) // 2
            start = stop
    left, right = np.empty(count, np.int32), np.empty(count, np.int32)
    count, start = 0, 0
    for stop in range(1, rows.size + 1):
        if stop == rows.size or cluster[stop] != cluster[start]:
            for i in range(start, stop):
                for j in range(i + 1, stop):
                    left[count], right[count] = rows[i], rows[j]
                    count += 1
            start = stop
    return left, right
