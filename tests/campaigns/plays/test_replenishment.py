from campaigns.crowd import NOW_US, crowd
from siyu.campaigns.plays.replenishment import PLAY
from siyu.kernel.period import DAY


def test_only_people_whose_own_rhythm_says_so_are_reminded() -> None:
    people = crowd(
        (10, 7, 7),  # due
        (10, 5, 7),  # too early
        (10, 22, 7),  # late: that is win-back's
        (10, 20, 7),  # not late yet: three weeks are the least
        (1, 7, 0),  # no rhythm yet
        (2, 3, 3),  # two days in a row are not yet a rhythm: drawn towards what is usual
        (10, 28, 30),  # due, slower
        (10, 3, 0),  # never came back
    )
    assert [one.person_id for one in PLAY.propose(people, now_us=NOW_US, channel="wecom")] == [1, 4, 7]


def test_each_week_of_one_purchase_is_one_occasion_however_often_one_asks() -> None:
    people = crowd((10, 7, 7))
    today = PLAY.propose(people, now_us=NOW_US, channel="wecom")
    tomorrow = PLAY.propose(people, now_us=NOW_US + DAY, channel="wecom")
    assert today[0].proposal_id == tomorrow[0].proposal_id
    assert today[0].deadline_us == NOW_US - 7 * DAY + 21 * DAY
    weeks = {
        one.proposal_id
        for day in range(100)
        for one in PLAY.propose(people, now_us=NOW_US + day * DAY, channel="wecom")
    }  # fmt: skip
    assert len(weeks) == 3


def test_nobody_gives_no_proposal() -> None:
    assert PLAY.propose(crowd((1, 1, 0)), now_us=NOW_US, channel="wecom") == []
