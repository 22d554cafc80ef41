"""RFM: buyers by how recently, how often and for how much they bought, in layers a shop can act on.

Definition: recency is days since the last purchase day, frequency the number of purchase days, money the sum of
    purchases. Each is scored 1 to 5 by quintiles of the buyers (5 is best); equal figures get equal scores. Layers
    go by recency and by the mean of the other two, after the usual ten-cell map.
Units: days, purchase days, minor units.
Source: Hughes (1994), Strategic Database Marketing, for the quintiles; the map of layers is the common one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import LATEST_US
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.quantiles import quantiles_of
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NOBODY: Final = -1
_FIFTHS: Final = (0.2, 0.4, 0.6, 0.8)
#: Layer by recency score (1 to 5) and the rounded mean of the two other scores (1 to 5).
_LAYERS: Final = {
    "champions": ("重要价值", ((5, 5), (5, 4), (4, 5))),
    "loyal": ("忠诚", ((4, 4), (3, 5), (3, 4))),
    "potential": ("潜力", ((5, 3), (5, 2), (4, 3), (4, 2))),
    "new": ("新客", ((5, 1),)),
    "promising": ("有希望", ((4, 1),)),
    "need attention": ("需关注", ((3, 3),)),
    "about to sleep": ("将沉睡", ((3, 2), (3, 1))),
    "cannot lose": ("不可流失", ((2, 5), (1, 5))),
    "at risk": ("有流失风险", ((2, 4), (2, 3), (1, 4), (1, 3))),
    "hibernating": ("沉睡", ((2, 2), (2, 1), (1, 2), (1, 1))),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of buyers; ``None`` where nobody is in it."""

    layer: str
    chinese: str
    people: int
    share: float
    value_minor: int
    value_share: float | None
    recency_days: float | None
    purchase_days: float | None


@dataclass(frozen=True, slots=True)
class RfmResult:
    """Buyers in layers.

    Attributes:
        breaks: For recency, frequency and money: the four figures that cut buyers into fifths.
        person, recency_days, purchase_days, money_minor, scores: One entry per buyer, in no order; scores (3, buyers).
    """

    buyers: int
    value_minor: int
    breaks: dict[str, Sequence[float]]
    layers: Sequence[Layer]
    person: Int64 = field(repr=False)
    recency_days: Int64 = field(repr=False)
    purchase_days: Int64 = field(repr=False)
    money_minor: Int64 = field(repr=False)
    scores: Int8 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rfm:
    """The measure; its parts are the buyers themselves, (4, buyers): person, last day, purchase days, money."""

    kinds: Int8
    zone: tzinfo = UTC
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Measure one bucket."""
        days = calendar("day", self.zone).day_starts
        return buyers(timeline.person, timeline.at, timeline.kind, timeline.value, self.kinds, days, self.until_us)

    def combine(self, parts: Iterable[Int64]) -> RfmResult:
        """Put the buyers together and score them."""
        person, last, often, money = np.concatenate([np.empty((4, 0), np.int64), *parts], axis=1)
        today = int(day_of(self.until_us - 1, calendar("day", self.zone).day_starts))
        recency = today - last
        breaks = {
            name: quantiles_of(figure, _FIFTHS)
            for name, figure in (("recency_days", recency), ("purchase_days", often), ("value_minor", money))
        }
        cuts = np.array(list(breaks.values())).reshape(3, -1)
        scores, sums = scored(recency, often, money, cuts, _layer_of_scores(), len(_LAYERS))
        return RfmResult(len(person), int(money.sum()), breaks, _layers(sums), person, recency, often, money, scores)


def _layer_of_scores() -> Int64:
    """Return the number of the layer by recency score and the rounded mean of the two others. Shape (6, 6)."""
    number = np.zeros((6, 6), np.int64)
    for layer, (_, cells) in enumerate(_LAYERS.values()):
        for cell in cells:
            number[cell] = layer
    return number


def _layers(sums: Int64) -> Sequence[Layer]:
    """Name the layers and their means. Shape (layers, 4): people, days, purchase days, money."""
    everybody, total = max(int(sums[:, 0].sum()), 1), int(sums[:, 3].sum())
    return [
        Layer(
            name, chinese, n, n / everybody, worth, worth / total if total else None,
            days / n if n else None, often / n if n else None,
        )
        for (name, (chinese, _)), (n, days, often, worth) in zip(_LAYERS.items(), sums.tolist(), strict=True)
    ]  # fmt: skip


@compiled
def scored(  # noqa: PLR0917  a compiled kernel takes columns by place
    recency: Int64, often: Int64, money: Int64, cuts: Float64, layer_of: Int64, layers: int
) -> tuple[Int8, Int64]:
    """Score every buyer 1 to 5: one more for every cut that a figure lies above, for recency one less; add layers up.

    Args:
        cuts: For recency, purchase days and money: the figures that cut buyers into fifths.
        layer_of: The layer by scores, (6, 6).
    Shape: (buyers,) each; returns scores (3, buyers), and sums (layers, 4) of people, days, purchase days, money.
    """
    scores = np.empty((3, recency.size), np.int8)
    sums = np.zeros((layers, 4), np.int64)
    for i in range(recency.size):
        r, f, m = 5, 1, 1
        for cut in range(cuts.shape[1]):
            r -= recency[i] > cuts[0, cut]
            f += often[i] > cuts[1, cut]
            m += money[i] > cuts[2, cut]
        scores[0, i], scores[1, i], scores[2, i] = r, f, m
        layer = layer_of[r, (f + m + 1) // 2]
        sums[layer, 0] += 1
        sums[layer, 1] += recency[i]
        sums[layer, 2] += often[i]
        sums[layer, 3] += money[i]
    return scores, sums


@compiled
def buyers(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, counts: Int8, day_starts: Int64, until: int
) -> Int64:
    """Return person, last purchase day, purchase days and money of each buyer.

    Args:
        counts: By kind: 1 if it is a purchase.
        until: Touches from here on are not looked at.
    Shape: (touches,) each; returns (4, buyers).
    """
    found = np.empty((4, 1024), np.int64)
    size = 0
    current, edge = _NOBODY, 0
    for i in range(person.size):
        if not counts[kind[i]] or at[i] >= until:
            continue
        if person[i] != current:
            current = person[i]
            if size == found.shape[1]:
                found = np.concatenate((found, np.empty_like(found)), axis=1)
            found[0, size], found[2, size], found[3, size] = current, 0, 0
            size += 1
            edge = 0
        found[3, size - 1] += value[i]
        if at[i] >= edge:
            day = day_of(at[i], day_starts)
            edge = day_starts[day + 1]
            found[1, size - 1] = day
            found[2, size - 1] += 1
    return found[:, :size].copy()


def build(options: Options) -> Rfm:
    """Build it from options."""
    return Rfm(options.kind_set("kinds", (TouchKind.ORDER_PAID,)), options.zone, options.until_us or LATEST_US)


CARD = Card(
    name="rfm",
    chinese="RFM 分层",
    says="Buyers by how recently, how often and for how much they bought, in layers a shop can act on.",
    options=(Option("kinds", "kinds that are purchases, with commas", "order_paid"),),
    build=build,
)
