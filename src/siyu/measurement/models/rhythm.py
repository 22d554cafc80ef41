"""The rhythm of each person's purchases (购买节奏): how often they come, when they last came, how late they are.

Definition: a gap is the number of days between two purchase days of one person that follow each other; several
    orders of one day are one purchase day. ``median_gap_days`` is the person's median gap, ``spread`` the standard
    deviation of the natural logarithm of their gaps. A person's next gap is taken as log-normal; the mean and the
    spread of a person with few gaps are drawn towards those of everybody (empirical Bayes), the more so the fewer
    gaps they have. Lateness is the share of such gaps that would be over by now: 0.5 is "due today", 0.95 means that
    nineteen gaps in twenty would have ended.
Units: days, microseconds since 1970 UTC, shares in [0, 1].
When it lies: a gap that has not ended is not seen, so in a short window long rhythms are underestimated; lateness is
    not the probability that the person is lost, it is how unusual this silence is for them.
Source: two-level normal model of log gaps, moments estimator; Casella, An introduction to empirical Bayes (1985).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

#: A person's own spread counts this many gaps less than it has, the difference is everybody's.
_SPREAD_PRIOR_GAPS = 4.0
#: So many people with three purchase days are needed to say how far off the model is.
_LEAST_TO_STRETCH = 100


@dataclass(frozen=True, slots=True)
class Rhythms:
    """The rhythm of everybody who ever bought, in ascending order of person.

    Attributes:
        person: Pseudonymous person numbers.
        purchase_days: Number of different days on which they bought.
        first_at_us, last_at_us: First and last purchase.
        median_gap_days: NaN where there was one purchase day only.
        log_gap_mean: Mean of the natural logarithm of the gaps in days; NaN as above.
        spread: Standard deviation of the logarithm of the gaps; NaN below three purchase days.
        last_log_gap: Logarithm of the latest gap; NaN with one purchase day.
    Shape: (buyers,) each.
    """

    person: Int64
    purchase_days: Int64
    first_at_us: Int64
    last_at_us: Int64
    median_gap_days: Float64
    log_gap_mean: Float64
    spread: Float64
    last_log_gap: Float64

    def __len__(self) -> int:
        return int(self.person.size)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A ``Measure`` of the rhythm of every buyer.

    Attributes:
        purchase: Which kind of touch is a purchase.
        day_offset_us: How far the clock on which a day begins is ahead of UTC; Shanghai by default.
    """

    purchase: TouchKind = TouchKind.ORDER_PAID
    day_offset_us: int = 8 * HOUR

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind",)

    def of_bucket(self, timeline: Timeline) -> Rhythms:
        """Measure the buyers of one bucket in one pass."""
        return Rhythms(*_rhythms(timeline.person, timeline.at, timeline.kind, int(self.purchase), self.day_offset_us))

    def combine(self, parts: Iterable[Rhythms]) -> Rhythms:
        """Put the buckets side by side, by ascending person."""
        taken = list(parts) or [Rhythms(*_rhythms(*_NOBODY, 0, 0))]
        order = np.argsort(np.concatenate([part.person for part in taken]), kind="stable")
        return Rhythms(
            *(np.concatenate([getattr(part, field.name) for part in taken])[order] for field in fields(Rhythms))
        )


_NOBODY = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int8))


@dataclass(frozen=True, slots=True)
class Everybody:
    """How gaps vary in the whole house, in logarithms of days.

    Attributes:
        mean: Mean of the people's mean log gap.
        between: Standard deviation between people.
        within: Standard deviation inside a person.
        stretch: How far the latest gap of people really lay from what their earlier gaps had said, in 80 % of all
            cases, over how far it should have: below 1 the model is too careful, and its intervals are drawn in.
    """

    mean: float
    between: float
    within: float
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class NextPurchase:
    """When the next purchase is to be expected of those who come back at all.

    Attributes:
        at_us, from_us, to_us: Median and both ends of the interval, never before ``now_us``; -1 where there is no
            rhythm yet (one purchase day).
        lateness: Share of such gaps that would be over by now; NaN where there is no rhythm yet.
    Shape: (buyers,) each, in the order of the ``Rhythms``.
    """

    at_us: Int64
    from_us: Int64
    to_us: Int64
    lateness: Float64


