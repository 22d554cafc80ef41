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
from siyu.people.match_text import ALIKE, EXACT, LEVELS, MISSING, OTHER

_ROUNDS = 60
_SMALL = 1e-6
_LEAST = 0.3  # no pair less likely is taken, however few there are
_MOST = 0.45  # of all pairs there are, at most so many are one person
_NO_SHARE = 1e-30
_PRIOR = 3.0  # pairs: so much counts what is usual in files against what was seen in this one
_WRONG = 0.02  # of the values of true pairs, at least so many have nothing to do with each other
_CHANGED = 0.25  # and at most so many: what differs more often is no one person, however often two of a kind are there

Levels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned of three kinds of pairs: one person, two of one household, two who have nothing in common.

    Attributes:
        m, h, u: Chance of each level among pairs of each kind. Shape: (fields, LEVELS).
        share, share_h: Chance that two records taken at random are one person, or two of one household.
    """

    m: Float64
    h: Float64
    u: Float64
    share: float
    share_h: float

    @property
    def against(self) -> tuple[tuple[float, Float64], tuple[float, Float64]]:
        """log2 odds of one person against strangers, then against one household.

        Each: what holds before anything is compared, and what every level adds; 0 where nothing is known.
        Shape: (fields, LEVELS).
        """
        m, before = np.maximum(self.m, _SMALL), float(np.log2(self.share))
        strangers, household = (np.log2(m / np.maximum(other, _SMALL)) for other in (self.u, self.h))
        strangers[:, MISSING] = household[:, MISSING] = 0.0
        return (
            (before - float(np.log2(1.0 - self.share - self.share_h)), strangers),
            (before - float(np.log2(self.share_h)), household),
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """How often two records have the same value in a field.

    Attributes:
        same: Pairs of records with the same value.
        pairs: Pairs of records that both have a value.
        all_people: Whether pairs of one person are among them.
    """

    same: float
    pairs: float
    all_people: bool


def learn(
    levels: Levels, random_levels: Levels, alike: Sequence[Alike], all_pairs: int, own: Sequence[float | None]
) -> Model:
    """Learn from the compared pairs.

    Args:
        levels: Levels of the pairs worth comparing. Shape: (pairs, fields).
        random_levels: Levels of pairs taken at random. Shape: (random pairs, fields).
        alike: How often two records have the same value, per field, counted over all pairs and not sampled.
        all_pairs: How many pairs there are in all, compared or not.
        own: For each field that nobody shares with a household, such as a given name, how often two of one agree all
            the same (twins on a birthday): else a household is like strangers there. ``None`` for a field they share.
    """
    fields, alone = levels.shape[1], np.array([one is not None for one in own])
    patterns, counts = _patterns(levels)
    at_random, times = _patterns(random_levels)
    usual = np.tile(np.array([0.0, 0.03, 0.03, 0.05, 0.09, 0.78, 0.02]), (fields, 1))
    share = min(_MOST, max(1.0, min(len(levels), 0.2 * np.sqrt(all_pairs))) / all_pairs)
    u = _by_chance(at_random, times.astype(np.float64), alike, patterns, np.zeros(len(patterns)))
    h = np.where(alone[:, None], _beside(u, own), usual)
    model = Model(usual, h, u, share, share if alone.any() else _NO_SHARE)
    for _ in range(_ROUNDS):
        chance, household = _kinds(patterns, model)
        true, beside = chance * counts, household * counts
        m = np.stack([_shares(patterns[:, field], true, prior=usual[field]) for field in range(fields)])
        u = _by_chance(at_random, times * (1.0 - _kinds(at_random, model)[0]), alike, patterns, true)
        shared = [_shares(patterns[:, field], beside, prior=usual[field]) for field in range(fields)]
        h = np.where(alone[:, None], _beside(u, own), np.stack(shared))
        new = Model(
            _ordered(_doubted(m), u), h, u,
            min(_MOST, max(float(true.sum()), 1.0) / all_pairs),
            min(0.05, (float(beside.sum()) + _SMALL) / all_pairs) if alone.any() else _NO_SHARE,
        )  # fmt: skip
        settled = float(np.abs(new.m - model.m).max()) < 1e-5
        model = new
        if settled:
            break
    return model


def _beside(u: Float64, own: Sequence[float | None]) -> Float64:
    """Return what each field does within a household if it is each person's own: what it does among strangers."""
    agree = np.maximum(u[:, EXACT], [one or 0.0 for one in own])
    beside = u * ((1.0 - agree) / (1.0 - u[:, EXACT]))[:, None]
    beside[:, EXACT] = agree
    return beside


