"""Receipts and replies of the two SMS clouds, as touches. Pure. What somebody replied is never kept.

Source: help.aliyun.com (SmsReport, SmsUp), cloud.tencent.com/document/product/382 (callbacks, PullSmsReplyStatus).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.record import Record, payload_of, phone_of
from siyu.channels.signatures import sha1_hex
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

CHANNEL: Final = "sms"
#: What people answer to be left alone; the law wants it honoured at once.
_STOP: Final = re.compile(r"(?:TD|T|N|R|退订|拒收|拒收请回复R|STOP|UNSUBSCRIBE)", re.IGNORECASE)
_ANSWERS: Final = frozenset(
    {"Response", "RequestId", "Code", "Message", "BizId", "SmsSendDetailDTOs", "TotalCount", "aliyun", "tencent"}
)


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one receipt or one reply, of either cloud.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch, on purpose.
    """
    record = payload_of(payload)
    names = record.names()
    if "content" in names or "ReplyContent" in names or ("text" in names and "mobile" in names):
        return _reply(record, account, received_at_us)
    if "report_status" in names or "success" in names:
        return [_receipt(record, account, received_at_us)]
    if names and names <= _ANSWERS:
        raise Unmapped("answer")
    raise BadInputError("neither a receipt nor a reply of an SMS cloud", mend="it needs content or success")


def _reply(record: Record, account: str, received_at_us: int) -> list[Touch]:
    words = record.maybe("content") or record.maybe("ReplyContent") or record.maybe("text")
    at_us = (
        record.maybe_beijing("send_time")
        or record.maybe_seconds("ReplyTime")
        or record.maybe_seconds("time")
        or record.fail("send_time", "is missing")
    )
    phone = _phone(record)
    key = record.maybe("sequence_id") or f"{sha1_hex(phone, words)}|{at_us}"

    def told(kind: TouchKind, **said: Scalar) -> Touch:
        return _touch(kind, account, phone, key, at_us=at_us, received_at_us=received_at_us, about="", said=said)

    found = [told(TouchKind.MESSAGE_IN)]
    if _STOP.fullmatch(words.strip().strip("。.!！")):
        found.append(told(TouchKind.CONSENT_WITHDRAWN, for_channel=CHANNEL, cause="reply"))
    return found


def _receipt(record: Record, account: str, received_at_us: int) -> Touch:
    status = record.maybe("report_status")
    success = record.raw("success")
    done = status == "SUCCESS" if status else success is True or success == "true"
    at_us = (
        record.maybe_beijing("report_time")
        or record.maybe_beijing("user_receive_time")
        or record.fail("report_time", "is missing")
    )
    number = record.maybe("out_id") or record.maybe("sid") or record.text("biz_id")
    phone = _phone(record)
    code = record.maybe("err_code") or record.maybe("errmsg")
    return _touch(
        TouchKind.MESSAGE_DELIVERED if done else TouchKind.MESSAGE_FAILED,
        account,
        phone,
        f"{number}|{sha1_hex(phone)}",
        at_us=at_us,
        received_at_us=received_at_us,
        about=number,
        said={"code": code[:100]} if code else {},
    )


def _phone(record: Record) -> str:
    written = record.maybe("phone_number") or record.maybe("PhoneNumber") or record.text("mobile")
    return phone_of(written) or record.fail("phone_number", "is no Chinese mobile number")


def _touch(
    kind: TouchKind,
    account: str,
    phone: str,
    key: str,
    *,
    at_us: int,
    received_at_us: int,
    about: str,
    said: Mapping[str, Scalar],
) -> Touch:
    return touch(
        CHANNEL,
        kind,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        event_key=key,
        account=account,
        actors=(Identifier("phone", phone),),
        scene="sms",
        about=about,
        properties=said,
    )
