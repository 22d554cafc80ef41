"""AARRR (海盗指标): acquisition, activation, retention, revenue and referral of people by the month they came in.

Definition: of people by calendar unit of their first touch. Acquired: came in. Activated: a relation began (contact
    added, follow, member, group) within ``short`` days. Retained: did something by themselves in days ``keep`` to
    twice ``keep``. Revenue: bought within ``long`` days, and money per person (paid less refunded). Referred:
    invited somebody within ``long`` days. A unit with people whose time is not over is immature: its rates are of
    those for whom it is.
Units: people; shares with Wilson's interval, minor units per person with a large-sample interval.
Source: McClure, Startup metrics for pirates (2007); the five words, made countable here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.measurement.calendar import Unit, calendar, day_of
from siyu.measurement.interval import Estimate, Sums, mean, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import NEVER, Watch, watch_of
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class AarrrRow:
    """People who came in one unit of the calendar; ``None`` while nobody's time is over."""

    cohort: date | None
    acquired: int
    observed: int
    activated: Estimate | None
    retained: Estimate | None
    bought: Estimate | None
    money_minor: Estimate | None
    referred: Estimate | None
    immature: bool


@dataclass(frozen=True, slots=True)
class AarrrResult:
    """Everybody together (without a ``cohort``), and each unit from the earliest."""

    total: AarrrRow
    cohorts: Sequence[AarrrRow]


@dataclass(frozen=True, slots=True)
class Aarrr:
    """The measure; its parts are sums by number of the unit."""

    watch: Watch
    unit: Unit = "month"
    zone: tzinfo = UTC
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> dict[int, Float64]:
        """Measure one bucket."""
        people, _ = self.watch.of(timeline)
        marks = calendar(self.unit, self.zone)
        units = np.array([marks.unit_of_day[day_of(at, marks.day_starts)] for at in people.first_at], np.int64)
        over, first = self.watch.over(people), people.first_at

        def within(at: Int64, days: int) -> Int64:
            return np.asarray((at != NEVER) & (at < first + days) & over, np.int64)

        long = self.watch.long_us
        columns = np.stack([
            np.ones(first.size), over.astype(np.int64), within(people.joined_at, self.watch.short_us),
            people.kept * over, within(people.ordered_at, long), people.long_minor * over,
            people.long_minor.astype(np.float64) ** 2 * over, within(people.referred_at, long),
        ])  # fmt: skip
        return {int(unit): columns[:, units == unit].sum(axis=1) for unit in np.unique(units)}

    def combine(self, parts: Iterable[dict[int, Float64]]) -> AarrrResult:
        """Add the buckets up."""
        sums: dict[int, Float64] = {}
        for part in parts:
            for unit, row in part.items():
                sums[unit] = sums[unit] + row if unit in sums else row
        labels = calendar(self.unit, self.zone).labels
        total = sum(sums.values(), np.zeros(8))
        return AarrrResult(_row(None, total), [_row(labels[unit], sums[unit]) for unit in sorted(sums)])


def _row(cohort: date | None, sums: Float64) -> AarrrRow:
    acquired, observed, activated, kept, bought, money, squares, referred = (int(one) for one in sums)
    return AarrrRow(
        cohort, acquired, observed, share(activated, observed), share(kept, observed), share(bought, observed),
        mean(Sums(observed, money, float(squares))), share(referred, observed), observed < acquired,
    )  # fmt: skip


def build(options: Options) -> Aarrr:
    """Build it from options."""
    return Aarrr(watch_of(options, long=30), options.unit("cohort", "month"), options.zone)


CARD = Card(
    name="aarrr",
    chinese="AARRR",
    says="Acquisition, activation, retention, revenue and referral of people by the month they came in.",
    options=(
        Option("cohort", "day, week or month", "month"),
        Option("short", "days in which a relation must begin", "7"),
        Option("long", "days in which an order or an invitation counts", "30"),
        Option("keep", "kept: there by themselves from this day to twice as many", "30"),
        Option("joins", "kinds by which a relation begins", "contact_added,follow,member_joined,group_joined"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
