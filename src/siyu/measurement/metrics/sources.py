"""Sources (来源): people, orders, order value and repeat purchase by where people first came from.

Definition: a person's source is the chosen text column (channel, source code, scene, content, staff, account) of their
    first touch that has one. Orders are paid orders; a repeater has paid orders on two moments or more. Concentration
    is the Herfindahl index of paid money over sources (1: everything from one) and the share of the largest.
Units: people, minor units; 95 % intervals.
Source: plain sums; Herfindahl-Hirschman index.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.measurement.interval import Estimate, Sums, mean, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source; estimates are ``None`` where there is nobody to estimate from."""

    source: str
    people: int
    buyers: int
    buyer_rate: Estimate | None
    repeaters: int
    repeat_rate: Estimate | None
    orders: int
    order_value_minor: Estimate | None
    paid_minor: int
    paid_share: float | None
    paid_per_person_minor: float


@dataclass(frozen=True, slots=True)
class SourcesResult:
    """Sources by paid money, and how much hangs on few of them.

    Attributes:
        herfindahl, largest_share: ``None`` without money.
        unknown: People without any source.
    """

    by: str
    people: int
    unknown: int
    sources: Sequence[SourceRow]
    herfindahl: float | None
    largest_share: float | None


@dataclass(frozen=True, slots=True)
class Sources:
    """The measure; its parts are names, sums (names, 5) and squares of order values (names,)."""

    paid: Int8
    by: str = "source_code"

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def of_bucket(self, timeline: Timeline) -> tuple[Sequence[str], Int64, Float64]:
        """Measure one bucket."""
        text = timeline.text[self.by]
        names = [*text.names, ""]
        blank = np.array([not name for name in names])
        sums, squares = source_sums(timeline.person, timeline.kind, timeline.value, text.codes, blank, self.paid)
        return names, sums, squares

    def combine(self, parts: Iterable[tuple[Sequence[str], Int64, Float64]]) -> SourcesResult:
        """Add the buckets up."""
        found: dict[str, tuple[Int64, float]] = {}
        for names, sums, squares in parts:
            for place, name in enumerate(names):
                if sums[place, 0]:
                    old, old_squares = found.get(name, (np.zeros(5, np.int64), 0.0))
                    found[name] = (old + sums[place], old_squares + float(squares[place]))
        total = sum(int(sums[4]) for sums, _ in found.values())
        rows = [self._row(name, sums, squares, total) for name, (sums, squares) in found.items()]
        rows.sort(key=lambda row: (-row.paid_minor, -row.people, row.source))
        shares = [row.paid_share for row in rows if row.paid_share is not None]
        return SourcesResult(
            self.by, sum(row.people for row in rows), sum(row.people for row in rows if not row.source), rows,
            sum(one * one for one in shares) if shares else None, max(shares) if shares else None,
        )  # fmt: skip

    def _row(self, name: str, sums: Int64, squares: float, total: int) -> SourceRow:
        people, buyers, repeaters, orders, paid = (int(one) for one in sums)
        return SourceRow(
            name, people, buyers, share(buyers, people), repeaters, share(repeaters, buyers), orders,
            mean(Sums(orders, paid, squares)), paid, paid / total if total else None, paid / people,
        )  # fmt: skip


@compiled
def source_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, kind: Int8, value: Int64, code: Int32, blank: Int8, paid: Int8
) -> tuple[Int64, Float64]:
    """Add up people by the source of their first touch that has one.

    Args:
        blank: By code: whether it names no source; the last one stands for nobody's.
        paid: By kind: 1 if it is a paid order.
    Shape: (touches,) each; returns (codes, 5): people, buyers, repeaters, orders, money; squares of money (codes,).
    """
    sums = np.zeros((blank.size, 5), np.int64)
    squares = np.zeros(blank.size)
    none = blank.size - 1
    i, rows = 0, person.size
    while i < rows:
        who = person[i]
        source, orders, money, square = none, 0, 0, 0.0
        while i < rows and person[i] == who:
            if source == none and not blank[code[i]]:
                source = code[i]
            if paid[kind[i]]:
                orders += 1
                money += value[i]
                square += float(value[i]) * float(value[i])
            i += 1
        sums[source, 0] += 1
        sums[source, 1] += orders > 0
        sums[source, 2] += orders > 1
        sums[source, 3] += orders
        sums[source, 4] += money
        squares[source] += square
    return sums, squares


def build(options: Options) -> Sources:
    """Build it from options."""
    return Sources(options.kind_set("paid", (TouchKind.ORDER_PAID,)), options.column("by") or "source_code")


CARD = Card(
    name="sources",
    chinese="来源质量",
    says="People, order value and repeat purchase by where people first came from, and how much hangs on few sources.",
    options=(
        Option("by", "channel, source_code, scene, content_id, staff or account", "source_code"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
