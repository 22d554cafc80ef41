"""Live codes: conditions, fairness, room, shifts, the known guide, and an answer whatever happens."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE, us_of
from siyu.touchpoints.live_code import Hours, Router, Visitor, live_code_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_NOON = us_of(datetime(2026, 5, 4, 12, tzinfo=SHANGHAI))
PAGE = {"name": "page", "url": "https://a.b/"}


def _staff(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "staff", "url": f"https://a.b/{name}", **more}


def _router(*routes: dict[str, Any], **more: Any) -> Router:
    return Router(live_code_of({"code": "c", "routes": routes, "fallback": PAGE, **more}, version=1, zone=SHANGHAI))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 300))
def test_nobody_is_ever_more_than_one_scan_ahead_of_the_fair_share(weights: list[int], scans: int) -> None:
    router = _router({"to": [_staff(f"s{place}", weight=weight) for place, weight in enumerate(weights)]})
    sent = Counter(router.route(Visitor(), at_us=MONDAY_NOON).target.name for _ in range(scans))
    for place, weight in enumerate(weights):
        assert abs(sent[f"s{place}"] - scans * weight / sum(weights)) <= weight + 1


def test_days_of_one_scan_are_shared_fairly_too() -> None:
    router = _router({"to": [_staff("ann"), _staff("bea"), _staff("cy")]})
    sent = Counter(router.route(Visitor(), at_us=MONDAY_NOON + day * DAY).target.name for day in range(30))
    assert sent == {"ann": 10, "bea": 10, "cy": 10}


def test_the_guide_who_knows_the_person_wins_unless_off_shift() -> None:
    router = _router({"to": [_staff("ann"), _staff("bea", hours="09:00-11:00")]})
    assert router.route(Visitor(guide="ann"), at_us=MONDAY_NOON).reason == "guide"
    choice = router.route(Visitor(guide="bea"), at_us=MONDAY_NOON)
    assert (choice.target.name, choice.reason) == ("ann", "fair")
    assert router.route(Visitor(guide="bea"), at_us=MONDAY_NOON - 2 * HOUR).target.name == "bea"


def test_the_next_group_opens_when_one_is_full() -> None:
    groups = [{"name": f"g{n}", "kind": "group", "url": "https://a.b/g", "in_all": 3} for n in range(2)]
    router = _router({"in_order": True, "to": groups})
    assert [router.route(Visitor(), at_us=MONDAY_NOON).target.name for _ in range(7)] == ["g0"] * 3 + ["g1"] * 3 + [
        "page"
    ]


def test_a_day_limit_starts_anew_at_midnight_of_the_codes_own_clock() -> None:
    router = _router({"to": [_staff("ann", a_day=1)]})
    midnight = us_of(datetime(2026, 5, 5, tzinfo=SHANGHAI))
    reasons = [router.route(Visitor(), at_us=at).reason for at in (midnight - 2, midnight - 1, midnight)]
    assert reasons == ["fair", "nobody", "fair"]


def test_place_language_and_hours_choose_the_route() -> None:
    router = _router(
        {"places": ["north"], "to": [_staff("n")]},
        {"languages": ["en"], "hours": "22:00-02:00", "to": [_staff("late")]},
        {"to": [_staff("all")]},
    )
    assert router.route(Visitor(place="north"), at_us=MONDAY_NOON).target.name == "n"
    assert router.route(Visitor(language="en"), at_us=MONDAY_NOON).target.name == "all"
    assert router.route(Visitor(language="en"), at_us=MONDAY_NOON + 11 * HOUR).target.name == "late"


def test_hours_that_cross_midnight_belong_to_the_day_on_which_they_begin() -> None:
    friday_night = Hours(frozenset({4}), 22 * 60, 2 * 60)
    assert friday_night.cover(4, 23 * 60)
    assert friday_night.cover(5, 60)
    assert not friday_night.cover(4, 60)
    assert not friday_night.cover(5, 23 * 60)


def test_somebody_who_scans_again_goes_to_the_same_person() -> None:
    router = _router({"to": [_staff("ann"), _staff("bea")]}, sticky_minutes=10)
    first = router.route(Visitor(name="v"), at_us=MONDAY_NOON).target
    assert router.route(Visitor(name="v"), at_us=MONDAY_NOON + MINUTE).reason == "again"
    assert router.route(Visitor(name="v"), at_us=MONDAY_NOON + 11 * MINUTE).target != first


def test_a_code_answers_while_its_platform_is_down() -> None:
    router = _router({"to": [_staff("ann")]})
    choice = router.route(Visitor(name="v"), at_us=MONDAY_NOON, down=frozenset({"staff"}))
    assert (choice.target.name, choice.reason) == ("page", "platform_down")
    assert router.route(Visitor(name="v"), at_us=MONDAY_NOON).target.name == "ann"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * DAY), st.sampled_from(["", "a", "b"]), st.booleans()), max_size=40))
def test_every_scan_gets_an_answer_and_no_room_is_ever_exceeded(scans: list[tuple[int, str, bool]]) -> None:
    router = _router({"to": [_staff("ann", in_all=4), _staff("bea", a_day=2, hours="08:00-20:00")]}, sticky_minutes=0)
    sent: Counter[str] = Counter()
    days: Counter[tuple[str, int]] = Counter()
    for offset, name, broken in sorted(scans):
        at = MONDAY_NOON + offset
        target = router.route(Visitor(name=name), at_us=at, down=frozenset({"staff"} if broken else ())).target
        sent[target.name] += 1
        days[target.name, datetime.fromtimestamp(at / 1e6, UTC).astimezone(SHANGHAI).toordinal()] += 1
    assert sum(sent.values()) == len(scans)
    assert sent["ann"] <= 4
    assert all(count <= 2 for (name, _day), count in days.items() if name == "bea")


@pytest.mark.parametrize(
    "change",
    [{"code": "a b"}, {"routes": "x"}, {"routes": [{"to": []}]}, {"routes": [{"to": [{"name": "a"}]}]},
     {"routes": [{"to": [_staff("a", weight=0)]}]}, {"routes": [{"to": [_staff("a", hours="9-5")]}]},
     {"routes": [{"to": [{**_staff("a"), "url": "javascript:1"}]}]}, {"fallback": {"name": "x"}},
     {"sticky_minutes": -1}, {"no": 1}],
)  # fmt: skip
def test_a_wrong_code_says_what_is_wrong(change: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        live_code_of({"code": "c", "routes": [], "fallback": PAGE, **change}, version=1, zone=SHANGHAI)
