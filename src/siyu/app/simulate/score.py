"""Score what the product believes of people against what is true of them.

Who they are, who is gone, what they will bring, who brought whom, who cheats. Nobody is written to here: the market
lives, everything that platforms and tills would report is taken in, and the product's own recognition, models, tree of
invitations and fraud score are asked. Once a month the market's people are asked for friends with a gift, so that
there is a tree and rings have a reason to cheat.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from scipy.stats import rankdata
from sqlalchemy import select

from siyu.app.fission.tree import REVIEW_ABOVE, Tree, tree_of
from siyu.app.measurement.model import orders_of
from siyu.app.simulate.world import START_US, World, world
from siyu.kernel.arrays import Bool, Float64, Int64
from siyu.kernel.period import DAY, moment_of
from siyu.measurement.metrics.spread import children_of, depths_of, generations_of
from siyu.models import ltv
from siyu.sandbox.market.as_touches import CAMPAIGN, names_of
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import Parameters
from siyu.stores.sql.schema.people import identifier

_AHEAD_DAYS: Final = 182
_MONTH: Final = 30
#: Months as the models count them.
_DAYS_OF_MONTH: Final = 30.4375


@dataclass(frozen=True, slots=True)
class Scores:
    """One market.

    Attributes:
        identity_precision, identity_recall: Of pairs of names in one person, how many truly are of one; of pairs of
            names of one person, how many the product put together. Names that two people truly share are left out.
        churn_auc: Chance that somebody who is still alive is believed likelier to be than somebody who is gone.
        churn_said, churn_true: Share of buyers believed to be alive, and truly alive. ``churn_gap``: mean difference of
            the two over tenths of buyers by what is believed (calibration error).
        value_ratio: What all buyers are expected to bring in the next half year, through what they bring.
        value_rank: Spearman's correlation of the two; ``value_top``: share of the true value that the tenth of buyers
            expected to bring most really brings, through what the best tenth brings.
        value_kept: Of buyers, how many bring something at all.
        k_said, k_true: Invitees per member of the first generation (those who came by themselves) of everybody in the
            tree; ``k_next_said``, ``k_next_true`` those of the second. Where the product makes one person of two the
            two differ.
        cheats: Inviters who brought made-up accounts; ``flagged``: inviters that the fraud score sends to a person.
        fraud_precision, fraud_recall: Of those; None where there is none. ``fraud_average``: average precision.
    """

    market: str
    seed: int
    people: int
    identity_precision: float
    identity_recall: float
    churn_auc: float
    churn_said: float
    churn_true: float
    churn_gap: float
    value_ratio: float
    value_rank: float
    value_top: float
    value_kept: float
    k_said: float
    k_true: float
    k_next_said: float
    k_next_true: float
    cheats: int
    flagged: int
    fraud_precision: float | None
    fraud_recall: float | None
    fraud_average: float | None


@dataclass(frozen=True, slots=True)
class ScoresOfMarkets:
    """Several markets, and the mean of every score with its standard error."""

    markets: Sequence[Scores]
    means: Mapping[str, tuple[float, float]]


def scored(of: Parameters, *, people: int, days: int, seed: int) -> Scores:
    """Live through a market and score what is believed at its end."""
    with world(of, people=people, days=days, seed=seed, numbers={}, outsiders=2 * people) as one:
        one.remember()
        market = one.market
        for month in range(days // _MONTH):
            here = np.flatnonzero(market.state["arrived"] == 1)
            now_us = START_US + month * _MONTH * DAY
            market.invite(here, np.full(here.size, now_us), "gift")
            one.live_on(now_us + _MONTH * DAY)
        one.finish(START_US + days * DAY)
        found = {**identity_score(one), **_spread(one)}
        found |= _future(one, START_US + days * DAY)
    return Scores(market=of.name, seed=seed, people=people, **found)


def identity_score(one: World) -> dict[str, float]:
    """Compare who the product thinks people are with who they are, by pairs of names."""
    market, key_of = one.market, one.workspace.vault.key_of
    true = {}
    for number in np.flatnonzero(market.state["arrived"] == 1).tolist():
        for name in names_of(market, number):
            key = key_of(name)
            true[key] = number if key not in true else -1  # two people truly share it
    with one.workspace.database.read() as connection:
        rows = [
            (person, true[bytes(key)])
            for person, key in connection.execute(select(identifier.c.person_id, identifier.c.key))
            if true.get(bytes(key), -1) >= 0
        ]
    said, so = np.array(rows, np.int64).reshape(-1, 2).T
    together = _pairs(said), _pairs(so), _pairs(so * (int(said.max(initial=0)) + 1) + said)
    return {
        "identity_precision": round(together[2] / max(1, together[0]), 4),
        "identity_recall": round(together[2] / max(1, together[1]), 4),
    }


def fraud_score(cheats: Bool, score: Float64, *, flag: float = REVIEW_ABOVE) -> dict[str, Any]:
    """Score a suspicion against who really cheats.

    Args:
        cheats, score: One for each inviter.
        flag: From which suspicion on somebody looks at it.
    """
    flagged = score >= flag
    right = int((flagged & cheats).sum())
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(cheats[order])
    average = float((hits / np.arange(1, score.size + 1))[cheats[order]].mean()) if cheats.any() else None
    return {
        "cheats": int(cheats.sum()),
        "flagged": int(flagged.sum()),
        "fraud_precision": round(right / int(flagged.sum()), 4) if flagged.any() else None,
        "fraud_recall": round(right / int(cheats.sum()), 4) if cheats.any() else None,
        "fraud_average": None if average is None else round(average, 4),
    }


def _pairs(group: Int64) -> int:
    _, many = np.unique(group, return_counts=True)
    return int((many * (many - 1) // 2).sum())


def _spread(one: World) -> dict[str, Any]:
    """Compare the tree of invitations that the product sees with the true one, and the fraud score with the rings."""
    market = one.market
    with one.workspace.database.read() as connection:
        tree = tree_of(connection, CAMPAIGN)
    person, number = one.number_of_person()
    said = _k(tree)
    arrived = market.state["arrived"] == 1
    parent = np.where(arrived, market.hidden["inviter"], -1)
    in_tree = parent >= 0
    in_tree[parent[in_tree]] = True
    place = np.cumsum(in_tree) - 1
    of_tree = np.where(parent[in_tree] >= 0, place[parent[in_tree]], -1)
    true = [*(g.k for g in generations_of(depths_of(of_tree, 0), children_of(of_tree))), 0.0, 0.0]
    cheats = set(person[np.isin(number, np.flatnonzero(market.cheats()))].tolist())
    inviter = sorted({row.inviter for row in tree.came})
    where = np.searchsorted(tree.people, inviter)
    is_cheat = np.array([who in cheats for who in inviter], np.bool_)
    return {
        "k_said": round(said[0], 4),
        "k_true": round(true[0], 4),
        "k_next_said": round(said[1], 4),
        "k_next_true": round(true[1], 4),
        **fraud_score(is_cheat, tree.suspicion.score[where]),
    }


def _k(tree: Tree) -> list[float]:
    return [*(one.k for one in generations_of(tree.depth, children_of(tree.parent))), 0.0, 0.0]


def _future(one: World, now_us: int) -> dict[str, float]:
    """Compare who is believed to be alive and to bring something with who is and does, when nobody speaks to them."""
    until = moment_of(now_us).date()
    report = ltv(
        orders_of(one.workspace), customer="customer", date="date", value="value", until=until, model="pareto-nbd",
        months=_AHEAD_DAYS / _DAYS_OF_MONTH, discount=0.0,
    ).customers  # fmt: skip
    person, number = one.number_of_person()
    who = report["customer"].cast(int).to_numpy()
    alive = one.market.state["dies_at"] > now_us
    brings = _value_ahead(one.market, now_us)
    # several people that the product takes for one are alive while one of them is, and bring what they all bring
    _, place = np.unique(person, return_inverse=True)
    people = np.unique(person)
    any_alive, all_bring = np.zeros(people.size), np.zeros(people.size)
    np.maximum.at(any_alive, place, alive[number])
    np.add.at(all_bring, place, brings[number])
    at = np.searchsorted(people, who)
    known = (at < people.size) & (people[np.minimum(at, people.size - 1)] == who)
    is_alive, brought = any_alive[at[known]] > 0, all_bring[at[known]]
    said_alive = report["alive"].to_numpy()[known]
    said_value = report["value"].to_numpy()[known] * 100
    tenth = max(1, said_value.size // 10)
    best = np.sort(brought)[::-1][:tenth].sum()
    return {
        "churn_auc": round(_auc(said_alive, is_alive), 4),
        "churn_said": round(float(said_alive.mean()), 4),
        "churn_true": round(float(is_alive.mean()), 4),
        "churn_gap": round(calibration_gap(said_alive, is_alive), 4),
        "value_ratio": round(float(said_value.sum() / max(1.0, brought.sum())), 4),
        "value_rank": round(float(np.corrcoef(rankdata(said_value), rankdata(brought))[0, 1]), 4),
        "value_top": round(float(brought[np.argsort(-said_value)[:tenth]].sum() / max(1.0, best)), 4),
        "value_kept": round(float((brought > 0).mean()), 4),
    }


def _value_ahead(market: Market, now_us: int) -> Float64:
    market.live_until(now_us + _AHEAD_DAYS * DAY)
    orders = market.past().only(ORDERED)
    later = orders.at >= now_us
    return np.bincount(orders.person[later], weights=orders.value[later], minlength=len(market)).astype(np.float64)


def _auc(said: Float64, so: Bool) -> float:
    """Return the chance that one for whom it is so was given more than one for whom it is not (Mann and Whitney)."""
    yes = int(so.sum())
    if yes in {0, so.size}:
        return float("nan")
    return float((rankdata(said)[so].sum() - yes * (yes + 1) / 2) / (yes * (so.size - yes)))


def calibration_gap(said: Float64, so: Bool) -> float:
    """Return the mean difference of what was said and what is so over tenths by what was said."""
    parts = np.array_split(np.argsort(said, kind="stable"), 10)
    return float(sum(part.size * abs(said[part].mean() - so[part].mean()) for part in parts if part.size) / said.size)


def mean_scores(found: Sequence[Scores]) -> Mapping[str, tuple[float, float]]:
    """Return the mean of every score over several markets and its standard error."""
    wanted = [one.name for one in fields(Scores) if one.name not in {"market", "seed", "people"}]
    means = {}
    for name in wanted:
        values = np.array([value for one in found if (value := getattr(one, name)) is not None], np.float64)
        if values.size:
            error = float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")
            means[name] = round(float(values.mean()), 4), round(error, 4)
    return means


def scores(
    of: Parameters, *, people: int, days: int, seeds: Sequence[int], progress: Callable[[str, int, int], None]
) -> list[Scores]:
    """Score several markets."""
    found = []
    for done, seed in enumerate(seeds):
        progress("markets", done, len(seeds))
        found.append(scored(of, people=people, days=days, seed=seed))
    progress("markets", len(seeds), len(seeds))
    return found
