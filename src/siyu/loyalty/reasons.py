"""Reasons (理由) of rewards in words for the person who invited, in English and Chinese, from one table.

What is kept beside a reward is the English sentence; ``in_chinese`` finds the sentence of the table that it is.
"""

import re
from functools import cache
from typing import Final

#: (English, Chinese); ``{n}`` is a number, ``{why}`` what a person wrote.
_TABLE: Final = (
    ("promised", "奖励已预留"),
    ("paid", "奖励已发放"),
    ("it has ended", "这份奖励已经结束"),
    ("it is earned", "奖励已到手"),
    ("it is yours for good", "奖励已归您，不再追回"),
    ("your friend must stay {n} days", "朋友需留满{n}天"),
    ("your friend stayed {n} days", "朋友已留满{n}天"),
    ("your friend left before {n} days were over", "朋友没留满{n}天就离开了"),
    ("your friend left within {n} days after the reward was earned", "奖励到手后{n}天内，朋友离开了"),
    (
        "your friend's order was given back within {n} days after the reward was earned",
        "奖励到手后{n}天内，朋友的订单退了款",
    ),
    ("your friend has yet to answer once", "还差一步：朋友需回复一次"),
    ("your friend has yet to buy something and keep it", "还差一步：朋友需购买并未退货"),
    (
        "your friend has yet to answer once and buy something and keep it",
        "还差两步：朋友需回复一次，并购买且未退货",
    ),
    ("in {n} days your friend did not answer once", "{n}天内朋友没有回复过"),
    ("in {n} days your friend did not buy something and keep it", "{n}天内朋友没有购买或已退货"),
    (
        "in {n} days your friend did not answer once and buy something and keep it",
        "{n}天内朋友没有回复过，也没有购买或已退货",
    ),
    ("we look at this invitation ourselves and tell you the result", "这次邀请由我们人工查看，结果会告诉您"),
    ("we looked at it: {why}", "人工查看结果：{why}"),
    ("your friend was here already, under another account", "朋友此前已用另一个账号来过"),
    # why a friend brings no reward
    ("nobody is their own friend", "自己邀请自己不算"),
    ("your friend had come by an invitation already", "朋友此前已通过邀请来过"),
    ("your friend was known here before", "朋友此前已是我们的熟客"),
    ("your friend came before {why}, when this began", "朋友在{why}活动开始之前就来了"),
    ("this does not count invitations by {why}", "本活动不计入通过“{why}”的邀请"),
    ("more friends came that day than one person is rewarded for", "当天带来的朋友已超过每日奖励人数"),
    ("with this friend you would earn more than one person can", "加上这位朋友会超过个人奖励上限"),
    ("the budget was promised when your friend came", "朋友到来时预算已全部承诺"),
    # teams that buy together
    ("your team is complete", "拼团成功"),
    ("your team waits for {n} more", "还差{n}人成团"),
    ("your team was not full in time; you get everything back", "拼团未满，全额退款"),
    ("the team's time was over", "拼团时间已过，全额退款"),
    ("you have a seat already", "您已在团中，重复付款全额退回"),
    ("the team was full", "团已满，全额退款"),
    ("the seats left are for people who are new here", "余下名额只留给新朋友，全额退款"),
    # why a campaign stops, or asks nobody
    ("the budget is promised", "预算已全部承诺"),
    ("it ended on {why}", "活动已于{why}结束"),
    ("{n} of {n} promises that are due are not kept", "有{n}个到期承诺未兑现（共{n}个到期）"),
    ("the next invitee costs {n} and brings {n}: {n}% are in doubt", "再来一位的成本{n}已不低于带来的{n}（{n}%存疑）"),
    ("only {n}% of {n} invitees stayed {n} days", "{n}%的被邀者留存（共{n}人，{n}天）"),
)


def in_chinese(reason: str) -> str:
    """Return a reason in Chinese; one that is in no table stays as it is."""
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(reason):
            told = chinese
            for value in found.groups():
                told = re.sub(r"\{n\}|\{why\}", lambda _, value=value: value, told, count=1)  # type: ignore[misc]  # mypy knows no default of a lambda
            return told
    return reason


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the table with its sentences as patterns, made once."""
    found = []
    for english, chinese in _TABLE:
        pattern = re.escape(english).replace(r"\{n\}", r"(\d+)").replace(r"\{why\}", "(.+)")
        found.append((re.compile(pattern, re.DOTALL), chinese))
    return tuple(found)
