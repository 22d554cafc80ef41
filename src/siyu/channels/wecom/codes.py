"""Live codes (活码) of WeCom: contact ways, group join ways and acquisition links, each with a state that comes back.

Source: https://developer.work.weixin.qq.com/document/path/92572 (contact way), 92229 (join way), 97297 (links), read
2026-11-22.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from siyu.channels.wecom.client import Json, WeComClient
from siyu.kernel.errors import BadInputError

MOST_STATE: Final = 30
_MOST_CHATS: Final = 5
_CODE: Final = "externalcontact/"
_LINK: Final = "externalcontact/customer_acquisition/"


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A code that people scan.

    Attributes:
        config_id: The only handle to edit or delete it: a lost one is lost for ever.
        picture_url: The picture of the code; empty for a mini-program control.
    """

    config_id: str
    picture_url: str


def add_contact_way(
    client: WeComClient,
    *,
    staff: Sequence[str],
    state: str,
    remark: str = "",
    skip_verify: bool = True,
    exclusive: bool = False,
) -> LiveCode:
    """Make a code that adds one of ``staff``; ``state`` comes back with every customer it brings.

    Raises:
        BadInputError: nobody named, more than 100, or a state or remark over 30 characters.
    """
    if not 1 <= len(staff) <= 100:
        raise BadInputError(f"{len(staff)} staff members", where="staff", mend="name 1 to 100")
    body = {
        "type": 1 if len(staff) == 1 else 2,
        "scene": 2,
        "skip_verify": skip_verify,
        "is_exclusive": exclusive,
        "user": list(staff),
        **_marks(state, remark),
    }
    answer = client.write(_CODE + "add_contact_way", body)
    return LiveCode(str(answer["config_id"]), str(answer.get("qr_code") or ""))


def contact_way(client: WeComClient, config_id: str) -> Json:
    """Return what a code is set to."""
    return dict(client.read(_CODE + "get_contact_way", {"config_id": config_id})["contact_way"])


def contact_ways(client: WeComClient, *, from_s: int, to_s: int) -> Iterator[str]:
    """Yield the config ids of codes made in a time (Unix seconds); WeCom keeps those since 2021-07-10."""
    body = {"start_time": from_s, "end_time": to_s}
    return (str(one["config_id"]) for one in client.pages(_CODE + "list_contact_way", body, "contact_way", limit=1000))


def update_contact_way(
    client: WeComClient, config_id: str, *, staff: Sequence[str], state: str, remark: str = ""
) -> None:
    """Lead a code to other staff, or give it another state; the printed picture stays good."""
    body = {"config_id": config_id, "user": list(staff), **_marks(state, remark)}
    client.write(_CODE + "update_contact_way", body)


def delete_contact_way(client: WeComClient, config_id: str) -> None:
    """Delete a code; who scans it then gets nowhere."""
    client.write(_CODE + "del_contact_way", {"config_id": config_id})


def add_join_way(
    client: WeComClient, *, chats: Sequence[str], state: str, remark: str = "", next_group: str = ""
) -> LiveCode:
    """Make a code that leads into one of up to five groups.

    Args:
        next_group: What to call the groups that WeCom opens by itself when all are full; empty opens none.
    """
    body = _join_way(chats, state, remark, next_group)
    config_id = str(client.write(_CODE + "groupchat/add_join_way", body)["config_id"])
    return LiveCode(config_id, str(join_way(client, config_id).get("qr_code") or ""))


def update_join_way(
    client: WeComClient,
    config_id: str,
    *,
    chats: Sequence[str],
    state: str,
    remark: str = "",
    next_group: str = "",
) -> None:
    """Lead a group code to other groups; the printed picture stays good. What is left out becomes empty."""
    body = {"config_id": config_id, **_join_way(chats, state, remark, next_group)}
    client.write(_CODE + "groupchat/update_join_way", body)


def _join_way(chats: Sequence[str], state: str, remark: str, next_group: str) -> Json:
    if not 1 <= len(chats) <= _MOST_CHATS:
        raise BadInputError(f"{len(chats)} groups", where="chats", mend=f"name 1 to {_MOST_CHATS}")
    more = {"room_base_name": next_group, "room_base_id": 1} if next_group else {}
    return {
        "scene": 2,
        "chat_id_list": list(chats),
        "auto_create_room": int(bool(next_group)),
        **more,
        **_marks(state, remark),
    }


def join_way(client: WeComClient, config_id: str) -> Json:
    """Return what a group code is set to, with its picture."""
    return dict(client.read(_CODE + "groupchat/get_join_way", {"config_id": config_id})["join_way"])


def delete_join_way(client: WeComClient, config_id: str) -> None:
    """Delete a group code."""
    client.write(_CODE + "groupchat/del_join_way", {"config_id": config_id})


def create_link(client: WeComClient, name: str, *, staff: Sequence[str], skip_verify: bool = True) -> Json:
    """Make an acquisition link (获客链接; paid); returns ``link_id``, ``url`` and more."""
    body = {"link_name": name, "range": {"user_list": list(staff)}, "skip_verify": skip_verify}
    return dict(client.write(_LINK + "create_link", body)["link"])


def links(client: WeComClient) -> Iterator[str]:
    """Yield the ids of all acquisition links."""
    return (str(one) for one in client.pages(_LINK + "list_link", {}, "link_id_list", limit=100))


def link(client: WeComClient, link_id: str) -> Json:
    """Return one acquisition link with its staff."""
    return client.read(_LINK + "get", {"link_id": link_id})


def update_link(client: WeComClient, link_id: str, *, name: str, staff: Sequence[str]) -> None:
    """Give a link another name or other staff."""
    body = {"link_id": link_id, "link_name": name, "range": {"user_list": list(staff)}}
    client.write(_LINK + "update_link", body)


def delete_link(client: WeComClient, link_id: str) -> None:
    """Delete a link."""
    client.write(_LINK + "delete_link", {"link_id": link_id})


def customers_of_link(client: WeComClient, link_id: str) -> Iterator[Json]:
    """Yield ``{external_userid, userid, chat_status, state}`` of everybody a link brought."""
    return client.pages(_LINK + "customer", {"link_id": link_id}, "customer_list", limit=1000)


def link_quota(client: WeComClient) -> tuple[int, int]:
    """Return (bought, left) customers of the corp's acquisition links."""
    answer = client.read("externalcontact/customer_acquisition_quota")
    return int(answer.get("total") or 0), int(answer.get("balance") or 0)


def link_with_state(url: str, state: str) -> str:
    """Add the mark of a campaign to a link's address; it comes back with the customer."""
    if len(state) > MOST_STATE:
        raise BadInputError(f"{state!r} has {len(state)} characters", where="state", mend=f"at most {MOST_STATE}")
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "customer_channel"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("customer_channel", state)])))


def _marks(state: str, remark: str) -> dict[str, Any]:
    for name, text in (("state", state), ("remark", remark)):
        if len(text) > MOST_STATE:
            raise BadInputError(f"{text!r} has {len(text)} characters", where=name, mend=f"at most {MOST_STATE}")
    return {"state": state, **({"remark": remark} if remark else {})}
