"""Gather pairs to people: records join when, taken together, the evidence between them is for it.

Average linkage over log odds: two clusters join while the mean of the odds over all pairs between them is above the
threshold. One lucky pair cannot chain two people together, and three records that agree two by two carry a fourth.
"""

import numpy as np

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.people.match_model import chance_of

_SURE = 12.0  # log2 odds: more on either side is not counted, so that no pair outvotes all others
_DOUBT = 5.0  # log2 odds below the threshold that a pair may have and still be looked at


def gather(
    left: Int32, right: Int32, odds: Float64, *, records: int, least: float
) -> tuple[Int32, Int32, Float64, Int32]:
    """Return the pairs within clusters, their chances, and the cluster of every record.

    Args:
        left, right: Compared pairs, each once, left below right.
        odds: log2 odds of each.
        records: How many records there are.
        least: log2 odds from which a pair is taken.
    Shape: (pairs,) each; returns (pairs taken,) three times and (records,).
    """
    order = np.lexsort((right, left))
    key = (left[order].astype(np.int64) << 32) | right[order]
    sorted_odds = np.clip(odds[order], -_SURE, _SURE)
    seeds = np.flatnonzero(sorted_odds >= min(least, _SURE) - _DOUBT)
    seeds = seeds[np.argsort(-odds[order][seeds], kind="stable")]
    cluster = _join(key, sorted_odds, seeds, records, min(least, _SURE - 1.0))
    taken_left, taken_right = _within(cluster)
    place = np.searchsorted(key, (taken_left.astype(np.int64) << 32) | taken_right)
    found = np.minimum(place, max(0, key.size - 1))
    known = key[found] == (taken_left.astype(np.int64) << 32) | taken_right if key.size else np.zeros(0, np.bool_)
    own = np.where(known, odds[order][found], -_SURE) if key.size else np.zeros(0)
    return taken_left, taken_right, np.maximum(chance_of(own), chance_of(np.array(least))), cluster


@compiled
def _join(key: Int64, odds: Float64, seeds: Int64, records: int, least: float) -> Int32:
    cluster = np.arange(records).astype(np.int32)
    following = np.full(records, -1, np.int32)  # the next record of the same cluster
    last = np.arange(records).astype(np.int32)  # the last record of the cluster that begins here
    for seed in seeds:
        one, two = cluster[key[seed] >> 32], cluster[key[seed] & 0xFFFFFFFF]
        if one == two:
            continue
        total, pairs = 0.0, 0
        i = one
        while i >= 0:
            j = two
            while j >= 0:
                low, high = min(i, j), max(i, j)
                wanted = (np.int64(low) << 32) | np.int64(high)
                place = np.searchsorted(key, wanted)
                total += odds[place] if place < key.size and key[place] == wanted else -8.0
                pairs += 1
                j = following[j]
            i = following[i]
        if total / pairs >= least:
            kept, gone = min(one, two), max(one, two)
            following[last[kept]] = gone
            last[kept] = last[gone]
            i = gone
            while i >= 0:
                cluster[i] = kept
                i = following[i]
    return cluster


def _within(cluster: Int32) -> tuple[Int32, Int32]:
    order = np.argsort(cluster, kind="stable").astype(np.int32)
    return _pairs_within(order, cluster[order])


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
