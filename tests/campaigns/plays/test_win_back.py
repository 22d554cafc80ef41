from campaigns.crowd import NOW_US, crowd
from siyu.campaigns.plays.win_back import PLAY


def test_people_later_than_their_rhythm_allows_are_asked() -> None:
    people = crowd(
        (5, 22, 7),  # three of their weeks late
        (5, 20, 7),  # not yet
        (5, 13, 3),  # late by rhythm, but two weeks are the least
        (5, 200, 7),  # gone too long
        (2, 40, 7),  # no rhythm yet
    )
    assert [one.person_id for one in PLAY.propose(people, now_us=NOW_US, channel="wecom")] == [1]


def test_it_asks_and_offers_nothing() -> None:
    (one,) = PLAY.propose(crowd((5, 22, 7)), now_us=NOW_US, channel="wecom")
    assert "？" in one.piece.text
    assert not any(word in one.piece.text for word in ("优惠", "折", "券", "红包"))
