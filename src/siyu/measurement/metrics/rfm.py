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

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import LATEST_US
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.quantiles import quantiles
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
        person, recency_days, purchase_days, value_minor, scores: One entry per buyer; scores (buyers, 3).
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
    """The measure; its parts are the buyers themselves, (buyers, 4): person, last day, purchase days, money."""

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
        rows = np.concatenate([np.empty((0, 4), np.int64), *parts])
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        person, last, often, money = (np.ascontiguousarray(column) for column in rows.T)
        today = int(day_of(self.until_us - 1, calendar("day", self.zone).day_starts))
        recency = today - last
        breaks = {
            name: _fifths(figure)
            for name, figure in (("recency_days", recency), ("purchase_days", often), ("value_minor", money))
        }
        scores = np.empty((len(rows), 3), np.int8)
        scores[:, 0] = 6 - _score(recency, breaks["recency_days"])
        scores[:, 1] = _score(often, breaks["purchase_days"])
        scores[:, 2] = _score(money, breaks["value_minor"])
        layers = _layers(scores, recency, often, money)
        return RfmResult(len(rows), int(money.sum()), breaks, layers, person, recency, often, money, scores)


def _fifths(figure: Int64) -> Sequence[float]:
    """Return the four figures that cut the buyers into fifths."""
    if not figure.size:
        return []
    least, most = int(figure.min()), int(figure.max())
    if most - least > 4 * figure.size:
        return list(np.quantile(figure, _FIFTHS).tolist())
    # days and counts lie close together: counting them is faster than sorting
    return [least + cut for cut in quantiles(np.bincount(figure - least), _FIFTHS) or ()]


def _score(figure: Int64, breaks: Sequence[float]) -> Int8:
    """Score 1 to 5: one more for every break that the figure lies above."""
    score = np.ones(figure.size, np.int8)
    for one in breaks:
        score += figure > one
    return score


def _layers(scores: Int8, recency: Int64, often: Int64, money: Int64) -> Sequence[Layer]:
    of_cell = np.zeros((6, 6), np.int64)
    for number, (_, cells) in enumerate(_LAYERS.values()):
        for r, w in cells:
            of_cell[r, w] = number
    layer = of_cell[scores[:, 0], (scores[:, 1] + scores[:, 2] + 1) // 2]
    size = len(_LAYERS)
    count = np.bincount(layer, minlength=size)
    days, orders = (np.bincount(layer, weights=figure, minlength=size) for figure in (recency, often))
    # money is added as whole numbers: sums of floating point would lose the last cents of very large shops
    value = np.zeros(size, np.int64)
    np.add.at(value, layer, money)
    total, everybody = int(value.sum()), max(len(scores), 1)
    return [
        Layer(
            name, chinese, int(n), int(n) / everybody, int(worth), int(worth) / total if total else None,
            float(days[i] / n) if n else None, float(orders[i] / n) if n else None,
        )
        for i, ((name, (chinese, _)), n, worth) in enumerate(zip(_LAYERS.items(), count, value, strict=True))
    ]  # fmt: skip


@compiled
def buyers(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, counts: Int8, day_starts: Int64, until: int
) -> Int64:
    """Return person, last purchase day, purchase days and money of each buyer.

    Args:
        counts: By kind: 1 if it is a purchase.
        until: Touches from here on are not looked at.
    Shape: (touches,) each; returns (buyers, 4).
    """
    found = np.empty((1024, 4), np.int64)
    size = 0
    current, edge = _NOBODY, 0
    for i in range(person.size):
        if not counts[kind[i]] or at[i] >= until:
            continue
        if person[i] != current:
            current = person[i]
            if size == found.shape[0]:
                found = np.concatenate((found, np.empty_like(found)))
            found[size, 0], found[size, 2], found[size, 3] = current, 0, 0
            size += 1
            edge = 0
        found[size - 1, 3] += value[i]
        if at[i] >= edge:
            day = day_of(at[i], day_starts)
            edge = day_starts[day + 1]
            found[size - 1, 1] = day
            found[size - 1, 2] += 1
    return found[:size]


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
