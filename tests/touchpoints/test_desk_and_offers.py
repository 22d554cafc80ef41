"""Who is answered first, what a promise is, how stores compare, and when a bait is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR, MINUTE
from siyu.touchpoints.bait import Bait, BaitResult, why_not
from siyu.touchpoints.catchment import Store, league
from siyu.touchpoints.comment import Intent
from siyu.touchpoints.comment_desk import Journey, Lead, queue, rates, urgency, wilson
from siyu.touchpoints.promise import Kept, promise


def _lead(key: str, *, ago: int = 0, value: float = 100, probability: float = 0.9, by: str = "") -> Lead:
    return Lead(key, probability, Intent.PRICE, HOUR - ago, 2 * HOUR, value, by)


def test_the_fresh_the_dear_and_the_sure_come_first() -> None:
    leads = [
        _lead("old", ago=40 * MINUTE),
        _lead("fresh"),
        _lead("dear", ago=40 * MINUTE, value=900),
        _lead("doubtful", probability=0.1),
    ]
    assert [one.key for one in queue(leads, now_us=HOUR)] == ["dear", "fresh", "old", "doubtful"]
    assert urgency(_lead("a", ago=20 * MINUTE), now_us=HOUR) == pytest.approx(45)


def test_what_somebody_else_has_claimed_is_not_offered() -> None:
    leads = [_lead("a", by="x"), _lead("b"), _lead("c", by="y")]
    assert [one.key for one in queue(leads, now_us=HOUR, staff="x")] == ["a", "b"]


def test_rates_are_told_by_the_delay_of_the_reply() -> None:
    fast = Journey(0, {"reply": MINUTE, "add": HOUR}, staff="s")
    slow = Journey(0, {"reply": 3 * HOUR}, staff="t")
    never = Journey(0, {}, staff="t")
    by_delay = {(one.group, one.step): (one.reached, one.of) for one in rates([slow, fast, never], by="delay")}
    assert by_delay["5 min", "add"] == (1, 1)
    assert by_delay["1 day", "add"] == (0, 1)
    assert {(one.group, one.of) for one in rates([slow, fast, never], by="staff")} == {("s", 1), ("t", 2)}
    assert next(one for one in rates([slow, fast, never]) if one.step == "reply").share == pytest.approx(2 / 3)


def test_wilsons_interval_agrees_with_published_values() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share(reached: int, more: int) -> None:
    low, high = wilson(reached, reached + more)
    assert 0 <= low <= high <= 1
    if reached + more:
        assert low <= reached / (reached + more) + 1e-12
        assert high >= reached / (reached + more) - 1e-12


def test_the_same_promise_is_one_and_an_impossible_one_is_refused() -> None:
    assert promise(1, "file", said_in="r", at_us=5) == promise(1, "file", said_in="r", at_us=5)
    with pytest.raises(BadInputError):
        promise(1, " ", said_in="r", at_us=5)
    with pytest.raises(BadInputError):
        promise(1, "file", said_in="r", at_us=5, due_at_us=4)
    assert Kept(10, 6, 1, 4, 2).kept_share == pytest.approx(5 / 8)


def test_stores_are_ranked_by_retained_people_and_told_their_weakest_step() -> None:
    good, many = Store("good", 1_000, 200, 100, 80), Store("many", 1_000, 400, 300, 30)
    first, second = league([many, good])
    assert (first.store.name, second.store.name, second.weakest) == ("good", "many", "retained")
    assert second.short_of_best == pytest.approx(30 * (0.8 / 0.1 - 1))
    with pytest.raises(BadInputError):
        Store("wrong", 10, 20, 0, 0)


def test_a_bait_is_offered_in_its_place_hour_and_weather_while_there_are_some() -> None:
    wipes = Bait("wipes", 30, 100, frozenset({"door"}), (10, 18), 28, 45)
    assert wipes.offered(place="door", hour=12, celsius=33, claimed=99)
    assert not wipes.offered(place="door", hour=12, celsius=33, claimed=100)
    assert not wipes.offered(place="till", hour=12, celsius=33, claimed=0)
    assert not wipes.offered(place="door", hour=18, celsius=33, claimed=0)
    assert not wipes.offered(place="door", hour=12, celsius=None, claimed=0)
    assert Bait("soup", 1, 1, hours=(22, 2)).offered(place="", hour=1, celsius=None, claimed=0)
    assert BaitResult(wipes, 60, 50, 20, 10).cost_per_retained_minor == 150


def test_one_person_claims_once_and_doubt_waits_for_a_person() -> None:
    assert not why_not(0)
    assert why_not(1) == "had_it"
    assert why_not(0, suspicion=0.9) == "doubtful"
    assert why_not(1, suspicion=0.9) == "had_it"
