"""The rhythm of purchases: one pass, checked against a slow and obvious reading of the definition."""

import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.rhythm import Everybody, Rhythm, Rhythms, everybody, lateness, next_purchase
from siyu.measurement.timeline import Timeline, empty_timeline
from siyu.touchpoints.kind import TouchKind

PAID, VIEW = int(TouchKind.ORDER_PAID), int(TouchKind.VIEW)


def timeline(rows: list[tuple[int, int, int]]) -> Timeline:
    rows = sorted(rows)
    person, at, kind = (np.array(column) for column in zip(*rows, strict=True))
    return Timeline(person.astype(np.int64), at.astype(np.int64), kind.astype(np.int8), np.zeros(len(rows), np.int64))


def bought(person: int, *days: float) -> list[tuple[int, int, int]]:
    return [(person, int(day * DAY), PAID) for day in days]


touches = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 60 * DAY), st.sampled_from([PAID, VIEW])), min_size=1, max_size=80
)


@settings(deadline=None, max_examples=40)  # the first example compiles the kernel
@given(touches)
def test_one_pass_gives_what_the_definition_says(rows: list[tuple[int, int, int]]) -> None:
    got = Rhythm(day_offset_us=8 * HOUR).of_bucket(timeline(rows))
    paid = [(who, at) for who, at, kind in sorted(rows) if kind == PAID]
    assert got.person.tolist() == sorted({who for who, _ in paid})
    for i, who in enumerate(got.person):
        mine = [at for one, at in paid if one == who]
        days = sorted({(at + 8 * HOUR) // DAY for at in mine})
        gaps = [b - a for a, b in pairwise(days)]
        assert got.purchase_days[i] == len(days)
        assert (got.first_at_us[i], got.last_at_us[i]) == (min(mine), max(mine))
        if gaps:
            assert got.median_gap_days[i] == statistics.median(gaps)
        else:
            assert np.isnan(got.median_gap_days[i])
        assert np.isnan(got.spread[i]) == (len(gaps) < 2)
        if len(gaps) > 1:
            assert got.spread[i] == pytest.approx(statistics.stdev(np.log(gaps)), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(touches, touches)
def test_buckets_may_come_in_any_order(left: list[tuple[int, int, int]], right: list[tuple[int, int, int]]) -> None:
    measure = Rhythm()
    parts = [measure.of_bucket(timeline(left)), measure.of_bucket(timeline([(p + 10, a, k) for p, a, k in right]))]
    one, two = measure.combine(parts), measure.combine(parts[::-1])
    assert one.person.tolist() == two.person.tolist() == sorted(one.person.tolist())
    np.testing.assert_array_equal(one.median_gap_days, two.median_gap_days)


def test_nobody_has_no_rhythm() -> None:
    measure = Rhythm()
    nobody = measure.combine([measure.of_bucket(empty_timeline())])
    assert len(nobody) == 0
    assert len(measure.combine([])) == 0
    assert everybody(nobody) is None
    assert next_purchase(nobody, now_us=0).at_us.size == 0


def test_a_single_purchase_says_nothing_about_rhythm() -> None:
    one = Rhythm().of_bucket(timeline(bought(1, 3.5)))
    coming = next_purchase(one, now_us=100 * DAY)
    assert coming.at_us.tolist() == [-1]
    assert np.isnan(coming.lateness[0])


def test_a_steady_weekly_buyer_is_due_after_a_week_and_late_after_three() -> None:
    rhythms = Rhythm().of_bucket(timeline(bought(1, *range(1, 210, 7)) + bought(2, *range(1, 210, 30))))
    house = Everybody(mean=float(np.log(14)), between=0.7, within=0.3)
    last = int(rhythms.last_at_us[0])
    coming = next_purchase(rhythms, now_us=last, house=house)
    assert (coming.at_us[0] - last) / DAY == pytest.approx(7, rel=0.05)
    assert coming.from_us[0] < coming.at_us[0] < coming.to_us[0]
    assert lateness(rhythms, now_us=last + 3 * DAY, house=house)[0] < 0.05
    assert lateness(rhythms, now_us=last + 21 * DAY, house=house)[0] > 0.99


def test_what_is_overdue_is_expected_from_now_on_and_not_in_the_past() -> None:
    rhythms = Rhythm().of_bucket(timeline(bought(1, *range(1, 70, 7)) + bought(2, *range(1, 70, 6))))
    now = int(rhythms.last_at_us.max()) + 400 * DAY
    coming = next_purchase(rhythms, now_us=now)
    assert (coming.at_us >= now - DAY // 1000).all()


def test_the_interval_holds_its_share_of_next_gaps_when_people_differ() -> None:
    rng = np.random.default_rng(7)
    rows, truth = [], []
    for person in range(1, 1501):
        own = rng.normal(np.log(20), 0.5)
        days = np.cumsum(np.maximum(np.round(np.exp(rng.normal(own, 0.6, 8))), 1))
        known = int(rng.integers(3, 8))
        rows += bought(person, *days[:known])
        truth.append(days[known])
    rhythms: Rhythms = Rhythm(day_offset_us=0).of_bucket(timeline(rows))
    # each person is looked at on the day of their last purchase
    inside = 0
    house = everybody(rhythms)
    assert house is not None
    assert house.between == pytest.approx(0.5, abs=0.06)
    assert house.within == pytest.approx(0.6, abs=0.06)
    for level, expected in ((0.8, 0.8), (0.5, 0.5)):
        coming = next_purchase(rhythms, now_us=0, house=house, level=level)
        inside = ((coming.from_us <= np.array(truth) * DAY) & (np.array(truth) * DAY <= coming.to_us)).mean()
        assert inside == pytest.approx(expected, abs=0.04)
