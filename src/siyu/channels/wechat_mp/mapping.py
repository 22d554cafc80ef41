"""The official account's words and ours. Pure; every payload of the fixtures maps, or is ignored for a reason.

Source: https://developers.weixin.qq.com/doc/service/ (messages, followers), read 2026-11-22.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from siyu.channels.record import Record, payload_of
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wechat_events import Push, follow_key, touches_of_push
from siyu.channels.wechat_names import identified, openid_identifier, union_identifier, visited
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch

CHANNEL: Final = "wechat_mp"
#: Every name that stands on top of a body of ours, and of an answer in which nobody does anything.
_REQUESTS: Final = frozenset({
    "action", "action_info", "action_name", "appid", "article_idx", "begin_openid", "businessid", "button",
    "cgi_path", "check_operator", "clientmsgid", "client_msg_id", "command", "customservice", "data", "expire_seconds",
    "filter", "from_appid", "image", "images", "industry_id1", "industry_id2", "link", "long_data", "long_url",
    "matchrule", "miniprogram", "miniprogrampage", "mpnews", "mpnewsarticle", "mpvideo", "msg_id", "msgmenu",
    "msgtype", "music", "next_openid", "news", "openid", "openid_list", "page", "remark", "rid", "scene",
    "send_ignore_reprint", "short_key", "speed", "tag", "tagid", "template_id", "template_id_short", "text", "title",
    "touser", "towxname", "url", "user_id", "user_list", "video", "voice", "wxcard", "aitext",
})  # fmt: skip
_ANSWERS: Final = frozenset({
    "access_token", "add_friend_autoreply_info", "button", "conditionalmenu", "count", "create_time", "data", "dns",
    "errcode", "errmsg", "expire_seconds", "expires_in", "ip_list", "is_add_friend_reply_open", "is_autoreply_open",
    "is_menu_open", "keyword_autoreply_info", "kf_list", "kf_online_list", "long_data",
    "menu", "menuid", "message_default_autoreply_info", "msg_data_id", "msg_id", "msg_status", "msgid", "next_openid",
    "ping", "primary_industry", "quota", "realspeed", "request", "result_list", "secondary_industry",
    "selfmenu_info", "short_key", "short_url", "speed", "tag", "tagid_list", "tags", "template_id", "template_list",
    "ticket", "total", "url",
})  # fmt: skip


def touches_from_payload(
    payload: Mapping[str, Any] | str, *, account: str, received_at_us: int, unionid_account: str = ""
) -> list[Touch]:
    """Translate one opened push, or one answer of the API.

    Args:
        account: The app id.
        unionid_account: The open-platform account whose unionids answers carry.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch, on purpose.
    """
    record = payload_of(payload)
    if "MsgType" in record:
        return touches_of_push(Push(CHANNEL, account, record, received_at_us))
    if record.maybe_integer("errcode") or 0:
        raise Unmapped("failed_answer")
    names = record.names()
    people = list(record.records("user_info_list")) if "user_info_list" in names else []
    if "subscribe" in names:
        people = [record]
    if people:
        followers = [one for one in people if one.integer("subscribe") != 0]
        if not followers:
            raise Unmapped("not_a_follower")
        return [touch for one in followers for touch in _follower(one, account, unionid_account, received_at_us)]
    if "openid" in names and names & {"refresh_token", "unionid", "scope"}:
        snapshot = {"snapshot_user": True} if record.maybe_integer("is_snapshotuser") else {}
        return [
            visited(
                CHANNEL,
                account,
                record,
                unionid_account=unionid_account,
                received_at_us=received_at_us,
                scene="web_page",
                **snapshot,
            )
        ]
    if names and names <= _REQUESTS:
        raise Unmapped("request")
    if names and names <= _ANSWERS:
        raise Unmapped("answer")
    raise BadInputError("neither a push nor an answer of an official account", mend="it needs MsgType")


def to_read(touches: Sequence[Touch]) -> list[NamesOnly]:
    """Return whom to ask the platform about: a push of a new follower has the openid only, the answer the unionid."""
    openids = {one.actors[0].value: None for one in touches if one.kind is TouchKind.FOLLOW and one.actors}
    return [NamesOnly("follower", what="followers", ids=tuple(openids))] if openids else []


def _follower(person: Record, account: str, unionid_account: str, received_at_us: int) -> Iterator[Touch]:
    openid, at_us = person.text("openid"), person.seconds("subscribe_time")
    number = person.maybe("qr_scene")
    code = person.maybe("qr_scene_str") or ("" if number == "0" else number)
    known = openid_identifier(openid, account)
    union = union_identifier(unionid, unionid_account) if (unionid := person.maybe("unionid")) else None
    yield touch(
        CHANNEL,
        TouchKind.FOLLOW,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        event_key=follow_key(openid, at_us // SECOND),
        account=account,
        actors=(union, known) if union else (known,),
        scene="qr_code" if code else "official_account",
        source_code=code,
        properties={"subscribe_scene": way} if (way := person.maybe("subscribe_scene")) else {},
    )
    if union:
        yield identified(CHANNEL, account, known, union, at_us=at_us, received_at_us=received_at_us)
