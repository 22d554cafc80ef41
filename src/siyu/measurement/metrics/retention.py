"""Retention (留存): of the people who began in one day, week or month, how many came back in each later one.

Definition: a person belongs to the cohort (or group) of the first touch of a ``begin`` kind. Period 0 holds that
    touch. ``exact`` (N-day): seen in period k. ``after`` (unbounded): seen in period k or any later one.
    ``within`` (rolling): seen in any period from 1 to k. Periods are units of the brand's calendar, or, with
    ``elapsed``, whole spans of 24 hours, 7 or 30 days since the person's own first touch.
Units: people; shares in [0, 1] with Wilson's interval. A period that was not over when the data ends is immature:
    people for whom it was not over are left out of it, and a cell with nobody left is ``None``.
Source: the counting is plain; the total line is the mean of cohorts weighted by people (sums divided by sums).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final, Literal

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.calendar import Unit, calendar, unit_of
from siyu.measurement.interval import share
from siyu.measurement.metric import KINDS, Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

Sort = Literal["exact", "after", "within"]
_SORTS: Final[tuple[Sort, ...]] = ("exact", "after", "within")
_ELAPSED: Final = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY}
_HORIZON: Final = {"day": 30, "week": 12, "month": 12}
_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who began together.

    Attributes:
        cohort: The first day of its period (ISO), or the group's text.
        people: How many began.
        observed: For how many of them period k is over, k = 0, 1, …
        kept: How many of those were seen; ``None`` where nobody is observed.
        share, low, high: The same as shares, with their interval.
        mature: Every period up to the horizon is over for everybody.
    """

    cohort: str
    people: int
    observed: Sequence[int]
    kept: Sequence[int | None]
    share: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    mature: bool


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """Every cohort, and all together (weighted by people, mature cells only)."""

    unit: Unit
    sort: Sort
    elapsed: bool
    people: int
    cohorts: Sequence[Cohort]
    total: Cohort | None


@dataclass(frozen=True, slots=True)
class RetentionPart:
    """One bucket: rows are units from ``first`` on, or groups by ``names``.

    Shape: people and observed by last period that is over, kept by period: (rows, horizon + 1) each; people (rows,).
    """

    first: int
    names: Sequence[str]
    people: Int64
    last_over: Int64
    kept: Int64


@dataclass(frozen=True, slots=True)
class Retention:
    """The measure.

    Attributes:
        begin, back: Tables by kind: 1 if it begins a cohort, and if it counts as coming back.
        horizon: The last period.
        until_us: The data is complete up to here (without).
        by: A text column of the first touch to group by instead of time, or empty.
    """

    unit: Unit = "month"
    horizon: int = 12
    sort: Sort = "exact"
    elapsed: bool = False
    begin: Int8 | None = None
    back: Int8 | None = None
    zone: tzinfo = UTC
    until_us: int = LATEST_US
    by: str = ""

    def __post_init__(self) -> None:
        if self.sort not in _SORTS:
            raise BadInputError(f"{self.sort!r} is no sort of retention", where="--sort", mend="exact, after or within")
        if not 1 <= self.horizon <= 1000:
            raise BadInputError(f"{self.horizon} periods", where="--horizon", mend="1 to 1000")

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        kinds = ("kind",) if self.begin is not None or self.back is not None else ()
        return (*kinds, self.by) if self.by else kinds

    def of_bucket(self, timeline: Timeline) -> RetentionPart:
        """Measure one bucket."""
        days = calendar(self.unit, self.zone)
        role = np.full(KINDS, 3, np.int8)
        if self.begin is not None:
            role -= 1 - self.begin
        if self.back is not None:
            role -= 2 * (1 - self.back)
        names: Sequence[str] = ()
        codes, first, rows = np.empty(0, np.int32), 0, 1
        if self.by:
            names, codes = timeline.text[self.by].names, timeline.text[self.by].codes
            rows = max(len(names), 1)
        elif len(timeline):
            first, last = (days.unit_of(int(at)) for at in (timeline.at.min(), timeline.at.max()))
            rows = last - first + 1
        people, last_over, kept = retention_counts(
            timeline.person, timeline.at, timeline.kind, codes, role,
            days.day_starts, days.unit_of_day, days.unit_starts, _ELAPSED[self.unit] if self.elapsed else 0,
            self.horizon, _SORTS.index(self.sort), self.until_us, first, rows, "kind" in self.columns,
        )  # fmt: skip
        return RetentionPart(first, names, people, last_over, kept)

    def combine(self, parts: Iterable[RetentionPart]) -> RetentionResult:
        """Add the buckets up."""
        days = calendar(self.unit, self.zone)
        sums: dict[str, list[Any]] = {}
        for part in parts:
            for row in np.flatnonzero(part.people).tolist():
                name = part.names[row] if self.by else days.labels[part.first + row].isoformat()
                ours = sums.setdefault(name, [np.int64(0), np.zeros_like(part.kept[0]), np.zeros_like(part.kept[0])])
                for place, more in enumerate((part.people[row], part.last_over[row], part.kept[row])):
                    ours[place] = ours[place] + more
        cohorts = [self._cohort(name, *ours) for name, ours in sorted(sums.items())]
        if self.by:
            cohorts.sort(key=lambda cohort: -cohort.people)
        total = None
        if sums:
            columns = [sum(column[1:], column[0]) for column in zip(*sums.values(), strict=True)]
            total = self._cohort("", *columns)
        people = sum(cohort.people for cohort in cohorts)
        return RetentionResult(self.unit, self.sort, self.elapsed, people, cohorts, total)

    def _cohort(self, name: str, people: Int64, last_over: Int64, kept: Int64) -> Cohort:
        observed = last_over[::-1].cumsum()[::-1].tolist()
        shares = [share(int(hits), of) for hits, of in zip(kept, observed, strict=True)]
        return Cohort(
            name,
            int(people),
            observed,
            [int(hits) if of else None for hits, of in zip(kept, observed, strict=True)],
            [one.value if one else None for one in shares],
            [one.low if one else None for one in shares],
            [one.high if one else None for one in shares],
            mature=observed[-1] == int(people),
        )


