"""Teams that buy together: full in time or void, a person has one seat, and some seats are for new people alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.campaigns.fission.group_buy import GroupBuy, Joined, TeamState, teams_of
from siyu.kernel.period import HOUR

RULE = GroupBuy(people=3, hours=24, price_minor=100, new_people=1)


def _joined(person: int, at_h: float, *, new: bool = False, opened: bool = False) -> Joined:
    return Joined("T", person, person, int(at_h * HOUR), new, opened)


def test_a_team_is_complete_when_the_last_seat_is_taken_and_void_when_its_time_is_over() -> None:
    rows = [_joined(1, 0, opened=True), _joined(2, 1), _joined(3, 2, new=True)]
    (team,) = teams_of(RULE, rows, now_us=3 * HOUR)
    assert (team.state, team.ended_at_us) == (TeamState.COMPLETE, 2 * HOUR)
    (team,) = teams_of(RULE, rows[:2], now_us=23 * HOUR)
    assert team.state is TeamState.OPEN
    (team,) = teams_of(RULE, rows[:2], now_us=24 * HOUR)
    assert (team.state, len(team.seated), team.ended_at_us) == (TeamState.VOID, 2, 24 * HOUR)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ([_joined(2, 1), _joined(4, 2)], "the seats left are for people who are new here"),
        ([_joined(2, 1), _joined(2, 2, new=True)], "you have a seat already"),
        ([_joined(2, 24, new=True)], "the team's time was over"),
        ([_joined(2, 1), _joined(3, 2, new=True), _joined(4, 3, new=True)], "the team was full"),
    ],
)
def test_who_gets_no_seat_is_told_why(more: list[Joined], why: str) -> None:
    (team,) = teams_of(RULE, [_joined(1, 0, opened=True), *more], now_us=5 * HOUR)
    assert [said for _who, said in team.turned_away] == [why]


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 30), st.booleans()), max_size=12), st.integers(0, 40))
def test_no_team_breaks_its_terms(rows: list[tuple[int, int, bool]], now_h: int) -> None:
    joined = [_joined(0, 0, opened=True), *(_joined(person, at, new=new) for person, at, new in rows)]
    (team,) = teams_of(RULE, joined, now_us=now_h * HOUR)
    assert len(team.seated) + len(team.turned_away) == len(joined)
    assert len({one.person for one in team.seated}) == len(team.seated) <= RULE.people
    assert sum(not one.new for one in team.seated) <= RULE.people - RULE.new_people
    assert all(one.at_us < 24 * HOUR for one in team.seated)
    assert (team.state is TeamState.COMPLETE) == (len(team.seated) == RULE.people)
