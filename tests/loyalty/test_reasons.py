"""Every reason that a reward, a team or a campaign gives can be said in Chinese, with its numbers."""

import itertools

import pytest

from siyu.campaigns.fission.group_buy import GroupBuy, Joined, teams_of
from siyu.kernel.period import DAY, HOUR
from siyu.loyalty.reasons import in_chinese
from siyu.loyalty.rewards import Invitee, Maturity, Reward, RewardState, decide


def test_every_decision_about_a_reward_has_its_chinese_words() -> None:
    said = set()
    for state, left, answered, orders, refunded, answer, buy, day in itertools.product(
        RewardState, (0, 3, 20), (False, True), (0, 1), (False, True), (False, True), (False, True), (1, 8, 61)
    ):
        reward = Reward("00", "c", 1, 2, 5, "CNY", 0, state)
        invitee = Invitee(left * DAY, answered, orders, refunded, suspicion=0.9 if day == 8 and orders else 0.0)
        said.add(decide(reward, invitee, Maturity(7, answer, buy), now_us=day * DAY).reason)
    assert len(said) > 12
    for reason in said:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in in_chinese(reason)), reason


def test_every_team_that_turns_somebody_away_says_why_in_chinese() -> None:
    rows = [Joined("T", 1, 1, 0, opened=True), *(Joined("T", who, who, who * HOUR) for who in (1, 2, 3, 30))]
    rows += [Joined("T", 5, 5, 5 * HOUR, new=True), Joined("T", 6, 6, 6 * HOUR, new=True)]
    (team,) = teams_of(GroupBuy(3, 24, 100, 1), rows, now_us=40 * HOUR)
    reasons = {why for _who, why in team.turned_away}
    assert len(reasons) == 4
    assert all(in_chinese(why) != why for why in reasons)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("your friend must stay 14 days", "朋友需留满14天"),
        ("we looked at it: nine accounts on one phone", "人工查看结果：nine accounts on one phone"),
        ("only 17% of 60 invitees stayed 7 days", "17%的被邀者留存（共60人，7天）"),
        ("12 of 13 promises that are due are not kept", "有12个到期承诺未兑现（共13个到期）"),
        ("by hand", "by hand"),
    ],
)
def test_numbers_and_words_of_people_are_carried_over(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese
