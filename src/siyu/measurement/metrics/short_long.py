"""Short against long (短期与长期): each source by what it brings in days and by what it brings in months, side by side.

Definition: of people for whom ``long`` days and the span of keeping are over. Short: share who bought, and money per
    person, within ``short`` days of the first touch. Long: share who did something by themselves in days ``keep`` to
    twice ``keep``, share of buyers who bought again, and money per person, within ``long`` days. Money is paid less
    refunded. Ranks are by money per person; ``moved`` is how many places a source gains in the long view.
Units: people, minor units per person; 95 % intervals (Wilson, large-sample mean).
Source: plain sums; agreement of the two orders is Kendall's tau-b.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64
from siyu.measurement.interval import Estimate, Sums, mean, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import NEVER, Watch, joined_sums, summed, watch_of
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SourceViews:
    """One source in both views."""

    source: str
    people: int
    short_bought: Estimate | None
    short_minor: Estimate | None
    short_rank: int
    kept: Estimate | None
    repeat: Estimate | None
    long_minor: Estimate | None
    long_rank: int
    moved: int


@dataclass(frozen=True, slots=True)
class ShortLongResult:
    """Every source, the best of the long view first.

    Attributes:
        immature: People whose time is not over; they are in neither view.
        agreement: Kendall's tau-b of both orders, 1 the same; ``None`` below two sources that differ.
    """

    by: str
    people: int
    immature: int
    agreement: float | None
    sources: Sequence[SourceViews]


@dataclass(frozen=True, slots=True)
class ShortLong:
    """The measure; its parts are sums by source and the number of immature people."""

    watch: Watch
    by: str = "source_code"

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def of_bucket(self, timeline: Timeline) -> tuple[dict[str, Float64], int]:
        """Measure one bucket."""
        people, names = self.watch.of(timeline, self.by)
        over = self.watch.over(people)
        end = people.first_at + self.watch.long_us
        bought = (people.ordered_at != NEVER) & (people.ordered_at < end)
        again = (people.again_at != NEVER) & (people.again_at < end)
        columns = np.stack([
            np.ones(people.person.size), (people.short_orders > 0).astype(np.int64), people.short_minor,
            people.short_minor.astype(np.float64) ** 2, people.kept,
            bought.astype(np.int64), again.astype(np.int64), people.long_minor,
            people.long_minor.astype(np.float64) ** 2,
        ])  # fmt: skip
        return summed(names, people.source[over], columns[:, over]), int((~over).sum())

    def combine(self, parts: Iterable[tuple[dict[str, Float64], int]]) -> ShortLongResult:
        """Add the buckets up and rank."""
        taken = list(parts)
        sums = joined_sums([part for part, _ in taken])
        short = {name: row[2] / row[0] for name, row in sums.items()}
        long = {name: row[7] / row[0] for name, row in sums.items()}
        rows = [_row(name, row, _rank(short, name), _rank(long, name)) for name, row in sums.items()]
        rows.sort(key=lambda row: (row.long_rank, row.source))
        return ShortLongResult(
            self.by, sum(row.people for row in rows), sum(late for _, late in taken),
            kendall(list(short.values()), list(long.values())), rows,
        )  # fmt: skip


def _rank(of: dict[str, float], name: str) -> int:
    return 1 + sum(other > of[name] for other in of.values())


def _row(name: str, sums: Float64, short_rank: int, long_rank: int) -> SourceViews:
    people, quick, short, short2, kept, bought, again, long, long2 = (int(one) for one in sums)
    return SourceViews(
        name, people, share(quick, people), mean(Sums(people, short, float(short2))), short_rank,
        share(kept, people), share(again, bought), mean(Sums(people, long, float(long2))), long_rank,
        short_rank - long_rank,
    )  # fmt: skip


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Kendall's tau-b of two rows of numbers; ``None`` if one of them is all alike.

    >>> kendall([1, 2, 3], [3, 2, 1])
    -1.0
    """
    a, b = np.asarray(one, float), np.asarray(other, float)
    upper = np.triu_indices(a.size, 1)
    x, y = np.sign(a[:, None] - a[None, :])[upper], np.sign(b[:, None] - b[None, :])[upper]
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / scale) if scale else None


def build(options: Options) -> ShortLong:
    """Build it from options."""
    return ShortLong(watch_of(options), options.column("by") or "source_code")


CARD = Card(
    name="short-long",
    chinese="短期与长期",
    says="Each source by what it brings in days and by what it brings in months, side by side, and who changes places.",
    options=(
        Option("by", "source_code, channel, scene, content_id, staff or account", "source_code"),
        Option("short", "days of the short view", "7"),
        Option("long", "days of the long view", "90"),
        Option("keep", "kept: there by themselves from this day to twice as many", "30"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