def _kinds(levels: Levels, model: Model) -> tuple[Float64, Float64]:
    """Return the chance that each pair is one person, and that it is two of one household."""
    odds = [np.full(len(levels), before) for before, _ in model.against]
    for place, (_, adds) in enumerate(model.against):
        for field in range(levels.shape[1]):
            odds[place] += adds[field][levels[:, field]]
    chance = chance_of(both(*odds))
    return chance, chance * np.exp2(-np.clip(odds[1], -200.0, 200.0))


def both(strangers: Float64, household: Float64) -> Float64:
    """Return log2 odds of one person against everything else, from those against strangers and against a household."""
    return -np.logaddexp2(-strangers, -household)


def chance_of(odds: Float64) -> Float64:
    """Turn log2 odds to a chance."""
    return 1.0 / (1.0 + np.exp2(-np.clip(odds, -200.0, 200.0)))


def odds_of(chance: float) -> float:
    """Turn a chance to log2 odds."""
    return float(np.log2(max(chance, 1e-60) / max(1.0 - chance, 1e-15)))


def rarity(level: Int8, share: Float64, u_exact: float) -> Float64:
    """Return what an agreement says beyond the average one: a rare value says more, a common one less.

    A close agreement takes part by half: its values may be two that are alike, and not one misspelt.

    Args:
        level: Levels of one field. Shape: (pairs,).
        share: How often the more common of the two values is anybody else's. Shape: (pairs,).
        u_exact: Chance that two random values agree.

    Returns:
        What to add to the log2 odds.
    """
    part = np.array([0.0, 0.0, 0.0, 0.5, 0.5, 1.0, 0.0])[level]
    return np.asarray(part * np.log2(u_exact / np.maximum(share, _SMALL)))


def best_threshold(chance: Float64) -> float:
    """Return the chance from which pairs are taken so that the F1 to be expected is highest.

    With calibrated chances the true pairs among those taken are the sum of their chances, and all true pairs the sum
    over everything, so F1 = 2 x (chance taken) / (number taken + chance of all).
    """
    if chance.size == 0:
        return 0.5
    ranked = np.sort(chance)[::-1]
    f1 = 2.0 * np.cumsum(ranked) / (np.arange(1, ranked.size + 1) + ranked.sum())
    return max(_LEAST, float(ranked[int(np.argmax(f1))]))


def _patterns(levels: Levels) -> tuple[Levels, Int64]:
    key = np.zeros(len(levels), np.int64)
    for field in range(levels.shape[1]):
        key = key * LEVELS + levels[:, field]
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    return levels[first], counts


def _shares(level: Int8, weight: Float64, prior: Float64 | None = None) -> Float64:
    seen = np.bincount(level, weights=weight, minlength=LEVELS)
    seen[MISSING] = 0.0
    smoothed = seen + (0.1 if prior is None else _PRIOR * prior)
    smoothed[MISSING] = 0.0
    shares: Float64 = np.maximum(smoothed / smoothed.sum(), _SMALL)
    return shares


def _doubted(m: Float64) -> Float64:
    """Keep it possible that any one field is plainly wrong or has changed, and impossible that most of them are.

    Without the first, one disagreement decides alone; without the second, a file with hardly anybody twice has families
    and namesakes taken for one person.
    """
    m = m.copy()
    for level, least in ((OTHER, _WRONG), (ALIKE, 0.0)):
        rest = m.sum(axis=1) - m[:, level]
        share = np.clip(m[:, level] / (rest + m[:, level]), least, _CHANGED)
        m[:, level] = share / (1.0 - share) * rest
        m /= m.sum(axis=1, keepdims=True)
    return m


def _by_chance(at_random: Levels, times: Float64, alike: Sequence[Alike], patterns: Levels, true: Float64) -> Float64:
    """Return u: levels of random pairs, and equal values as counted, both without the pairs that are one person."""
    u = np.stack([_shares(at_random[:, field], times) for field in range(at_random.shape[1])])
    for field, one in enumerate(alike):
        gone = np.bincount(patterns[:, field], weights=true, minlength=LEVELS) if one.all_people else np.zeros(LEVELS)
        other = max(1.0, one.pairs - float(gone[MISSING + 1 :].sum()))
        u[field, EXACT] = min(0.9, (max(0.0, one.same - float(gone[EXACT])) + 0.5) / other)
    return u


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
