"""Acquisition (获客成本): what a customer, a kept person and a unit of margin cost, by source, from imported spend.

Definition: spend of a source on days whose whole follow-up (``long`` days, and the span of keeping) is over, against
    the people whose first touch falls on those days and who came by that source. CAC = cost / people who bought within
    ``long`` days; cost per retained person = cost / people who did something by themselves in days ``keep`` to twice
    ``keep``; ROI = (margin x money - cost) / cost, money being paid less refunded within ``long`` days. Guard of the
    average order value (客单价护栏): the least order value is cost / (orders x margin); it holds if the whole interval
    of the measured order value lies above it, is broken if it lies below, and is open otherwise.
Units: minor units of one currency; 95 % intervals: costs per person from Wilson's interval of the share, ROI and order
    value from large-sample intervals of the mean. Days that are not over are in ``immature_cost_minor`` only.
Source: plain arithmetic; Wilson (1927).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from siyu.kernel.arrays import Float64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.interval import Estimate, Sums, cost_per, mean
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import NEVER, Watch, joined_sums, summed, watch_of
from siyu.measurement.spending import Spending
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SourceCost:
    """One source; ``None`` where there is nothing to divide by."""

    source: str
    cost_minor: int
    immature_cost_minor: int
    people: int
    customers: int
    retained: int
    orders: int
    money_minor: int
    cost_per_person_minor: float | None
    cac_minor: Estimate | None
    cost_per_retained_minor: Estimate | None
    roi: Estimate | None
    order_value_minor: Estimate | None
    least_order_value_minor: float | None
    guard: str


@dataclass(frozen=True, slots=True)
class AcquisitionResult:
    """Every source that cost something, dearest first; and all of them together.

    Attributes:
        without_people: Sources with spend but without a single person: a code that no touch carries.
    """

    by: str
    margin: float
    total: SourceCost
    sources: Sequence[SourceCost]
    without_people: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The measure; its parts are sums by source."""

    spending: Spending
    watch: Watch
    margin: float = 1.0
    by: str = "source_code"

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def _mature(self) -> dict[str, tuple[int, int, int, int]]:
        """By source: first moment, end of the last day that is over, its cost, cost of later days."""
        found = {}
        for name, (days, cost) in self.spending.of(self.by).items():
            over = days + DAY + self.watch.over_us <= self.watch.until_us
            last = int(days[over].max()) + DAY if over.any() else 0
            found[name] = int(days.min()), last, int(cost[over].sum()), int(cost[~over].sum())
        return found

    def of_bucket(self, timeline: Timeline) -> dict[str, Float64]:
        """Measure one bucket: people, customers, retained, orders, order money, squares, money, its squares."""
        people, names = self.watch.of(timeline, self.by)
        spans = self._mature()
        first = np.array([spans.get(name, (0, 0))[0] for name in names], np.int64)[people.source]
        last = np.array([spans.get(name, (0, 0))[1] for name in names], np.int64)[people.source]
        mine = (people.first_at >= first) & (people.first_at < last)
        bought = (people.ordered_at != NEVER) & (people.ordered_at < people.first_at + self.watch.long_us)
        columns = np.stack([
            np.ones(people.person.size), bought.astype(np.int64), people.kept, people.long_orders,
            people.long_squares, people.long_minor, people.long_minor.astype(np.float64) ** 2,
        ])  # fmt: skip
        return summed(names, people.source[mine], columns[:, mine])

    def combine(self, parts: Iterable[dict[str, Float64]]) -> AcquisitionResult:
        """Add the buckets up."""
        sums = joined_sums(list(parts))
        spans = self._mature()
        rows = [self._row(name, sums.get(name, np.zeros(7)), *spans[name][2:]) for name in spans]
        rows.sort(key=lambda row: (-row.cost_minor - row.immature_cost_minor, row.source))
        every = sum((sums[name] for name in spans if name in sums), np.zeros(7))
        total = self._row("", every, sum(row.cost_minor for row in rows), sum(row.immature_cost_minor for row in rows))
        said = [] if rows else ["no spend is known: bring it in with siyu import spend"]
        if rows and not total.cost_minor:
            said.append("no day of spend is old enough: its people cannot be judged yet")
        lost = [row.source for row in rows if row.cost_minor and not row.people]
        return AcquisitionResult(self.by, self.margin, total, rows, lost, said)

    def _row(self, name: str, sums: Float64, cost: int, immature: int) -> SourceCost:
        people, customers, retained, orders, squares, money, money_squares = (int(one) for one in sums)
        each = mean(Sums(people, money, float(money_squares)))
        roi = None
        if cost and each is not None:
            roi = Estimate(*(self.margin * one * people / cost - 1 for one in (each.value, each.low, each.high)))
        paid = mean(Sums(orders, money, float(squares)))
        least = cost / (orders * self.margin) if orders and self.margin > 0 else None
        return SourceCost(
            name, cost, immature, people, customers, retained, orders, money, cost / people if people else None,
            cost_per(cost, customers, people), cost_per(cost, retained, people), roi, paid, least, _guard(paid, least),
        )  # fmt: skip


def _guard(paid: Estimate | None, least: float | None) -> str:
    if paid is None or least is None:
        return "unknown"
    return "holds" if paid.low >= least else "broken" if paid.high < least else "open"


def build(options: Options) -> Any:
    """Build it from options."""
    margin = options.number("margin", 1.0)
    if margin > 1:
        raise BadInputError(f"{margin} is no share", where="--margin", mend="write 0.45 for 45 %")
    return Acquisition(
        options.extra.get("spend") or Spending(), watch_of(options, long=30), margin,
        options.column("by") or "source_code",
    )  # fmt: skip


CARD = Card(
    name="acquisition",
    chinese="获客成本",
    says="What a customer and a kept person cost, ROI and the guard of the order value, by source and imported spend.",
    options=(
        Option("by", "source_code or channel", "source_code"),
        Option("margin", "gross margin of sales, such as 0.45", "1"),
        Option("long", "days of follow-up in which orders count", "30"),
        Option("keep", "kept: there by themselves from this day to twice as many", "30"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
    needs=("spend",),
)
