"""Customer groups (客户群) of WeCom: read them, hand them over, count them. Nobody can be pulled in by an API.

Source: https://developer.work.weixin.qq.com/document/path/92120 and 92122, read 2026-11-22.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from siyu.channels.wecom.client import Json, WeComClient

_CHAT: Final = "externalcontact/groupchat/"


def groups(client: WeComClient, *, owners: Sequence[str] = ()) -> Iterator[str]:
    """Yield the chat ids of groups; name the owners, for a corp of over 1,000 staff gets 81017 without."""
    for first in range(0, max(1, len(owners)), 100):
        some = list(owners[first : first + 100])
        body = {"status_filter": 0, **({"owner_filter": {"userid_list": some}} if some else {})}
        for one in client.pages(_CHAT + "list", body, "group_chat_list", limit=1000):
            yield str(one["chat_id"])


def group(client: WeComClient, chat_id: str) -> Json:
    """Return one group with its members; may lag two seconds behind a callback."""
    return dict(client.read(_CHAT + "get", {"chat_id": chat_id, "need_name": 1})["group_chat"])


def hand_over(client: WeComClient, chats: Sequence[str], new_owner: str, *, resigned: bool) -> dict[str, int]:
    """Give groups a new owner; returns chat id -> WeCom's code of those that failed. At most 100 groups a call."""
    failed: dict[str, int] = {}
    for first in range(0, len(chats), 100):
        body = {"chat_id_list": list(chats[first : first + 100]), "new_owner": new_owner}
        answer = client.write(_CHAT + ("transfer" if resigned else "onjob_transfer"), body)
        failed |= {str(one["chat_id"]): int(one["errcode"]) for one in answer.get("failed_chat_list") or ()}
    return failed


def statistic(client: WeComClient, *, owners: Sequence[str], from_s: int, to_s: int) -> list[Json]:
    """Return counts per owner (new groups, members, messages) of days (Unix seconds of midnight)."""
    body = {"day_begin_time": from_s, "day_end_time": to_s, "owner_filter": {"userid_list": list(owners)}}
    return list(client.read(_CHAT + "statistic", {**body, "limit": 1000}).get("items") or ())


def chat_of(client: WeComClient, opengid: str) -> str:
    """Return the chat id behind the group id that a mini program sees."""
    return str(client.read("externalcontact/opengid_to_chatid", {"opengid": opengid})["chat_id"])
