"""Figures of the played WeCom: groups by day and by owner, and what staff did, counted from what happened here."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.groups import Chat, Groups
from siyu.sandbox.wecom.refusal import Json, Refused, texts

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


class Figures:
    """What the corp may count.

    Talks are not played, so what counts messages is 0.
    """

    def __init__(self, stage: Stage, customers: Customers, groups: Groups) -> None:
        self._stage, self._customers, self._groups = stage, customers, groups
        self._happened: Counter[tuple[int, str, str]] = Counter()

    def note(self, change: str, staff: str) -> None:
        """Count what happened to a staff member, by the hour."""
        self._happened[self._stage.now_s() // _HOUR_S, change, staff] += 1

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/groupchat/statistic": self._by_owner,
            "externalcontact/groupchat/statistic_group_by_day": self._by_day,
            "externalcontact/groupchat/opengid_to_chatid": self._chat_of,
            "externalcontact/opengid_to_chatid": self._chat_of,
            "externalcontact/get_user_behavior_data": self._behaviour,
        }

    def _by_owner(self, body: Json) -> Json:
        owners, (start_s, end_s) = self._owners(body), self._span(body, "day_begin_time", "day_end_time")
        items = [{"owner": owner, "data": self._counts(self._of({owner}), start_s, end_s + _DAY_S)} for owner in owners]
        return {"total": len(items), "next_offset": len(items), "items": items}

    def _by_day(self, body: Json) -> Json:
        owners, (start_s, end_s) = set(self._owners(body)), self._span(body, "day_begin_time", "day_end_time")
        days = range(start_s, end_s + 1, _DAY_S)
        chats = self._of(owners)
        return {"items": [{"stat_time": day, "data": self._counts(chats, day, day + _DAY_S)} for day in days]}

    def _counts(self, chats: list[Chat], start_s: int, end_s: int) -> Json:
        there = [one for one in chats if one.made_s < end_s]
        members = [member for one in there for member in one.members.values() if member.joined_s < end_s]
        return {
            "new_chat_cnt": sum(one.made_s >= start_s for one in there),
            "chat_total": len(there),
            "chat_has_msg": 0,
            "new_member_cnt": sum(one.joined_s >= start_s for one in members),
            "member_total": len(members),
            "member_has_msg": 0,
            "msg_total": 0,
            "migrate_trainee_chat_cnt": 0,
        }

    def _behaviour(self, body: Json) -> Json:
        staff = set(texts(body, "userid", most=100))
        if not staff:
            raise Refused(40058, "invalid userid")
        start_s, end_s = self._span(body, "start_time", "end_time")
        rows = []
        for day in range(start_s, end_s + 1, _DAY_S):
            counts: Counter[str] = Counter()
            for (hour, what, who), count in self._happened.items():
                if who in staff and day <= hour * _HOUR_S < day + _DAY_S:
                    counts[what] += count
            won = counts["add_external_contact"]
            rows.append(
                {
                    "stat_time": day,
                    "chat_cnt": 0,
                    "message_cnt": 0,
                    "reply_percentage": 0,
                    "avg_reply_time": 0,
                    "negative_feedback_cnt": counts["del_follow_user"],
                    "new_apply_cnt": won,
                    "new_contact_cnt": won,
                }
            )
        return {"behavior_data": rows}

    def _chat_of(self, body: Json) -> Json:
        opengid = str(body.get("opengid", ""))
        for chat_id in self._groups.chats:
            if opengid_of(chat_id) == opengid:
                return {"chat_id": chat_id}
        raise Refused(40050, "invalid opengid")

    def _owners(self, body: Json) -> list[str]:
        wanted = texts(body.get("owner_filter") or {}, "userid_list", most=100, needed=True)
        return [one for one in wanted if one in self._customers.staff]

    def _of(self, owners: set[str]) -> list[Chat]:
        return [one for one in self._groups.chats.values() if one.owner in owners]

    def _span(self, body: Json, first: str, last: str) -> tuple[int, int]:
        start_s, end_s = body.get(first), body.get(last, body.get(first))
        if not isinstance(start_s, int) or not isinstance(end_s, int) or not start_s <= end_s:
            raise Refused(40058, f"invalid {first}")
        if end_s - start_s >= 31 * _DAY_S or start_s < self._stage.now_s() - 180 * _DAY_S:
            raise Refused(40058, "at most 30 days, within the last 180")
        return start_s, end_s


def opengid_of(chat_id: str) -> str:
    """Return the group id that a mini program opened in the group sees."""
    return f"tG{chat_id[2:]}"
