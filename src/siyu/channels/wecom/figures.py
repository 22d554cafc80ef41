"""What staff did (联系客户统计) as WeCom counts it: talks, answers, new contacts, and who was deleted.

Source: https://developer.work.weixin.qq.com/document/path/92132, read 2026-11-22.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from siyu.channels.wecom.client import Json, WeComClient
from siyu.kernel.period import DAY, SECOND

#: One question covers so many days at most, and lies within the last 180.
_MOST_S: Final = 30 * DAY // SECOND
_STAFF_AT_ONCE: Final = 100


def behaviour(client: WeComClient, *, staff: Sequence[str], from_s: int, to_s: int) -> Iterator[Json]:
    """Yield a row for each day: ``stat_time``, ``chat_cnt``, ``message_cnt``, ``reply_percentage``,
    ``avg_reply_time`` (minutes), ``negative_feedback_cnt``, ``new_apply_cnt``, ``new_contact_cnt``.

    Args:
        staff: Summed over these, at most 100.
        from_s, to_s: Unix seconds of midnight in Beijing; longer spans are asked in parts of 30 days.
    """  # noqa: D205  a list of fields, not a summary that is too long
    day_s = DAY // SECOND
    while from_s <= to_s:
        until_s = min(to_s, from_s + _MOST_S - day_s)
        body = {"userid": list(staff)[:_STAFF_AT_ONCE], "start_time": from_s, "end_time": until_s}
        yield from client.read("externalcontact/get_user_behavior_data", body).get("behavior_data") or ()
        from_s = until_s + day_s
