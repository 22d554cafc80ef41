"""Gradual adding: a slow start, a ceiling, a slow-down when few accept, a rest when hardly anybody does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.touchpoints.adding import Adding, AddingDay, Alarm, Basis, Pace, adding, may_be_asked

_DAYS = st.lists(
    st.integers(0, 60).flatmap(lambda asked: st.builds(AddingDay, st.just(asked), st.integers(0, asked))), max_size=40
)


def test_it_begins_slowly_and_grows_to_the_ceiling_while_people_accept() -> None:
    pace, days, allowed = Pace(first_day=5, growth=2.0, most_a_day=30), [], []
    for _ in range(6):
        today = adding(pace, days).may_ask
        allowed.append(today)
        days.append(AddingDay(today, today))
    assert allowed == [5, 10, 20, 30, 30, 30]


def test_few_acceptances_halve_the_pace_and_hardly_any_make_it_rest() -> None:
    good = [AddingDay(20, 16)] * 5
    assert adding(Pace(), good).alarm is Alarm.NONE
    slowed = adding(Pace(), [*good, *[AddingDay(40, 8)] * 6])
    assert slowed.alarm is Alarm.SLOW
    assert 0 < slowed.may_ask < adding(Pace(), good).may_ask
    resting = adding(Pace(), [AddingDay(40, 1)] * 3)
    assert (resting.alarm, resting.may_ask) == (Alarm.REST, 0)


def test_two_refusals_alone_slow_nobody_down_and_an_idle_day_does_not_grow() -> None:
    assert adding(Pace(), [AddingDay(2, 0)]).alarm is Alarm.NONE
    assert adding(Pace(first_day=5), [AddingDay(0, 0)] * 9).may_ask == 5


@given(_DAYS)
def test_it_never_asks_more_than_the_ceiling_and_its_share_lies_in_its_interval(days: list[AddingDay]) -> None:
    found: Adding = adding(Pace(), days)
    assert 0 <= found.may_ask <= 60
    if sum(one.asked for one in days[-7:]):
        assert found.low - 1e-9 <= found.share <= found.high + 1e-9
    assert (found.may_ask == 0) == (found.alarm is Alarm.REST)


def test_nobody_is_asked_without_a_reason_or_twice() -> None:
    assert may_be_asked(Basis.BOUGHT, asked_before=0) == (True, "")
    assert not may_be_asked(None, asked_before=0)[0]
    assert not may_be_asked(Basis.ASKED, asked_before=1)[0]
    with pytest.raises(BadInputError):
        Pace(first_day=100)
