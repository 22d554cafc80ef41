"""Next purchase (下次购买): how many buyers are due, how many are late by their own rhythm, and when the others come.

Definition: ``measurement/models/rhythm.py``: a person's next gap is log-normal around their own gaps and the house's.
    ``expected`` within d days: the sum over people of the chance that a next gap, which has lasted so long, ends within
    d days, of those who come back at all. Late: at least 80 % of such gaps would be over by now; very late: 95 %.
Units: people; days. Buyers of one purchase day have no rhythm and are counted apart: nothing is said of them.
Source: two-level normal model of log gaps, see there; the variance of ``expected`` is the sum of p (1 - p).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.measurement.interval import Estimate, z_of
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.models.rhythm import Rhythm, Rhythms, chance_within, lateness
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class DueWithin:
    """How many of the buyers with a rhythm are expected within some days, if they come back at all."""

    days: int
    expected: Estimate


@dataclass(frozen=True, slots=True)
class NextPurchaseResult:
    """The house's expectation.

    Attributes:
        gap_days: Quantiles .1, .25, .5, .75, .9 of the people's median gaps; ``None`` if nobody came twice.
        due: Empty if nobody has a rhythm.
    """

    buyers: int
    with_rhythm: int
    without_rhythm: int
    gap_days: Sequence[float] | None
    due: Sequence[DueWithin]
    late: int
    very_late: int


@dataclass(frozen=True, slots=True)
class NextPurchase:
    """The measure: the rhythms of everybody, and what they add up to on the day one looks from."""

    now_us: int
    days: tuple[int, ...] = (7, 30, 90)
    day_offset_us: int = 0
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> Rhythms:
        """Measure one bucket."""
        return Rhythm(day_offset_us=self.day_offset_us).of_bucket(timeline)

    def combine(self, parts: Iterable[Rhythms]) -> NextPurchaseResult:
        """Add the buckets up."""
        every = Rhythm().combine(parts)
        known = int((every.purchase_days >= 2).sum())
        if not known:
            return NextPurchaseResult(len(every), 0, len(every), None, (), 0, 0)
        late = lateness(every, now_us=self.now_us)
        due = []
        for days in self.days:
            chance = chance_within(every, now_us=self.now_us, days=float(days))
            middle = float(np.nansum(chance))
            half = z_of() * sqrt(float(np.nansum(chance * (1 - chance))))
            due.append(DueWithin(days, Estimate(middle, max(middle - half, 0.0), min(middle + half, float(known)))))
        gaps = np.nanquantile(every.median_gap_days, [0.1, 0.25, 0.5, 0.75, 0.9]).tolist()
        return NextPurchaseResult(
            len(every), known, len(every) - known, gaps, due, int((late >= 0.8).sum()), int((late >= 0.95).sum())
        )


def build(options: Options) -> NextPurchase:
    """Build it from options."""
    try:
        days = tuple(int(one) for one in options.names("days", "7,30,90"))
    except ValueError as error:
        raise BadInputError(f"{options.text('days')!r} are no days", where="--days", mend="such as 7,30") from error
    ahead = moment_of(options.until_us).astimezone(options.zone).utcoffset()
    offset = round(ahead.total_seconds() * 1e6) if ahead else 0
    return NextPurchase(options.until_us, days, offset)


CARD = Card(
    name="next-purchase",
    chinese="下次购买",
    says="How many buyers are due, how many are late by their own rhythm, and when the others come.",
    options=(Option("days", "how far to look ahead, with commas", "7,30,90"),),
    build=build,
)