def everybody(rhythms: Rhythms) -> Everybody | None:
    """Say how gaps vary in the whole house; None below two people with three purchase days."""
    known = rhythms.purchase_days >= 2
    often = rhythms.purchase_days >= 3
    if int(often.sum()) < 2:
        return None
    gaps = (rhythms.purchase_days[known] - 1).astype(np.float64)
    means = rhythms.log_gap_mean[known]
    degrees = (rhythms.purchase_days[often] - 2).astype(np.float64)
    within2 = float((degrees * rhythms.spread[often] ** 2).sum() / degrees.sum())
    mean = float(means.mean())
    between2 = float(((means - mean) ** 2).mean() - within2 * (1.0 / gaps).mean())
    house = Everybody(mean, max(between2, 1e-6) ** 0.5, max(within2, 1e-6) ** 0.5)
    return replace(house, stretch=_stretch(rhythms, house))


def _stretch(rhythms: Rhythms, house: Everybody) -> float:
    """Predict everybody's latest gap from their earlier ones, and see how far off that was; 1 below 100 people."""
    often = rhythms.purchase_days >= 3
    gaps = (rhythms.purchase_days[often] - 1).astype(np.float64)
    if gaps.size < _LEAST_TO_STRETCH:
        return 1.0
    mean, last, spread = rhythms.log_gap_mean[often], rhythms.last_log_gap[often], rhythms.spread[often]
    without = (gaps * mean - last) / (gaps - 1)
    squares = np.maximum((gaps - 1) * spread**2 - (last - without) ** 2 * (gaps - 1) / gaps, 0.0)
    own = np.where(gaps >= 3, np.sqrt(squares / np.maximum(gaps - 2, 1.0)), np.nan)
    expected, sd = _of_gaps(gaps - 1, without, own, house)
    off = np.quantile(np.abs(last - expected) / sd, 0.8)
    return float(np.clip(off / 1.2815515655446004, 0.5, 2.0))


def next_purchase(
    rhythms: Rhythms,
    *,
    now_us: int,
    house: Everybody | None = None,
    level: float = 0.8,
    chances: tuple[float, float, float] | None = None,
) -> NextPurchase:
    """Say when each buyer is due, and how late they are.

    Args:
        now_us: The moment from which one looks; purchases after it should not be in ``rhythms``.
        house: How gaps vary in the whole house; computed from ``rhythms`` if left out.
        level: Share of next purchases that the interval should hold.
        chances: Which chances are the low end, the middle and the high end of the interval, where that was learnt
            from the past (``next_interval``); the model's own if left out.
    """
    from scipy.special import ndtr, ndtri  # noqa: PLC0415  scipy is slow to import, and measuring alone needs none

    known = rhythms.purchase_days >= 2
    at, low, high = (np.full(len(rhythms), -1, np.int64) for _ in range(3))
    lateness = np.full(len(rhythms), np.nan)
    house = house or everybody(rhythms) or Everybody(float(np.log(30.0)), 1.0, 1.0)
    mean, sd = _predicted(rhythms, known, house)
    silence = np.maximum((now_us - rhythms.last_at_us[known]) / DAY, 0.0)
    with np.errstate(divide="ignore"):
        over = ndtr((np.log(silence) - mean) / sd)
    lateness[known] = over
    ends = chances or ((1 - level) / 2, 0.5, (1 + level) / 2)
    for share, out in zip(ends, (low, at, high), strict=True):
        # the gap has already lasted `silence` days: quantile of what is left of the distribution
        days = np.exp(mean - sd * ndtri(np.maximum((1.0 - over) * (1.0 - share), 1e-300)))
        days = np.minimum(np.maximum(days, silence), 36_500.0)
        out[known] = rhythms.last_at_us[known] + (days * DAY).astype(np.int64)
    return NextPurchase(at, low, high, lateness)


def lateness(rhythms: Rhythms, *, now_us: int, house: Everybody | None = None) -> Float64:
    """Return for each buyer the share of their gaps that would be over by now; NaN with one purchase day."""
    return next_purchase(rhythms, now_us=now_us, house=house).lateness


def over_by(rhythms: Rhythms, known: Int64, days: Float64, house: Everybody | None = None) -> Float64:
    """Return the chance that a next gap is over after ``days``.

    Args:
        known: Which buyers, all with a rhythm; (people,), as ``days``.
    """
    from scipy.special import ndtr  # noqa: PLC0415  as above

    house = house or everybody(rhythms) or Everybody(float(np.log(30.0)), 1.0, 1.0)
    gaps = (rhythms.purchase_days[known] - 1).astype(np.float64)
    mean, sd = _of_gaps(gaps, rhythms.log_gap_mean[known], rhythms.spread[known], house)
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr((np.log(np.maximum(days, 0.0)) - mean) / (sd * house.stretch)), np.float64)


