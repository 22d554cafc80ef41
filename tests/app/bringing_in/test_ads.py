"""Ads: what spend brought back with repeat purchase counted, cost of a thousand impressions, creatives worn out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.app.bringing_in.ads import ads, creatives
from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.fatigue import ShownDay, fatigue
from siyu.stores.sql.spend import Spend, SqlSpend
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY


def _touch(kind: TouchKind, who: str, at: int, *, code: str = "", minor: int = 0) -> Touch:
    return touch(
        "store", kind, happened_at_us=at, received_at_us=at, actors=(Identifier("member_no", who),), source_code=code,
        value_minor=minor,
    )  # fmt: skip


def _spend(day: int, ad: str, code: str, *, minor: int, impressions: int, clicks: int | None) -> Spend:
    return Spend(NOW - day * DAY, "douyin", "a1", "spring", ad, code, minor, "CNY", impressions, clicks)


def test_repeat_purchase_decides_and_people_count_for_the_code_they_first_came_by(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    with workspace.database.write() as connection:
        SqlSpend(connection).put(
            [
                _spend(80, "a", "c1", minor=10_000, impressions=20_000, clicks=100),
                _spend(80, "b", "c2", minor=10_000, impressions=40_000, clicks=None),
            ],
            NOW,
        )
    start = NOW - 80 * DAY
    TakeIn(workspace).take(
        [
            _touch(TouchKind.SCAN, "anna", start, code="c1"),
            _touch(TouchKind.ORDER_PAID, "anna", start + DAY, minor=8_000),
            _touch(TouchKind.SCAN, "anna", start + 2 * DAY, code="c2"),  # anna came by c1
            _touch(TouchKind.ORDER_PAID, "anna", start + 40 * DAY, minor=8_000),
            _touch(TouchKind.SCAN, "ben", start, code="c2"),
            _touch(TouchKind.ORDER_PAID, "ben", start + DAY, minor=8_000),
            _touch(TouchKind.ORDER_REFUNDED, "ben", start + 2 * DAY, minor=-8_000),
        ]
    )
    first, second = ads(workspace, by="ad")
    assert (first.name, first.people, first.orders, first.first_minor, first.all_minor) == ("a", 1, 2, 8_000, 16_000)
    assert (first.retained, first.grown, first.earns, first.ratio, first.ratio_with_repeat) == (1, 1, True, 0.8, 1.6)
    assert (second.name, second.all_minor, second.retained, second.earns) == ("b", 0, 0, False)
    assert (first.per_mille_minor, second.per_mille_minor) == (500.0, 250.0)
    (campaign,) = ads(workspace, margin=0.5)
    assert (campaign.spend_minor, campaign.earned_minor, campaign.break_even_ratio) == (20_000, -12_000.0, 2.0)
    assert ads(workspace, by="channel")[0].people == 2
    assert [name for _campaign, name, _one in creatives(workspace)] == ["a"]  # nobody says what b was answered with
    with pytest.raises(BadInputError, match="nothing to go by"):
        ads(workspace, by="weather")
    workspace.close()


def test_a_creative_that_is_answered_less_and_less_is_tired_and_a_steady_one_is_not() -> None:
    falling = [ShownDay(day, 10_000, 300 - 20 * day) for day in range(10)]
    steady = [ShownDay(day, 10_000, 200 + day % 2) for day in range(10)]
    assert fatigue(falling).tired
    assert not fatigue(steady).tired
    worn = fatigue(list(reversed(falling)))
    assert worn == fatigue(falling)
    assert worn.first_rate is not None
    assert worn.last_rate is not None
    assert worn.first_rate > worn.last_rate
    assert fatigue([]).fallen is None
    assert fatigue([ShownDay(1, 0, 0), ShownDay(2, 100, 3)]).fallen is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30))
def test_any_days_at_all_are_judged_and_few_impressions_never_make_tired(days: list[tuple[int, int, int]]) -> None:
    one = fatigue([ShownDay(*day) for day in days])
    assert one.impressions == sum(shown for _day, shown, _answered in days)
    few = fatigue([ShownDay(day, shown % 9, answered % 9) for day, shown, answered in days[:3]])
    assert not few.tired
