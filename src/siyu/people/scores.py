"""Scores (评分): silence, strength of the relationship, trust, loyalty, participation, active hour; from touches alone.

Every score is a short formula over counted touches (``INGREDIENTS``), so that each can be explained by what produced
it: by its ingredients, and by the touches themselves (``produced``). ``docs/scores.md`` has the definitions.

Source of loyalty: Dick and Basu, "Customer Loyalty: Toward an Integrated Conceptual Framework", Journal of the Academy
of Marketing Science 22 (1994): who comes back without liking us is not loyal yet, nor who likes us and does not come
back. Hence the geometric mean of the two; the weights are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, HOUR
from siyu.touchpoints.kind import TouchKind

#: What is counted for every person, in this order. Windows are days before now.
INGREDIENTS: Final = (
    "messages_out_90d", "answered_90d", "messages_in_90d", "days_since_own", "own_days_180d", "orders", "refunds",
    "complaints", "complaints_closed", "messages_in", "removed_us", "contributions_30d", "channel_level", "active_hour",
    "orders_kept_365d",
)  # fmt: skip
SCORES: Final = ("silent", "strength", "trust", "loyalty", "participation", "active_hour")
_ANSWER: Final = 72 * HOUR
_FAR: Final = 36_500  # days since an act that never was

_OUT: Final = int(TouchKind.MESSAGE_OUT)
_IN: Final = int(TouchKind.MESSAGE_IN)
_ADDED, _REMOVED, _DROPPED = (
    int(TouchKind.CONTACT_ADDED), int(TouchKind.CONTACT_REMOVED), int(TouchKind.CONTACT_DROPPED),
)  # fmt: skip
_FOLLOWED, _UNFOLLOWED = int(TouchKind.FOLLOW), int(TouchKind.UNFOLLOW)
_PAID, _REFUNDED = int(TouchKind.ORDER_PAID), int(TouchKind.ORDER_REFUNDED)
_COMPLAINT, _CLOSED = int(TouchKind.COMPLAINT), int(TouchKind.COMPLAINT_CLOSED)
_OURS: Final = (
    TouchKind.MESSAGE_OUT, TouchKind.MESSAGE_FAILED, TouchKind.MESSAGE_DELIVERED, TouchKind.CONTACT_DROPPED,
    TouchKind.CONTACT_EDITED, TouchKind.CONTACT_TRANSFERRED, TouchKind.GROUP_CHANGED, TouchKind.ORDER_SHIPPED,
    TouchKind.COUPON_GRANTED, TouchKind.COUPON_EXPIRED, TouchKind.POINTS_EARNED, TouchKind.POINTS_EXPIRED,
    TouchKind.MEMBER_TIER, TouchKind.REWARD, TouchKind.COMPLAINT_CLOSED, TouchKind.AFTER_SALES_CLOSED,
    TouchKind.SEGMENT_ENTERED, TouchKind.SEGMENT_LEFT, TouchKind.ACCOUNT_CHANGED, TouchKind.OTHER,
)  # fmt: skip
_MEETS: Final = (_ADDED, _REMOVED, _DROPPED, _FOLLOWED, _UNFOLLOWED)
_TRUSTS: Final = (_IN, _PAID, _REFUNDED, _COMPLAINT, _CLOSED, _REMOVED)
_CONTRIBUTIONS: Final = (TouchKind.GROUP_SPOKE, TouchKind.COMMENT, TouchKind.SHARE, TouchKind.INVITE)


@dataclass(frozen=True, slots=True)
class Score:
    """What a score is.

    Attributes:
        low, high: The range; both are reached or come near.
        says, says_zh: What it is, in a sentence.
        made_of: Its ingredients.
    """

    name: str
    name_zh: str
    low: float
    high: float
    says: str
    says_zh: str
    made_of: tuple[str, ...]


DEFINITIONS: Final = (
    Score(
        "silent", "沉默", 0, 1,
        "share of our messages in 90 days that no act of theirs followed within 72 hours; one of each assumed",
        "90 天内我们发出、72 小时内未见其行为的消息占比；预设各一条",
        ("messages_out_90d", "answered_90d"),
    ),
    Score(
        "strength", "关系强度", 0, 100,
        "reciprocity, recency, depth and channel, 25 each",
        "互动、近期、深度、渠道，各 25 分",
        ("messages_in_90d", "messages_out_90d", "days_since_own", "own_days_180d", "channel_level"),
    ),
    Score(
        "trust", "信任", 0, 100,
        "good signs against bad ones, two of each assumed beforehand",
        "好的迹象对比坏的迹象；预设各两次",
        ("messages_in", "orders", "complaints_closed", "complaints", "refunds", "removed_us"),
    ),
    Score(
        "loyalty", "忠诚", 0, 100,
        "coming back within a year, and trust: the geometric mean of the two",
        "一年内复购与信任的几何平均",
        ("orders_kept_365d", "messages_in", "orders", "complaints_closed", "complaints", "refunds", "removed_us"),
    ),
    Score(
        "participation", "参与层", 1, 90,
        "1 creates, 9 takes part, 90 watches: contributions in 30 days",
        "1 创作、9 参与、90 围观：30 天内的贡献",
        ("contributions_30d",),
    ),
    Score(
        "active_hour", "活跃时段", -1, 23,
        "the hour of the brand's clock with most acts of theirs in 180 days; -1 without any",
        "180 天内其行为最多的钟点；没有则为 -1",
        ("active_hour",),
    ),
)  # fmt: skip


def ingredients(person: Int64, at: Int64, kind: Int8, *, now_us: int, zone_us: int) -> tuple[Int64, Int64]:
    """Count what the scores are made of.

    Args:
        person, at, kind: Touches, sorted by person and time; those after ``now_us`` do not count.
        zone_us: What the brand's clock is ahead of UTC, in microseconds.

    Returns:
        The people, ascending, and what was counted. Shape: (people,), (people, ingredients).
    """
    ours, contributes = np.zeros(128, np.bool_), np.zeros(128, np.bool_)
    ours[list(_OURS)] = True
    contributes[list(_CONTRIBUTIONS)] = True
    who = np.unique(person)
    return who, _count(person, at, kind, ours, contributes, who.size, now_us, zone_us)


def scores(counted: Int64) -> Mapping[str, Float64]:
    """Return every score of every person.

    - silent, (0, 1): messages of ours in 90 days that no act of theirs followed within 72 hours; one of each assumed
      beforehand, so nobody is judged by one message.
    - strength, 0 to 100: reciprocity, recency, depth and channel, 25 each.
    - trust, 0 to 100: good signs against bad ones, two of each assumed beforehand.
    - loyalty, 0 to 100: geometric mean of coming back, (n - 1) / (n + 1) with n orders kept in a year, and trust.
    - participation: 1 (creates), 9 (takes part) or 90 (watches).
    - active_hour: the hour of their own acts, 0 to 23 on the brand's clock; -1 for nobody who acts.
    """
    table: Mapping[str, Float64] = {
        name: counted[:, place].astype(np.float64) for place, name in enumerate(INGREDIENTS)
    }
    out, back = table["messages_out_90d"], table["messages_in_90d"]
    both = np.maximum(out + back, 1.0)
    reciprocity = 2.0 * np.minimum(out, back) / both
    recency = np.exp2(-table["days_since_own"] / 30.0)
    depth = 1.0 - np.exp(-table["own_days_180d"] / 10.0)
    good = table["messages_in"] + 2.0 * np.maximum(table["orders"] - 1.0, 0.0) + table["complaints_closed"]
    bad = 3.0 * table["complaints"] + table["refunds"] + 3.0 * table["removed_us"]
    spoke, kept = table["contributions_30d"], np.maximum(table["orders_kept_365d"], 1.0)
    trust = (good + 2.0) / (good + bad + 4.0)
    return {
        "silent": (out - table["answered_90d"] + 1.0) / (out + 2.0),
        "strength": 25.0 * (reciprocity + recency + depth + table["channel_level"] / 2.0),
        "trust": 100.0 * trust,
        "loyalty": 100.0 * np.sqrt((kept - 1.0) / (kept + 1.0) * trust),
        "participation": np.where(spoke >= 10, 1.0, np.where(spoke >= 1, 9.0, 90.0)),
        "active_hour": table["active_hour"],
    }


def produced(at: Int64, kind: Int8, *, now_us: int) -> Mapping[str, npt.NDArray[np.bool_]]:
    """Say of one person's touches, sorted by time, which produced each score: without the others it is the same.

    Shape: (touches,) each.
    """
    own = ~np.isin(kind, _OURS)
    past, age = at < now_us, now_us - at
    out, days_180 = (kind == _OUT) & (age <= 90 * DAY), age <= 180 * DAY
    answers, last = np.zeros(at.size, np.bool_), np.zeros(at.size, np.bool_)
    acts = np.flatnonzero(own & past)
    if acts.size:
        last[acts[-1]] = True
        after = np.searchsorted(acts, np.flatnonzero(out & past))
        for message, act in zip(np.flatnonzero(out & past), np.append(acts, -1)[after], strict=True):
            answers[act] |= act >= 0 and at[act] - at[message] <= _ANSWER
    trust = np.isin(kind, _TRUSTS)
    found = {
        "silent": out | answers,
        "strength": out | ((kind == _IN) & (age <= 90 * DAY)) | last | (own & days_180) | np.isin(kind, _MEETS),
        "trust": trust,
        "loyalty": trust,
        "participation": np.isin(kind, _CONTRIBUTIONS) & (age <= 30 * DAY),
        "active_hour": own & days_180,
    }
    return {name: chosen & past for name, chosen in found.items()}


@compiled
def _count(  # noqa: PLR0917  compiled code takes its arguments by place
    person: Int64,
    at: Int64,
    kind: Int8,
    ours: npt.NDArray[np.bool_],
    contributes: npt.NDArray[np.bool_],
    people: int,
    now_us: int,
    zone_us: int,
) -> Int64:
    counted = np.zeros((people, 15), np.int64)
    hours = np.zeros(24, np.int64)
    row, number = 0, 0
    while row < person.size:
        who = person[row]
        mine = counted[number]
        hours[:] = 0
        last_own, last_day, contact, follower = np.int64(-1), np.int64(-1), False, False
        since = row  # what came after their last act
        while row < person.size and person[row] == who:
            what, moment = kind[row], at[row]
            row += 1
            if moment >= now_us:
                continue
            age = now_us - moment
            if what == _OUT:
                mine[0] += age <= 90 * DAY
            elif what == _ADDED:
                contact = True
            elif what == _REMOVED:
                contact = False
                mine[10] += 1
            elif what == _DROPPED:
                contact = False
            elif what == _FOLLOWED:
                follower = True
            elif what == _UNFOLLOWED:
                follower = False
            elif what == _CLOSED:
                mine[8] += 1
            if ours[what]:
                continue
            for before in range(since, row - 1):
                answered = kind[before] == _OUT and moment - at[before] <= _ANSWER
                mine[1] += answered and now_us - at[before] <= 90 * DAY
            since = row
            last_own = moment
            day = (moment + zone_us) // DAY
            if age <= 180 * DAY:
                mine[4] += day != last_day
                hours[(moment + zone_us) % DAY // HOUR] += 1
            last_day = day
            mine[2] += what == _IN and age <= 90 * DAY
            mine[9] += what == _IN
            mine[5] += what == _PAID
            mine[6] += what == _REFUNDED
            if age <= 365 * DAY:
                mine[14] += np.int64(what == _PAID) - np.int64(what == _REFUNDED)
            mine[7] += what == _COMPLAINT
            mine[11] += contributes[what] and age <= 30 * DAY
        mine[3] = (now_us - last_own) // DAY if last_own >= 0 else _FAR
        mine[12] = 2 if contact else 1 if follower else 0
        mine[13] = np.argmax(hours) if hours.max() > 0 else -1
        number += 1
    return counted
