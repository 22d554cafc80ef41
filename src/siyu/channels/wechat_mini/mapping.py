"""The mini program's words and ours. Pure; every payload of the fixtures maps, or is ignored for a reason.

Session keys and data keys never get into a touch.

Source: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/, read 2026-11-22.
"""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.record import Record, json_in, payload_of, phone_of
from siyu.channels.signatures import sha1_hex
from siyu.channels.unmapped import Unmapped
from siyu.channels.wechat_crypto import mini_program_data
from siyu.channels.wechat_events import Push, touches_of_push
from siyu.channels.wechat_names import visited
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Identifier, Touch

CHANNEL: Final = "wechat_mini"
_REQUESTS: Final = frozenset({
    "activity_id", "auto_color", "check_path", "cloud_base", "code", "data", "encrypted_msg_hash", "env_version",
    "expire_interval", "expire_time", "expire_type", "is_expire", "is_hyaline", "jump_wxa", "kidList", "lang",
    "line_color", "miniprogram", "miniprogram_state", "model_id", "mp_template_msg", "msgtype", "openid", "page",
    "path", "priTmplId", "query", "query_type", "scene", "sceneDesc", "scheme", "sn", "target_state", "template_id",
    "template_info", "text", "tid", "touser", "unionid", "url_link", "weapp_template_msg", "width",
})  # fmt: skip
_ANSWERS: Final = frozenset({
    "access_token", "activity_id", "count", "create_time", "data", "errcode", "errmsg", "expiration_time",
    "expires_in", "key_info_list", "msgid", "openlink", "priTmplId", "quota_info", "scheme_info", "url_link",
    "url_link_info", "vaild",
})  # fmt: skip
_WEB: Final = frozenset({"access_token", "refresh_token", "headimgurl", "privilege"})


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
    if "phone_info" in names:
        return [touch_of_phone(record, account=account, received_at_us=received_at_us)]
    if "openid" in names and names & _WEB:
        raise Unmapped("web_login")
    if "session_key" in names:
        if "errcode" in names and "unionid" not in names:
            raise Unmapped("session_reset")
        return [
            visited(
                CHANNEL,
                account,
                record,
                unionid_account=unionid_account,
                received_at_us=received_at_us,
                scene="mini_program",
            )
        ]
    if names and names <= _REQUESTS:
        raise Unmapped("request")
    if names and names <= _ANSWERS:
        raise Unmapped("answer")
    raise BadInputError("neither a push nor an answer of a mini program", mend="it needs MsgType")


def touch_of_phone(
    answer: Record, *, account: str, received_at_us: int, known_as: tuple[Identifier, ...] = ()
) -> Touch:
    """Translate the answer to a phone code, or what :func:`opened_data` decrypted: the person left a phone number.

    Args:
        known_as: Who pressed the button, as the session says; the answer itself does not.

    Raises:
        BadInputError: a field is missing or wrong.
        Unmapped: the number is none that can be called.
    """
    info = answer.record("phone_info") if "phone_info" in answer else answer
    number, mark = info.text("phoneNumber"), info.record("watermark")
    phone = phone_of(number) or phone_of(info.maybe("purePhoneNumber"))
    if not phone:
        raise Unmapped("no_phone")
    lead = Lead(
        channel=CHANNEL,
        account=account,
        lead_id=f"phone|{sha1_hex(phone)}|{mark.text('timestamp')}",
        left_at_us=mark.seconds("timestamp"),
        known_as=known_as,
        scene="phone_button",
        traits={"phone": phone},
    )
    return touch_of_lead(lead, received_at_us=received_at_us)


def opened_data(encrypted: str, *, session_key: str, iv: str, account: str) -> Record:
    """Decrypt what a mini program hands over (``wx.getPhoneNumber`` of old, share and group data).

    Args:
        account: The app id that the data must be marked with.

    Raises:
        BadInputError: it cannot be decrypted, is no JSON, or is marked for another app.
    """
    plain = mini_program_data(encrypted, session_key=session_key, iv=iv)
    try:
        text = plain.decode()
    except UnicodeDecodeError as error:
        raise BadInputError("the mini program's data is not UTF-8") from error
    record = Record(json_in(text, where=""))
    if record.maybe_record("watermark").maybe("appid") != account:
        raise BadInputError("the data is marked for another app", where="watermark.appid")
    return record
