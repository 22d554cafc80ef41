"""Spread (裂变传播): who brought whom, generation by generation, and how far it carries.

Definitions:
    generation  0 is a seed (nobody brought it, or the post itself); a child is one generation after its parent.
    K           of generation g: its children divided by its members. Above 1 it grows by itself.
    interval    of K: normal, from the variance of the number of children per member (an offspring process).
    cycle time  from a parent's moment to its child's.
    saturation  how long until half, 90 % and 99 % of all had come.
"""

from dataclasses import dataclass
from math import isnan, nan
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int32, Int64
from siyu.kernel.compiled import compiled

#: A row whose parent is not among the rows.
ORPHAN: Final = -2
#: A row without a parent: the first of its chain.
SEED: Final = -1
#: A moment that is not known.
NEVER: Final = -(2**63)
#: Half width of the 95 % interval in standard errors.
_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a spread.

    Attributes:
        members: How many belong to it.
        children: How many they brought.
        k, k_low, k_high: Children per member with its 95 % interval; NaN without members.
        cycle_median_us: Median time from parent to child of this generation's *arrival*; NaN when no moments are known.
        retained: How many of it stayed, -1 when not known.
    """

    generation: int
    members: int
    children: int
    k: float
    k_low: float
    k_high: float
    cycle_median_us: float
    retained: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A spread of one campaign or many posts taken together.

    Attributes:
        roots: Trees there are.
        deepest: Longest chain.
        orphans: Rows whose parent is not among the rows, with everything below them.
        rings: Rows that only lead back to themselves.
        backwards: Children dated before their parent.
        k, k_low, k_high: Children per member over all generations (posts are no members), with its 95 % interval.
        half_us, ninety_us, ninety_nine_us: Time from the start of a tree until that share of its rows had come, pooled.
    """

    generations: tuple[Generation, ...]
    roots: int
    deepest: int
    orphans: int
    rings: int
    backwards: int
    without_date: int
    half_us: float
    ninety_us: float
    ninety_nine_us: float
    k: float
    k_low: float
    k_high: float


@compiled
def depths_of(parent: Int64, first: int) -> Int32:
    """Return the generation of every row: ``first`` for seeds, one more for each step down.

    Args:
        parent: Row of the parent, -1 for a seed, -2 for a parent that is not here.
        first: Generation of rows without a parent (0 if they are people, 1 if they hang on a post).
    Shape: (rows,) each; -1 for orphans and what hangs on them, -2 for rows of a ring.
    """
    depth = np.full(parent.size, -9, np.int32)
    path = np.empty(parent.size, np.int64)
    for row in range(parent.size):
        if depth[row] != -9:
            continue
        size, at = 0, row
        while depth[at] == -9:
            depth[at] = -8  # on the path we walk now
            path[size] = at
            size += 1
            if parent[at] < 0:
                break
            at = parent[at]
        top = path[size - 1]
        if parent[top] == -1 and depth[top] == -8:
            depth[top] = first
            size -= 1
            value = first
        elif parent[top] == -2 and depth[top] == -8:
            value = -1
        elif depth[at] == -8:
            value = -2
        else:
            value = depth[at]
        while size > 0:
            size -= 1
            if value >= 0:
                value += 1
            depth[path[size]] = value
    return depth


@compiled
def children_of(parent: Int64) -> Int32:
    """Count the children of every row. Shape: (rows,)."""
    count = np.zeros(parent.size, np.int32)
    for row in range(parent.size):
        if parent[row] >= 0:
            count[parent[row]] += 1
    return count


@compiled
def below_of(parent: Int64) -> Int64:
    """Count everybody below every row, children's children and all; a ring and what hangs on it counts nobody.

    Shape: (rows,).
    """
    left = children_of(parent)
    below, ready, count = np.zeros(parent.size, np.int64), np.empty(parent.size, np.int64), 0
    for row in range(parent.size):
        if left[row] == 0:
            ready[count] = row
            count += 1
    at = 0
    while at < count:
        row = ready[at]
        at += 1
        up = parent[row]
        if up >= 0:
            below[up] += below[row] + 1
            left[up] -= 1
            if left[up] == 0:
                ready[count] = up
                count += 1
    for row in range(parent.size):
        if left[row] > 0:
            below[row] = 0
    return below


@compiled
def credit_invites(inviter: Int32, invitee: Int32, order: Int64, people: int) -> tuple[Int64, Int32, Int64, Int64]:
    """Decide who brought whom: in the order of time, the first invitation of somebody not yet in counts, for ever.

    An inviter who was never invited before inviting is a seed; so there can be no ring.

    Args:
        inviter, invitee: Dense person numbers, one row per accepted invitation.
        order: Rows in the order of time.
        people: How many people there are.

    Returns, (people,) each: the inviter (-1 for a seed, -3 for people in no invitation), the generation, the row that
    counted (-1 if none); and three counts: invitations of oneself, of somebody who was in already, that counted.
    """
    parent = np.full(people, -3, np.int64)
    depth = np.full(people, -1, np.int32)
    counted = np.full(people, -1, np.int64)
    counts = np.zeros(3, np.int64)
    for place in range(order.size):
        row = order[place]
        a, b = inviter[row], invitee[row]
        if parent[a] == -3:
            parent[a] = -1
            depth[a] = 0
        if a == b:
            counts[0] += 1
        elif parent[b] != -3:
            counts[1] += 1
        else:
            parent[b] = a
            depth[b] = depth[a] + 1
            counted[b] = row
            counts[2] += 1
    return parent, depth, counted, counts


