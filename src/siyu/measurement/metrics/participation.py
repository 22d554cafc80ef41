"""Participation (参与分层): who creates, who takes part and who watches, and how much of the orders each layer brings.

Definition: of the people who did something by themselves in the last ``days``: creates, with at least ``many``
    contributions (comments, words in a group, shares, invitations); takes part, with one or more; watches, with none.
    Bought: a paid order in the same days. ``share`` is of people, ``contribution_share`` of all contributions.
Units: people, contributions, minor units; shares with Wilson's interval.
Source: the 1-9-90 rule of taking part, Nielsen (2006), counted instead of believed; the layers of ``people/scores.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.own import OWN
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_LAYERS: Final = (("creates", "创作"), ("takes part", "参与"), ("watches", "旁观"))
_CONTRIBUTIONS: Final = (TouchKind.GROUP_SPOKE, TouchKind.COMMENT, TouchKind.SHARE, TouchKind.INVITE)


@dataclass(frozen=True, slots=True)
class ParticipationLayer:
    """One layer; a share is ``None`` where there is nothing to take it of."""

    layer: str
    chinese: str
    people: int
    share: Estimate | None
    contributions: int
    contribution_share: float | None
    bought: Estimate | None
    paid_minor: int


@dataclass(frozen=True, slots=True)
class ParticipationResult:
    """All layers.

    Attributes:
        observed_days: Of ``days``, how many the data really has; fewer make people look more silent than they are.
    """

    days: float
    observed_days: float
    people: int
    layers: Sequence[ParticipationLayer]


@dataclass(frozen=True, slots=True)
class Participation:
    """The measure; its parts are sums (layers, 4): people, contributions, buyers, money."""

    own: Int8
    contributes: Int8
    paid: Int8
    days: float = 30.0
    many: int = 10
    until_us: int = LATEST_US
    since_us: int = 0
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Measure one bucket."""
        inside = (timeline.at >= self.until_us - int(self.days * DAY)) & (timeline.at < self.until_us)
        person, kind = timeline.person[inside], timeline.kind[inside]
        sums = np.zeros((len(_LAYERS), 4), np.int64)
        if not person.size:
            return sums
        paid = self.paid[kind] > 0
        of = np.cumsum(np.concatenate(([0], person[1:] != person[:-1])))
        acts, said, orders = (np.bincount(of, weights=flag) for flag in (self.own[kind], self.contributes[kind], paid))
        money = np.zeros(acts.size, np.int64)
        np.add.at(money, of[paid], timeline.value[inside][paid])
        there = (acts > 0) | (said > 0)
        layer = np.where(said >= self.many, 0, np.where(said > 0, 1, 2))
        for number in range(len(_LAYERS)):
            mine = there & (layer == number)
            sums[number] = mine.sum(), said[mine].sum(), (orders[mine] > 0).sum(), money[mine].sum()
        return sums

    def combine(self, parts: Iterable[Int64]) -> ParticipationResult:
        """Add the buckets up."""
        sums = sum(parts, np.zeros((len(_LAYERS), 4), np.int64))
        people, said = int(sums[:, 0].sum()), int(sums[:, 1].sum())
        layers = [
            ParticipationLayer(
                name, chinese, n, share(n, people), words, words / said if said else None, share(buyers, n), money
            )
            for (name, chinese), (n, words, buyers, money) in zip(_LAYERS, sums.tolist(), strict=True)
        ]
        observed = min(self.days, max(self.until_us - self.since_us, 0) / DAY)
        return ParticipationResult(self.days, observed, people, layers)


def build(options: Options) -> Participation:
    """Build it from options."""
    return Participation(
        options.kind_set("own", OWN),
        options.kind_set("contributes", _CONTRIBUTIONS),
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        options.number("days", 30, least=1),
        options.whole("many", 10, least=1),
        options.until_us or LATEST_US,
        options.since_us,
    )


CARD = Card(
    name="participation",
    chinese="参与分层",
    says="Who creates, who takes part and who watches, and how much of the orders hangs on each layer.",
    options=(
        Option("days", "the last so many days", "30"),
        Option("many", "contributions from which a person creates", "10"),
        Option("contributes", "kinds that are contributions", "group_spoke,comment,share,invite"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
