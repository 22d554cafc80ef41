"""Decay of channels (渠道衰减预警): the week from which a source brings less for its money, or worse people.

Definition: weekly series of each source: people it brought per unit of spend (``reach``), share of them who bought
    within ``days`` (``buyers``), share of them who were there by themselves in days ``days`` to twice ``days``
    (``kept``). One change point: the split of the weeks, at least three on each side, with the largest likelihood
    ratio of two constant rates against one (counts as Poisson, with the dispersion that the weeks show). Its p is
    the share of 999 random orders of the weeks (fixed seed) with a ratio at least as large, corrected by Holm for
    all series. Alarm: corrected p below 0.05 and the rate fell. Dates of the interval: all splits whose
    log-likelihood lies within 1.92 x dispersion of the best one.
Units: weeks from Monday on the brand's clock, whole ones only; ratio of the later to the earlier rate with a 95 %
    interval (log normal). Fewer than six weeks, or nobody at all: nothing is said.
Source: Hinkley (1970), Biometrika 57 (likelihood ratio of one change point); Holm (1979).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from math import exp, log, sqrt
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.period import DAY
from siyu.measurement.calendar import calendar
from siyu.measurement.interval import Estimate, z_of
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import NEVER, Watch, roles_of
from siyu.measurement.spending import Spending
from siyu.measurement.timeline import Timeline

_LEAST: Final = 3  # weeks on each side
_ORDERS: Final = 999


@dataclass(frozen=True, slots=True)
class Change:
    """Where one series changed most.

    Attributes:
        week: First week of the later rate; ``earliest``, ``latest``: of the interval.
        before, after: Rates; ``ratio``: after / before.
        p, p_corrected: Of no change at all.
    """

    source: str
    series: str
    weeks: int
    week: date
    earliest: date
    latest: date
    before: float
    after: float
    ratio: Estimate | None
    p: float
    p_corrected: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class DecayResult:
    """Every series that is long enough, alarms first.

    Attributes:
        too_short: Sources without six whole weeks of any series.
    """

    by: str
    alarms: int
    changes: Sequence[Change]
    too_short: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of a series: position, positions of the interval, rates, ratio, p."""

    place: int
    low: int
    high: int
    before: float
    after: float
    ratio: Estimate | None
    p: float


