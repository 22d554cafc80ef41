"""A fission campaign of a million people: tree, K by generation, retained share, fraud, rewards; against pandas joins.

Run: python bench/fission.py [people] [invites]
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from siyu.campaigns.fission.fraud import suspect
from siyu.campaigns.fission.settle import settle
from siyu.kernel.period import DAY
from siyu.measurement.metrics.spread import children_of, credit_invites, generations_of

Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def campaign(people: int, invites: int) -> Columns:
    rng = np.random.default_rng(20)
    eager = rng.pareto(1.6, people) + 0.05
    inviter = rng.choice(people, invites, p=eager / eager.sum()).astype(np.int32)
    invitee = rng.integers(0, people, invites).astype(np.int32)
    at = np.sort(rng.integers(0, 60 * DAY, invites))
    shuffle = rng.permutation(invites)
    return inviter[shuffle], invitee[shuffle], at[shuffle], rng.random(people) < 0.4


def ours(data: Columns) -> object:
    inviter, invitee, at, stayed = data
    people = stayed.size
    order = np.argsort(at, kind="stable")
    parent, depth, counted, _counts = credit_invites(inviter, invitee, order, people)
    children = children_of(parent)
    joined = np.where(counted >= 0, at[np.maximum(counted, 0)], 0)
    delay = np.where(parent >= 0, joined - joined[np.maximum(parent, 0)], np.nan)
    found = generations_of(depth, children, delay_us=delay, retained=stayed)
    paid = settle(
        parent,
        joined,
        stayed=stayed,
        suspected=np.zeros(people, np.bool_),
        now_us=90 * DAY,
        mature_us=7 * DAY,
        amount_minor=500,
        cap_minor=20_000,
        budget_minor=10**9,
    )
    return found, paid, parent


def with_pandas(data: Columns) -> object:
    """The tree by joins, generation after generation, as one writes it in a notebook."""
    inviter, invitee, at, stayed = data
    frame = pd.DataFrame({"inviter": inviter, "invitee": invitee, "at": at})
    frame = frame[frame.inviter != frame.invitee].sort_values("at").drop_duplicates("invitee")
    depth = pd.Series(-1, index=np.arange(stayed.size))
    depth[~depth.index.isin(frame.invitee)] = 0
    front, level = set(depth.index[depth == 0]), 0
    while front:
        level += 1
        reached = frame[frame.inviter.isin(front) & (depth.loc[frame.invitee].to_numpy() == -1)].invitee
        depth.loc[reached] = level
        front = set(reached)
    children = frame.groupby("inviter").size()
    table = pd.DataFrame({"depth": depth, "children": children.reindex(depth.index).fillna(0), "stayed": stayed})
    table = table[table.depth >= 0].groupby("depth").agg({"children": ["size", "sum"], "stayed": "mean"})
    earned = frame[stayed[frame.invitee]].groupby("inviter").size().mul(500).clip(upper=20_000)
    return table, earned


def median_of(run: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    invites = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000
    small = campaign(1_000, 5_000)
    ours(small)
    suspect(
        small[0],
        small[1],
        small[2],
        people=1_000,
        device=np.full(1_000, -1, np.int32),
        address=np.full(1_000, -1, np.int32),
        silent=small[3],
    )
    data = campaign(people, invites)
    mine = median_of(lambda: ours(data), 3)
    rng = np.random.default_rng(3)
    device = rng.integers(0, people, people).astype(np.int32)
    fraud = median_of(
        lambda: suspect(data[0], data[1], data[2], people=people, device=device, address=device, silent=~data[3]), 1
    )
    theirs = median_of(lambda: with_pandas(data), 1)
    print(f"people {people:,}  invitations {invites:,}")
    print(f"{'tree, K, retained share, rewards':<42} {mine:8.2f} s")
    print(f"{'the same by pandas joins':<42} {theirs:8.2f} s   ratio {theirs / mine:.1f}x")
    print(f"{'fraud: five signs for every inviter':<42} {fraud:8.2f} s")


if __name__ == "__main__":
    main()
