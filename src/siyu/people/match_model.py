"""How much each agreement says, learned without labels (Fellegi and Sunter).

Sources: Fellegi and Sunter, "A Theory for Record Linkage" (JASA 64, 1969); EM for its parameters: Winkler (1988);
term frequencies: Winkler (1989). ``u`` comes from random pairs, ``m`` and the share of true pairs from EM over all
pairs there are: those not worth comparing count as different people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.people.match_text import EXACT, LEVELS, MISSING

_ROUNDS = 60
_SMALL = 1e-6

Levels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned.

    Attributes:
        m, u: Chance of each level among true pairs and among pairs of two people. Shape: (fields, LEVELS).
        share: Chance that two records taken at random are one person.
    """

    m: Float64
    u: Float64
    share: float

    @property
    def weight(self) -> Float64:
        """log2(m / u), 0 where nothing is known. Shape: (fields, LEVELS)."""
        weight = np.log2(np.maximum(self.m, _SMALL) / np.maximum(self.u, _SMALL))
        weight[:, MISSING] = 0.0
        return weight


def learn(levels: Levels, random_levels: Levels, by_chance: Sequence[float], all_pairs: int) -> Model:
    """Learn from the compared pairs.

    Args:
        levels: Levels of the pairs worth comparing. Shape: (pairs, fields).
        random_levels: Levels of pairs taken at random. Shape: (random pairs, fields).
        by_chance: Chance that two records taken at random have the same value, per field, counted and not sampled.
        all_pairs: How many pairs there are in all, compared or not.
    """
    fields = levels.shape[1]
    u = np.stack([_shares(random_levels[:, field], np.ones(len(random_levels))) for field in range(fields)])
    u[:, EXACT] = np.maximum(by_chance, 0.5 / all_pairs)
    patterns, counts = _patterns(levels)
    m = np.tile(np.array([0.0, 0.03, 0.03, 0.05, 0.09, 0.78, 0.02]), (fields, 1))
    share = max(1.0, min(len(levels), 0.2 * np.sqrt(all_pairs))) / all_pairs
    model = Model(m, u, share)
    for _ in range(_ROUNDS):
        chance = probability(patterns, model)
        true = chance * counts
        m = np.stack([_shares(patterns[:, field], true, prior=model.m[field]) for field in range(fields)])
        new = Model(_ordered(m, u), u, float(min(max(true.sum(), 1.0), 0.9 * all_pairs)) / all_pairs)
        settled = float(np.abs(new.m - model.m).max()) < 1e-5
        model = new
        if settled:
            break
    return model


def log_odds(levels: Levels, model: Model) -> Float64:
    """Return log2 of the odds that each pair is one person. Shape: (pairs, fields) to (pairs,)."""
    weight = model.weight
    total = np.full(len(levels), np.log2(model.share / (1.0 - model.share)))
    for field in range(levels.shape[1]):
        total += weight[field][levels[:, field]]
    return total


def probability(levels: Levels, model: Model) -> Float64:
    """Return the chance that each pair is one person. Shape: (pairs, fields) to (pairs,)."""
    return chance_of(log_odds(levels, model))


def chance_of(odds: Float64) -> Float64:
    """Turn log2 odds to a chance."""
    return 1.0 / (1.0 + np.exp2(-np.clip(odds, -200.0, 200.0)))


def odds_of(chance: float) -> float:
    """Turn a chance to log2 odds."""
    return float(np.log2(max(chance, 1e-60) / max(1.0 - chance, 1e-15)))


def rarity(level: Int8, share_left: Float64, u_exact: float) -> Float64:
    """Return what an exact agreement says beyond the average one: a rare value says more, a common one less.

    Args:
        level: Levels of one field. Shape: (pairs,).
        share_left: Term frequency of the left value. Shape: (pairs,).
        u_exact: Chance that two random values agree.

    Returns:
        What to add to the log2 odds.
    """
    return np.where(level == EXACT, np.log2(u_exact / np.maximum(share_left, _SMALL)), 0.0)


def best_threshold(chance: Float64) -> float:
    """Return the chance from which pairs are taken so that the F1 to be expected is highest.

    With calibrated chances the true pairs among those taken are the sum of their chances, and all true pairs the sum
    over everything, so F1 = 2 x (chance taken) / (number taken + chance of all).
    """
    if chance.size == 0:
        return 0.5
    ranked = np.sort(chance)[::-1]
    f1 = 2.0 * np.cumsum(ranked) / (np.arange(1, ranked.size + 1) + ranked.sum())
    return float(ranked[int(np.argmax(f1))])


def _patterns(levels: Levels) -> tuple[Levels, Int64]:
    key = np.zeros(len(levels), np.int64)
    for field in range(levels.shape[1]):
        key = key * LEVELS + levels[:, field]
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    return levels[first], counts


def _shares(level: Int8, weight: Float64, prior: Float64 | None = None) -> Float64:
    seen = np.bincount(level, weights=weight, minlength=LEVELS)
    seen[MISSING] = 0.0
    smoothed = seen + (0.05 * seen.sum() / max(seen.sum(), 1.0) + 0.05 if prior is None else 0.5 * prior)
    smoothed[MISSING] = 0.0
    shares: Float64 = np.maximum(smoothed / smoothed.sum(), _SMALL)
    return shares


def _ordered(m: Float64, u: Float64) -> Float64:
    """Keep the weight of OTHER from saying more than that of a closer level."""
    m = m.copy()
    for field in range(len(m)):
        for level in range(2, EXACT + 1):
            ratio, below = m[field, level] / u[field, level], m[field, level - 1] / u[field, level - 1]
            if ratio < below:
                m[field, level] = below * u[field, level]
    ordered: Float64 = m / m.sum(axis=1, keepdims=True)
    return ordered