@compiled
def _sums_by_depth(depth: Int32, children: Int32, retained: Bool, deepest: int) -> tuple[Int64, Int64, Float64, Int64]:
    members, brought = np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1, np.int64)
    squares, stayed = np.zeros(deepest + 1, np.float64), np.zeros(deepest + 1, np.int64)
    for row in range(depth.size):
        g = depth[row]
        if g >= 0:
            members[g] += 1
            brought[g] += children[row]
            squares[g] += np.float64(children[row]) * children[row]
            if retained.size:
                stayed[g] += retained[row]
    return members, brought, squares, stayed


def generations_of(
    depth: Int32, children: Int32, *, delay_us: Float64 | None = None, retained: Bool | None = None,
    posts: int = 0, from_posts: int = 0,
) -> tuple[Generation, ...]:  # fmt: skip
    """Sum a tree up by generation.

    Args:
        depth, children: From ``depths_of`` and ``children_of``; rows with a negative depth are left out.
        delay_us: Time from the parent to this row, NaN where it is not known.
        retained: Whether this one stayed.
        posts: How many posts are generation 0, when rows begin at generation 1.
        from_posts: How many rows hang on a post directly.
    """
    deepest = int(depth.max(initial=-1))
    if deepest < 0:
        return ()
    members, brought, squares, stayed = _sums_by_depth(
        depth, children, np.zeros(0, np.bool_) if retained is None else retained, deepest
    )
    if posts:
        members[0], brought[0], squares[0] = posts, from_posts, float("nan")
    medians = _medians(depth, delay_us, deepest)
    found = []
    for g in range(deepest + 1):
        n, total = int(members[g]), int(brought[g])
        stay = int(stayed[g]) if retained is not None else -1
        found.append(Generation(g, n, total, *_k(n, total, float(squares[g])), medians[g], stay))
    return tuple(found)


def _k(members: int, children: int, squares: float) -> tuple[float, float, float]:
    """Return children per member with its interval; NaN where there is nothing to say."""
    if not members:
        return nan, nan, nan
    k = children / members
    if members < 2 or isnan(squares):
        return k, nan, nan
    half = _Z * (max((squares - members * k * k) / (members - 1), 0.0) / members) ** 0.5
    return k, max(k - half, 0.0), k + half


def spread_of(
    parent: Int64, at: Int64, *, started: Int64 | None = None, trees: int = 0, rows_hang_on_posts: bool = False,
    retained: Bool | None = None,
) -> Spread:  # fmt: skip
    """Measure a spread whose parents are known.

    Args:
        parent: Row of the parent; -1 hangs on the post (or is a seed), -2 is unknown.
        at: Moment of each row in microseconds, ``NEVER`` where it is not known.
        started: Moment at which the tree of each row began, ``NEVER`` where not known.
        trees: Number of trees; with ``rows_hang_on_posts`` they are generation 0.
        rows_hang_on_posts: A row without a parent hangs on a post and is generation 1.
        retained: Whether each row stayed.
    Shape: (rows,) each.
    """
    depth = depths_of(parent, 1 if rows_hang_on_posts else 0)
    children = children_of(parent)
    has = parent >= 0
    before = np.where(has, at[np.where(has, parent, 0)], NEVER)
    if started is not None and rows_hang_on_posts:
        before = np.where(parent == SEED, started, before)
    known = (at != NEVER) & (before != NEVER)
    delay = np.full(parent.size, np.nan)
    delay[known] = (at[known] - before[known]).astype(np.float64)
    backwards = int((delay < 0).sum())
    delay[delay < 0] = np.nan
    age = np.zeros(0)
    if started is not None:
        dated = (at != NEVER) & (started != NEVER)
        age = np.maximum(at[dated] - started[dated], 0).astype(np.float64)
    half, ninety, most = np.quantile(age, (0.5, 0.9, 0.99)).tolist() if age.size else (float("nan"),) * 3
    seeds = int((parent == SEED).sum())
    brought = children[depth >= 0].astype(np.float64)
    k, k_low, k_high = _k(brought.size, int(brought.sum()), float(brought @ brought))
    return Spread(
        generations=generations_of(
            depth, children, delay_us=delay, retained=retained,
            posts=trees if rows_hang_on_posts else 0, from_posts=seeds,
        ),
        roots=trees or seeds,
        deepest=int(depth.max(initial=0)),
        orphans=int((depth == -1).sum()),
        rings=int((depth == -2).sum()),
        backwards=backwards,
        without_date=int((at == NEVER).sum()),
        half_us=half,
        ninety_us=ninety,
        ninety_nine_us=most,
        k=k,
        k_low=k_low,
        k_high=k_high,
    )  # fmt: skip


def _medians(depth: Int32, delay_us: Float64 | None, deepest: int) -> list[float]:
    medians = [float("nan")] * (deepest + 1)
    if delay_us is None:
        return medians
    usable = (depth >= 0) & ~np.isnan(delay_us)
    order = np.flatnonzero(usable)
    by_depth = order[np.argsort(depth[order], kind="stable")]
    cuts = np.searchsorted(depth[by_depth], np.arange(deepest + 2))
    for g in range(deepest + 1):
        if cuts[g] < cuts[g + 1]:
            medians[g] = float(np.median(delay_us[by_depth[cuts[g] : cuts[g + 1]]]))
    return medians