def chance_within(rhythms: Rhythms, *, now_us: int, days: float, house: Everybody | None = None) -> Float64:
    """Return for each buyer the chance that a gap that lasted so long ends within ``days``; NaN without a rhythm."""
    from scipy.special import ndtr  # noqa: PLC0415  as above

    known = rhythms.purchase_days >= 2
    house = house or everybody(rhythms) or Everybody(float(np.log(30.0)), 1.0, 1.0)
    mean, sd = _predicted(rhythms, known, house)
    silence = np.maximum((now_us - rhythms.last_at_us[known]) / DAY, 0.0)
    with np.errstate(divide="ignore"):
        left, then = (ndtr((mean - np.log(lasted)) / sd) for lasted in (silence, silence + days))
    chance = np.full(len(rhythms), np.nan)
    chance[known] = 1.0 - then / np.maximum(left, 1e-300)
    return chance


def _predicted(
    rhythms: Rhythms, known: np.ndarray[tuple[int], np.dtype[np.bool_]], house: Everybody
) -> tuple[Float64, Float64]:
    """Return mean and standard deviation of the log of each known person's next gap."""
    gaps = (rhythms.purchase_days[known] - 1).astype(np.float64)
    mean, sd = _of_gaps(gaps, rhythms.log_gap_mean[known], rhythms.spread[known], house)
    return mean, sd * house.stretch


def _of_gaps(gaps: Float64, log_mean: Float64, spread: Float64, house: Everybody) -> tuple[Float64, Float64]:
    """Return the same from the number of gaps, the mean and the spread of their logarithms."""
    own2 = np.where(gaps >= 2, spread**2, 0.0)
    degrees = np.maximum(gaps - 1, 0.0)
    within2 = (np.nan_to_num(own2) * degrees + _SPREAD_PRIOR_GAPS * house.within**2) / (degrees + _SPREAD_PRIOR_GAPS)
    precision = gaps / within2 + 1.0 / house.between**2
    mean = (gaps * log_mean / within2 + house.mean / house.between**2) / precision
    return mean, np.sqrt(within2 + 1.0 / precision)


@compiled
def _rhythms(
    person: Int64, at: Int64, kind: Int8, purchase: int, day_offset: int
) -> tuple[Int64, Int64, Int64, Int64, Float64, Float64, Float64, Float64]:
    """Walk once over touches sorted by person and time; one row per buyer comes out."""
    buyers, last = 0, np.int64(-1)
    for i in range(person.size):
        if kind[i] == purchase and (buyers == 0 or person[i] != last):
            buyers += 1
            last = person[i]
    who, days = np.empty(buyers, np.int64), np.zeros(buyers, np.int64)
    first_at, last_at = np.empty(buyers, np.int64), np.empty(buyers, np.int64)
    median, mean, spread = np.full(buyers, np.nan), np.full(buyers, np.nan), np.full(buyers, np.nan)
    latest = np.full(buyers, np.nan)
    gaps = np.empty(64, np.float64)
    count, b, day = 0, -1, np.int64(0)
    for i in range(person.size + 1):
        if i == person.size or (kind[i] == purchase and (b < 0 or person[i] != who[b])):
            if count > 0:
                median[b] = np.median(gaps[:count])
                logs = np.log(gaps[:count])
                mean[b], latest[b] = logs.mean(), logs[count - 1]
                if count > 1:
                    spread[b] = np.sqrt(((logs - mean[b]) ** 2).sum() / (count - 1))
            if i == person.size:
                break
            b += 1
            who[b], first_at[b], days[b], count = person[i], at[i], 1, 0
            day = (at[i] + day_offset) // 86_400_000_000
            last_at[b] = at[i]
        elif kind[i] == purchase:
            today = (at[i] + day_offset) // 86_400_000_000
            last_at[b] = at[i]
            if today != day:
                if count == gaps.size:
                    grown = np.empty(2 * gaps.size, np.float64)
                    grown[:count] = gaps
                    gaps = grown
                gaps[count] = today - day
                count += 1
                days[b] += 1
                day = today
    return who, days, first_at, last_at, median, mean, spread, latest
