"""How well a score puts the people first who are moved by a message: Qini and uplift curves, their areas, the cut.

Definitions, with people in descending order of score and those of equal score taken together: among the first k, with
    y_t and y_c responses of treated and control, n_t and n_c their numbers,
    Qini curve  q(k) = y_t - y_c n_t / n_c,      uplift curve  u(k) = (y_t / n_t - y_c / n_c) k.
    ``qini`` is the area between q and the straight line of a random order over that of a perfect order (all treated
    responders first, all control responders last), as is ``auuc`` for u. ``area`` is the area between q and the line
    over people squared, without the perfect order: use it to compare scores on the same people.
Source: Radcliffe, Using control groups to target on predicted lift (2007); Devriendt et al., Learning to rank for
    uplift modeling (2020).
"""

from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve: ``people`` first in order, and the gain among them. Both begin with 0."""

    people: Float64
    gain: Float64

    @property
    def area(self) -> float:
        """Area under the curve."""
        return float(np.trapezoid(self.gain, self.people))


def qini_curve(yes: Float64, score: Float64, treated: Float64) -> Curve:
    """Return the Qini curve; its points are the ends of runs of equal score."""
    people, y_t, y_c, n_t, n_c = _sums(yes, score, treated)
    return Curve(people, y_t - y_c * np.divide(n_t, n_c, out=np.zeros_like(n_t), where=n_c != 0))


def uplift_curve(yes: Float64, score: Float64, treated: Float64) -> Curve:
    """Return the uplift curve; its points are the ends of runs of equal score."""
    people, y_t, y_c, n_t, n_c = _sums(yes, score, treated)
    share_t = np.divide(y_t, n_t, out=np.zeros_like(y_t), where=n_t != 0)
    share_c = np.divide(y_c, n_c, out=np.zeros_like(y_c), where=n_c != 0)
    return Curve(people, (share_t - share_c) * people)


def qini(yes: Float64, score: Float64, treated: Float64) -> float:
    """Return the Qini coefficient: 0 is a random order, 1 a perfect one."""
    _check(yes, score, treated)
    best = yes * treated - yes * (1.0 - treated)
    return _over_perfect(qini_curve(yes, score, treated), qini_curve(yes, best, treated))


def auuc(yes: Float64, score: Float64, treated: Float64) -> float:
    """Return the area under the uplift curve, over a random order, as a share of a perfect one."""
    _check(yes, score, treated)
    if not bool(((yes == 0.0) | (yes == 1.0)).all()):
        raise BadInputError("the perfect order of the uplift curve is known for answers of 0 and 1 only")
    # first those whose answer speaks for the message (treated and yes, left alone and no), those who speak against last
    speaks_for = (yes == treated).astype(np.float64)
    lost, wasted = float(((1.0 - treated) * yes).sum()), float((treated * (1.0 - yes)).sum())
    best = 2.0 * speaks_for + (yes if lost > wasted else treated)
    return _over_perfect(uplift_curve(yes, score, treated), uplift_curve(yes, best, treated))


def qini_area(yes: Float64, score: Float64, treated: Float64) -> float:
    """Return the area between the Qini curve and the line of a random order, over people squared."""
    _check(yes, score, treated)
    curve = qini_curve(yes, score, treated)
    return (curve.area - _line(curve)) / float(yes.size) ** 2


@dataclass(frozen=True, slots=True)
class Cut:
    """Whom to send to.

    Attributes:
        people: How many, from the top; 0 if it pays for nobody.
        threshold: Lowest score among them; infinity for nobody.
        profit: Margin on the extra purchases minus the cost, on these people.
        profit_all: The same if everybody is sent to.
    """

    people: int
    threshold: float
    profit: float
    profit_all: float


def best_cut(yes: Float64, score: Float64, treated: Float64, *, margin: float, cost: float) -> Cut:
    """Choose how far down the list a message still pays.

    Args:
        yes: Bought or not (or how much), of the people of an experiment that the score has not seen.
        margin: Money per unit of ``yes``.
        cost: Money per person sent to.
    """
    _check(yes, score, treated)
    curve = uplift_curve(yes, score, treated)
    profit = margin * curve.gain - cost * curve.people
    best = int(np.argmax(profit))
    people = int(curve.people[best])
    ordered = np.sort(score)[::-1]
    return Cut(people, float(ordered[people - 1]) if people else float("inf"), float(profit[best]), float(profit[-1]))


def bootstrap_area(
    yes: Float64, score: Float64, treated: Float64, *, draws: int = 200, level: float = 0.9, seed: int = 1
) -> tuple[float, float]:
    """Return the interval of ``qini_area`` by drawing people anew, treated and control apart."""
    _check(yes, score, treated)
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(treated == arm) for arm in (0.0, 1.0)]
    areas = np.empty(draws)
    for i in range(draws):
        drawn: Int64 = np.concatenate([rng.choice(group, group.size) for group in groups])
        areas[i] = qini_area(yes[drawn], score[drawn], treated[drawn])
    low, high = np.quantile(areas, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def _check(yes: Float64, score: Float64, treated: Float64) -> None:
    if not yes.size == score.size == treated.size:
        raise BadInputError("answers, scores and arms are of different people")
    if (
        not bool(((treated == 0.0) | (treated == 1.0)).all())
        or not 0.0 < float(treated.mean() if treated.size else 0) < 1.0
    ):
        raise BadInputError("uplift needs treated people (1) and people left alone (0)")
    if not np.isfinite(yes).all() or not np.isfinite(score).all():
        raise BadInputError("an answer or a score is no finite number")


def _sums(yes: Float64, score: Float64, treated: Float64) -> tuple[Float64, Float64, Float64, Float64, Float64]:
    order = np.argsort(score, kind="stable")[::-1]
    y, t, s = yes[order], treated[order], score[order]
    ends = np.concatenate([np.flatnonzero(np.diff(s)), [s.size - 1]])
    n_t = np.cumsum(t)[ends]
    y_t, y_all = np.cumsum(y * t)[ends], np.cumsum(y)[ends]
    people = (ends + 1).astype(np.float64)
    columns = (people, y_t, y_all - y_t, n_t, people - n_t)
    begun = [np.concatenate([[0.0], column]) for column in columns]
    return begun[0], begun[1], begun[2], begun[3], begun[4]


def _line(curve: Curve) -> float:
    return float(curve.people[-1] * curve.gain[-1] / 2.0)


def _over_perfect(curve: Curve, perfect: Curve) -> float:
    line = _line(curve)
    most = perfect.area - line
    return (curve.area - line) / most if most else float("nan")