@compiled
def retention_counts(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, code: Int32, role: Int8,
    day_starts: Int64, unit_of_day: Int32, unit_starts: Int64, elapsed: int,
    horizon: int, sort: int, until: int, first: int, rows: int, by_kind: bool,
) -> tuple[Int64, Int64, Int64]:  # fmt: skip
    """Count people by cohort, by the last period that is over for them, and by the periods they were seen in.

    Args:
        person, at, kind: One row per touch, sorted by person and time; ``kind`` is read if ``by_kind``.
        code: Group of each touch; empty to go by the unit of the first touch, counted from ``first``.
        role: By kind: 1 begins, 2 comes back, 3 both, 0 neither.
        day_starts, unit_of_day, unit_starts: The calendar.
        elapsed: Length of a period since the first touch, microseconds; 0 for units of the calendar.
        sort: 0 seen in period k, 1 in k or later, 2 in any of 1..k.
        until: A period is over if it ends at or before this moment.
    Shape: (touches,) each; returns (rows,), (rows, horizon + 1), (rows, horizon + 1).
    """
    people = np.zeros(rows, np.int64)
    last_over = np.zeros((rows, horizon + 1), np.int64)
    kept = np.zeros((rows, horizon + 1), np.int64)
    current, row, over = _NOBODY, -1, -1
    begun = False
    origin, start, edge, low, high = 0, 0, 0, 0, -1
    end_unit = unit_of(until - 1, day_starts, unit_of_day)
    if until < unit_starts[end_unit + 1]:
        end_unit -= 1  # the last unit that is over
    for i in range(person.size + 1):
        changed = i == person.size or person[i] != current
        if changed:
            if begun and sort != 0:
                if sort == 1:
                    for k in range(min(high, over) + 1):
                        kept[row, k] += 1
                else:
                    if over >= 0:
                        kept[row, 0] += 1
                    if low > 0:
                        for k in range(low, over + 1):
                            kept[row, k] += 1
            if i == person.size:
                break
            current, begun = person[i], False
        now = at[i]
        does = role[kind[i]] if by_kind else 3
        if not begun:
            if not does & 1:
                continue
            begun = True
            start, low, high = now, 0, 0
            origin = unit_of(now, day_starts, unit_of_day)
            row = code[i] if code.size else origin - first
            over = (until - start) // elapsed - 1 if elapsed else end_unit - origin
            over = min(over, horizon)
            people[row] += 1
            if over >= 0:
                last_over[row, over] += 1
                if sort == 0:
                    kept[row, 0] += 1
            edge = start + elapsed if elapsed else unit_starts[origin + 1]
            continue
        if now < edge or not does & 2:
            continue
        if elapsed:
            cell = (now - start) // elapsed
            edge = start + (cell + 1) * elapsed
        else:
            unit = unit_of(now, day_starts, unit_of_day)
            cell = unit - origin
            edge = unit_starts[unit + 1]
        high = cell
        if low == 0:
            low = cell
        if sort == 0 and cell <= over:
            kept[row, cell] += 1
    return people, last_over, kept


def build(options: Options) -> Retention:
    """Build it from options."""
    unit = options.unit("cohort", "month")
    sort = options.text("sort", "exact")
    purchase = (TouchKind.ORDER_PAID,)
    return Retention(
        unit=unit,
        horizon=options.whole("horizon", _HORIZON[unit], least=1),
        sort=next((known for known in _SORTS if known == sort), sort),  # type: ignore[arg-type]  # checked inside
        elapsed=options.text("clock", "calendar") == "elapsed",
        begin=options.kind_set("begin", purchase),
        back=options.kind_set("back", purchase),
        zone=options.zone,
        until_us=options.until_us or LATEST_US,
        by=options.column("by"),
    )


CARD = Card(
    name="retention",
    chinese="留存",
    says="Of the people who began in one day, week or month, how many came back in each later one.",
    options=(
        Option("cohort", "day, week or month", "month"),
        Option("horizon", "the last period to show", "30 days, 12 weeks or 12 months"),
        Option("sort", "exact (seen in period k), after (in k or later), within (in any of 1..k)", "exact"),
        Option("clock", "calendar, or elapsed since the person's own first touch", "calendar"),
        Option("begin", "kinds that begin, with commas", "order_paid"),
        Option("back", "kinds that count as coming back, with commas", "order_paid"),
        Option("by", "group by this column of the first touch instead of by time, such as source_code"),
    ),
    build=build,
)
