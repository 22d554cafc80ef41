"""Whom a message moves (uplift): not who buys, but who buys because of it. Off until it is proven on these people.

Definitions: uplift of a person = chance to buy if sent to - chance if left alone. ``t``: one logistic regression on
    the treated and one on the others, the difference of their chances. ``class``: one regression on "the answer speaks
    for the message" (treated and yes, or left alone and no), for arms of any size by weights.
When it lies: differences of chances are small and noisy; most scores are no better than chance. So a model may choose
    people only after ``prove`` has seen it beat a random order by two standard deviations over twenty splits.
Source: Jaskowski and Jaroszewicz, Uplift modeling for clinical trial data (2012); Gutierrez and Gerardy, Causal
    inference and uplift modelling: a review (2017).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.measurement.models.logistic import Logistic, fit_logistic
from siyu.measurement.models.qini import qini_area

Way = Literal["t", "class"]
#: Scores people: (people, columns) to (people,).
Score = Callable[[Float64], Float64]
SPLITS: Final = 20


@dataclass(frozen=True, slots=True)
class Uplift:
    """A fitted model: ``sent`` and ``alone`` for the two-model way, ``moved`` for the other."""

    way: Way
    sent: Logistic | None
    alone: Logistic | None
    moved: Logistic | None

    def score(self, columns: Float64) -> Float64:
        """Return the uplift of each row of (people, columns), in [-1, 1]."""
        if self.sent is not None and self.alone is not None:
            return self.sent.chance(columns) - self.alone.chance(columns)
        if self.moved is not None:
            return 2.0 * self.moved.chance(columns) - 1.0
        raise BadInputError("this model was not fitted")


def fit_uplift(columns: Float64, yes: Float64, treated: Float64, *, way: Way = "t") -> Uplift:
    """Fit on the people of an experiment.

    Args:
        columns: What was known of them before it, (people, columns).
        yes: 0 or 1.
        treated: 1 sent to, 0 left alone.

    Raises:
        BadInputError: one arm is empty, or everybody in an arm answered the same.
    """
    sent = treated == 1.0
    if not 0 < int(sent.sum()) < treated.size:
        raise BadInputError("uplift needs treated people (1) and people left alone (0)")
    if way == "t":
        return Uplift(way, fit_logistic(columns[sent], yes[sent]), fit_logistic(columns[~sent], yes[~sent]), None)
    if abs(float(treated.mean()) - 0.5) > 0.02:
        raise BadInputError("the class way needs arms of equal size", mend="use the way t")
    return Uplift(way, None, None, fit_logistic(columns, (yes == treated).astype(np.float64)))


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a score may choose people.

    Attributes:
        area, area_sd: Mean and standard deviation of the Qini area over the splits, of people not used in the fit.
        random, random_sd: The same of a random order.
        use: Whether ``area`` exceeds ``random`` by two ``random_sd``.
        words: The verdict.
    """

    area: float
    area_sd: float
    random: float
    random_sd: float
    splits: int
    use: bool
    words: str


def prove(
    columns: Float64, yes: Float64, treated: Float64, *, way: Way = "t", splits: int = SPLITS, seed: int = 1
) -> Proof:
    """Fit on one half, order the other half, twenty times; compare with a random order of the same people."""
    rng = np.random.default_rng(seed)
    areas, chance = np.empty(splits), np.empty(splits)
    for i in range(splits):
        order = rng.permutation(yes.size)
        learn, test = order[: yes.size // 2], order[yes.size // 2 :]
        model = fit_uplift(columns[learn], yes[learn], treated[learn], way=way)
        areas[i] = qini_area(yes[test], model.score(columns[test]), treated[test])
        chance[i] = qini_area(yes[test], rng.random(test.size), treated[test])
    area, random, sd = float(areas.mean()), float(chance.mean()), float(chance.std(ddof=1))
    use = area > random + 2.0 * sd
    beats = "beats" if use else "does not beat"
    words = (
        f"{'on' if use else 'off'}: over {splits} splits it {beats} a random order by two standard deviations"
        f" (area {area:.5f}, random {random:.5f} +- {sd:.5f})"
    )
    return Proof(area, float(areas.std(ddof=1)), random, sd, splits, use, words)
