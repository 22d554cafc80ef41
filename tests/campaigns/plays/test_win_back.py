from itertools import pairwise

from campaigns.crowd import NOW_US, crowd
from siyu.campaigns.plays.win_back import ASK, PLAY, REMIND
from siyu.campaigns.rhythms import expected_gap_days
from siyu.kernel.period import DAY

_OFFERS = ("优惠", "折", "券", "红包")


def test_people_later_than_their_rhythm_allows_are_asked() -> None:
    people = crowd(
        (5, 22, 7),  # three of their weeks late
        (5, 20, 7),  # not yet
        (5, 13, 3),  # late by rhythm, but three weeks are the least
        (5, 800, 7),  # gone for longer than two years
        (0, 90, 0),  # never bought: that is another play's
    )
    assert [one.person_id for one in PLAY.propose(people, now_us=NOW_US, channel="wecom")] == [1]


def test_who_bought_once_is_late_by_what_is_usual_for_the_brand() -> None:
    usual = [(9, 1, 30)] * 3
    assert [
        one.person_id for one in PLAY.propose(crowd(*usual, (1, 50, 0), (1, 70, 0)), now_us=NOW_US, channel="wecom")
    ] == [5]
    nobody_tells = crowd((1, 70, 0), (2, 70, 30))
    assert expected_gap_days(nobody_tells).tolist() == [float("inf"), 30.0]
    assert [one.person_id for one in PLAY.propose(nobody_tells, now_us=NOW_US, channel="wecom")] == [2]


def test_a_rhythm_of_few_purchases_is_drawn_towards_what_is_usual() -> None:
    many, few = expected_gap_days(crowd((41, 1, 30), (41, 1, 30), (41, 1, 30), (2, 1, 6)))[[0, 3]]
    assert many == 30.0
    assert few == (6 + 2 * 30) / 3


def test_it_asks_first_offers_a_week_later_and_asks_again_only_in_the_fifth() -> None:
    late = crowd((5, 22, 7))
    (asked,) = PLAY.propose(late, now_us=NOW_US, channel="wecom")
    assert asked.piece == ASK
    assert asked.instead == ()
    assert not any(word in asked.piece.text for word in _OFFERS)
    (again,) = PLAY.propose(late, now_us=NOW_US + 5 * DAY, channel="wecom")
    assert again.proposal_id == asked.proposal_id
    (offered,) = PLAY.propose(late, now_us=NOW_US + 7 * DAY, channel="wecom")
    assert offered.proposal_id != asked.proposal_id
    assert any(word in offered.piece.text for word in _OFFERS)
    steps = {}
    for day in range(340):
        steps |= {one.proposal_id: one for one in PLAY.propose(late, now_us=NOW_US + day * DAY, channel="wecom")}
    in_turn = [one.piece for one in sorted(steps.values(), key=lambda one: one.proposed_at_us)]
    assert [place for place, piece in enumerate(in_turn) if piece == ASK] == list(range(0, 49, 4))
    assert [place for place, piece in enumerate(in_turn) if piece == REMIND] == [2]
    assert all(ASK not in one.instead for one in steps.values())


def test_after_a_year_it_speaks_every_four_weeks_and_after_two_never_again() -> None:
    late = crowd((5, 364, 7))
    before = {one.proposal_id for one in PLAY.propose(late, now_us=NOW_US, channel="wecom")}
    steps = {}
    for day in range(1, 400):
        steps = {one.proposal_id: one for one in PLAY.propose(late, now_us=NOW_US + day * DAY, channel="wecom")} | steps
    assert not before & set(steps)
    in_turn = sorted(steps.values(), key=lambda one: one.proposed_at_us)
    days = [(one.proposed_at_us - NOW_US) // DAY for one in in_turn]
    assert days == list(range(1, 366, 28))
    assert [one.piece == ASK for one in in_turn] == [place % 2 == 1 for place in range(14)]
    assert all(REMIND not in one.instead for one in in_turn)


def test_a_lapse_that_begins_late_has_its_first_four_weeks_and_no_question_comes_twice_in_four_weeks() -> None:
    rare, usual = (9, 349, 175), (41, 349, 7)
    for who in (rare, usual):
        people = crowd(who)
        said = {}
        for day in range(420):
            for one in PLAY.propose(people, now_us=NOW_US + day * DAY, channel="wecom"):
                said.setdefault(one.proposal_id, (day, one.piece))
        asked = [day for day, piece in said.values() if piece == ASK]
        assert all(later - sooner >= 28 for sooner, later in pairwise(asked))
        days = [day for day, _ in said.values()]
        if who is rare:  # late after 350 days
            assert days[:5] == [1, 8, 15, 22, 29]
            assert next(iter(said.values()))[1] == ASK
        assert all(later - sooner == 28 for sooner, later in pairwise(days[-5:]))