@dataclass(frozen=True, slots=True)
class Decay:
    """The measure; its parts are sums by source and week: people, bought, kept."""

    spending: Spending
    watch: Watch
    by: str = "source_code"
    zone: tzinfo = UTC
    since_us: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def of_bucket(self, timeline: Timeline) -> dict[tuple[str, int], Int64]:
        """Measure one bucket."""
        people, names = self.watch.of(timeline, self.by)
        starts = calendar("week", self.zone).unit_starts
        weeks = starts.size - 1
        week = np.clip(np.searchsorted(starts, people.first_at, "right") - 1, 0, weeks - 1)
        bought = (people.ordered_at != NEVER) & (people.ordered_at < people.first_at + self.watch.short_us)
        cells, of = np.unique(people.source.astype(np.int64) * weeks + week, return_inverse=True)
        sums = np.zeros((cells.size, 3), np.int64)
        for place, figure in enumerate((None, bought, people.kept)):
            sums[:, place] = np.bincount(of, weights=figure, minlength=cells.size)
        return _by_name((names[cell // weeks], int(cell % weeks), row) for cell, row in zip(cells, sums, strict=True))

    def combine(self, parts: Iterable[dict[tuple[str, int], Int64]]) -> DecayResult:
        """Add the buckets up, and look for the change of each series."""
        sums = _by_name((name, week, row) for part in parts for (name, week), row in part.items())
        marks = calendar("week", self.zone)
        costs: dict[tuple[str, int], int] = {}
        if self.by in {"source_code", "channel"}:
            for name, (days, cost) in self.spending.of(self.by).items():
                for day, minor in zip(days.tolist(), cost.tolist(), strict=True):
                    key = name, marks.unit_of(day)
                    costs[key] = costs.get(key, 0) + minor
        found, short = [], []
        for name in sorted({key[0] for key in (*sums, *costs)} - {""}):
            mine = [one for one in self._series(name, sums, costs, marks.unit_starts) if one is not None]
            found += mine
            if not mine:
                short.append(name)
        changes = _corrected(found, marks.labels)
        said = [] if self.spending.source_code else ["no spend is known: only the yield of people is looked at"]
        return DecayResult(self.by, sum(one.alarm for one in changes), changes, short, said)

    def _series(
        self, name: str, sums: dict[tuple[str, int], Int64], costs: dict[tuple[str, int], int], starts: Int64
    ) -> list[tuple[str, str, list[int], Split] | None]:
        """Return the split of each series of a source; ``None`` for one that is too short."""
        known = sorted({week for source, week in (*sums, *costs) if source == name})
        nobody = np.zeros(3, np.int64)
        found = []
        for series, wait in (("reach", 0), ("buyers", self.watch.short_us), ("kept", self.watch.keep[1])):
            weeks = [
                week
                for week in range(known[0], known[-1] + 1)
                if starts[week] >= self.since_us and starts[week + 1] + wait <= self.watch.until_us
            ]
            rows = np.array([sums.get((name, week), nobody) for week in weeks], np.int64).reshape(-1, 3)
            if series == "reach":
                hits, of = rows[:, 0], np.array([costs.get((name, week), 0) for week in weeks], np.float64) / 100
            else:
                hits, of = rows[:, 1 if series == "buyers" else 2], rows[:, 0].astype(np.float64)
            some = of > 0
            split = change_point(hits[some], of[some])
            kept = [week for week, one in zip(weeks, some, strict=True) if one]
            found.append(None if split is None else (name, series, kept, split))
        return found


def _by_name(rows: Iterable[tuple[str, int, Int64]]) -> dict[tuple[str, int], Int64]:
    """Add rows of the same source and week up."""
    found: dict[tuple[str, int], Int64] = {}
    for name, week, row in rows:
        found[name, week] = found[name, week] + row if (name, week) in found else row
    return found


def _corrected(found: Sequence[tuple[str, str, list[int], Split]], labels: Sequence[date]) -> list[Change]:
    changes = [
        Change(
            name, series, len(weeks), labels[weeks[one.place]], labels[weeks[one.low]], labels[weeks[one.high]],
            one.before, one.after, one.ratio, one.p, 1.0, alarm=False,
        )
        for name, series, weeks, one in found
    ]  # fmt: skip
    least, made = 0.0, []
    for place, change in enumerate(sorted(changes, key=lambda one: (one.p, one.source, one.series))):
        least = max(least, min(change.p * (len(changes) - place), 1.0))
        made.append(replace(change, p_corrected=least, alarm=least < 0.05 and change.after < change.before))
    return sorted(made, key=lambda one: (not one.alarm, one.p_corrected, one.source, one.series))


def change_point(hits: Int64, of: Float64) -> Split | None:
    """Return the best split of a series of counts; ``None`` if it is shorter than six weeks or empty.

    Args:
        hits, of: Count of each week, and what it is a rate of (above 0); (weeks,) each.
    """
    weeks = hits.size
    if weeks < 2 * _LEAST or not hits.sum():
        return None
    heights = _heights(hits[None, :].astype(np.float64), of[None, :])[0]
    best = int(np.argmax(heights))
    place = best + _LEAST
    n1, n2 = float(hits[:place].sum()), float(hits[place:].sum())
    e1, e2 = float(of[:place].sum()), float(of[place:].sum())
    expected = np.concatenate([of[:place] * (n1 / e1), of[place:] * (n2 / e2)])
    off = np.where(expected > 0, (hits - expected) ** 2 / np.maximum(expected, 1e-300), 0.0)
    dispersion = max(float(off.sum()) / (weeks - 2), 1.0)
    near = np.flatnonzero(heights >= heights[best] - 1.92 * dispersion) + _LEAST
    shuffled = np.random.default_rng(weeks).permuted(np.tile(np.arange(weeks), (_ORDERS, 1)), axis=1)
    above = _heights(hits[shuffled].astype(np.float64), of[shuffled]).max(axis=1) >= heights[best] - 1e-9
    ratio = None
    if n1 and n2:
        middle, half = log((n2 / e2) / (n1 / e1)), z_of() * sqrt(dispersion * (1 / n1 + 1 / n2))
        ratio = Estimate(exp(middle), exp(middle - half), exp(middle + half))
    return Split(
        place, int(near[0]), int(near[-1]), n1 / e1, n2 / e2, ratio, (1 + int(above.sum())) / (1 + _ORDERS)
    )  # fmt: skip


def _heights(hits: Float64, of: Float64) -> Float64:
    """Return the log-likelihood of two rates over that of one, for each split; rows are series."""
    n1, e1 = hits.cumsum(axis=1), of.cumsum(axis=1)
    n, e = n1[:, -1:], e1[:, -1:]
    n1, e1 = n1[:, _LEAST - 1 : -_LEAST], e1[:, _LEAST - 1 : -_LEAST]
    n2, e2 = n - n1, e - e1

    def part(count: Float64, exposure: Float64) -> Float64:
        return np.asarray(count * np.log(np.maximum(count, 1e-300) / exposure))

    return np.asarray(part(n1, e1) + part(n2, e2) - part(n, e))


def build(options: Options) -> Decay:
    """Build it from options."""
    days = int(options.number("days", 30, least=1) * DAY)
    watch = Watch(days, days, (days, 2 * days), options.until_us, roles_of(options))
    return Decay(
        options.extra.get("spend") or Spending(), watch, options.column("by") or "source_code", options.zone,
        options.since_us,
    )  # fmt: skip


CARD = Card(
    name="decay",
    chinese="渠道衰减预警",
    says="The week from which a source brings less for its money, or worse people: change point, date and interval.",
    options=(
        Option("by", "source_code or channel; without spend any text column", "source_code"),
        Option("days", "days in which a newcomer must buy, and after which they must still be there", "30"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
    needs=("spend",),
)
