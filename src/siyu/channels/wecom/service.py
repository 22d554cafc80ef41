"""WeCom customer service (微信客服): read messages when a callback says that some wait, and answer within 48 h.

Source: https://developer.work.weixin.qq.com/document/path/94670 and 94677, read 2026-11-22.
"""

from collections.abc import Sequence

from siyu.channels.wecom.client import Json, WeComClient


def accounts(client: WeComClient) -> list[Json]:
    """Return the service accounts: ``open_kfid``, ``name`` and more."""
    return list(client.read("kf/account/list", {"offset": 0, "limit": 100}).get("account_list") or ())


def messages(client: WeComClient, open_kfid: str, *, token: str = "", cursor: str = "") -> tuple[Sequence[Json], str]:
    """Read everything after ``cursor``; returns the messages and the cursor to keep for the next time.

    Args:
        token: From the callback (lives ten minutes); without one the platform allows fewer calls.
    """
    found: list[Json] = []
    while True:
        body = {"open_kfid": open_kfid, "limit": 1000, **({"cursor": cursor} if cursor else {})}
        answer = client.read("kf/sync_msg", {**body, **({"token": token} if token else {})})
        found += answer.get("msg_list") or ()
        following = str(answer.get("next_cursor") or "")
        if not answer.get("has_more") or not following or following == cursor:
            return found, following or cursor
        cursor = following


def send_text(client: WeComClient, *, open_kfid: str, external_userid: str, text: str, msgid: str = "") -> str:
    """Answer a customer: five messages within 48 h of theirs; returns the msgid.

    Args:
        msgid: Our own id of the message (at most 32 characters); the platform takes it once.
    """
    body: Json = {"touser": external_userid, "open_kfid": open_kfid, "msgtype": "text", "text": {"content": text}}
    if msgid:
        body["msgid"] = msgid
    return str(client.write("kf/send_msg", body)["msgid"])


def send_on_event(client: WeComClient, code: str, text: str) -> str:
    """Welcome somebody who opens a conversation, by the event's code; returns the msgid."""
    body = {"code": code, "msgtype": "text", "text": {"content": text}}
    return str(client.write("kf/send_msg_on_event", body)["msgid"])
