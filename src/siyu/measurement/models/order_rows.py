"""Order rows (订单明细): every order and return of everybody, with the source each person came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Bool, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class OrderRows:
    """Orders and returns by ascending person and time.

    Attributes:
        minor: What was paid, or given back (below zero).
        source: Of the person's first touch that has one; empty if there is none.
        currency: Of each row.
    Shape: (orders,) each.
    """

    person: Int64
    at: Int64
    minor: Int64
    source: Sequence[str]
    currency: Sequence[str]


@dataclass(frozen=True, slots=True)
class EveryOrder:
    """The measure that collects them; a row an order, so for machines whose memory holds all orders."""

    by: str = "source_code"

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", "currency", self.by)

    def of_bucket(self, timeline: Timeline) -> OrderRows:
        """Collect one bucket."""
        text, money = timeline.text[self.by], timeline.text["currency"]
        names, currencies = np.array([*text.names, ""], object), np.array(money.names, object)
        blank = np.array([not name for name in text.names], np.bool_)
        source = first_codes(timeline.person, text.codes, blank)
        paid = timeline.kind == TouchKind.ORDER_PAID
        used = paid | (timeline.kind == TouchKind.ORDER_REFUNDED)
        worth = np.where(paid, np.abs(timeline.value), -np.abs(timeline.value))[used]
        return OrderRows(
            timeline.person[used], timeline.at[used], worth, names[source[used]].tolist(),
            currencies[money.codes[used]].tolist() if currencies.size else [],
        )  # fmt: skip

    def combine(self, parts: Iterable[OrderRows]) -> OrderRows:
        """Put the buckets side by side, by ascending person."""
        taken = list(parts)
        none = np.empty(0, np.int64)
        person = np.concatenate([none, *(part.person for part in taken)])
        order = np.argsort(person, kind="stable")
        texts = [
            np.array([name for part in taken for name in getattr(part, which)], object)[order].tolist()
            for which in ("source", "currency")
        ]
        return OrderRows(
            person[order], np.concatenate([none, *(part.at for part in taken)])[order],
            np.concatenate([none, *(part.minor for part in taken)])[order], *texts,
        )  # fmt: skip


@compiled
def first_codes(person: Int64, code: Int32, blank: Bool) -> Int64:
    """Return for each touch the first code of its person that is not blank; the number of codes if there is none."""
    found = np.empty(person.size, np.int64)
    i = 0
    while i < person.size:
        begin, first = i, blank.size
        while i < person.size and person[i] == person[begin]:
            if first == blank.size and not blank[code[i]]:
                first = code[i]
            i += 1
        found[begin:i] = first
    return found
