"""SMS of Aliyun and Tencent Cloud, played: signed calls, templates, limits per number, receipts, replies and refusals.

One account answers to both clouds: calls of Aliyun carry ``Action`` in the query, calls of Tencent in ``X-TC-Action``.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.record import BEIJING, beijing_text, phone_of
from siyu.channels.sms.signing import aliyun_signature, tencent_authorization
from siyu.kernel.period import moment_of
from siyu.sandbox.played import Ask, Ears, Json, door, page_of, route, shelf
from siyu.sandbox.stage import Stage

_WINDOW_S: Final = {"aliyun": 900, "tencent": 300}
_SLOT: Final = re.compile(r"\$?\{(\w+)\}")
_STOP: Final = re.compile(r"TD|T|R|N|退订|拒收", re.IGNORECASE)
_BY_DAY: Final = range(8, 22)
#: One number gets so many within so many seconds, and the codes that say so.
_PER_NUMBER: Final = (
    (1, 30, "isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded.PhoneNumberThirtySecondLimit"),
    (5, 3_600, "isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded.PhoneNumberOneHourLimit"),
    (10, 86_400, "isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded.PhoneNumberDailyLimit"),
)


class _RefusedError(Exception):
    """The cloud says no, by a code."""

    def __init__(self, code: str, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template; ``{slot}`` stands for what each message fills in."""

    text: str
    marketing: bool


@dataclass(slots=True)
class Sent:
    """One message that the cloud took."""

    at_us: int
    cloud: str
    phone: str
    text: str
    number: str
    out_id: str
    template: str
    arrived: bool


@dataclass
class SmsSandbox:
    """One account at both clouds.

    Attributes:
        templates: By their code; ``template`` adds one.
        balance: Messages that are paid for.
        refused: Numbers that answered to be left alone: a message to them does not arrive.
        fails: Numbers that cannot be reached: the receipt says so.
        at_root: The clouds' own SDKs take a host and no path: the sandbox answers them at its root as well.
    """

    at_root = True

    stage: Stage
    sign_name: str = "沙盒茶"
    balance: int = 100_000
    templates: dict[str, Template] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make up keys, and two templates: 100001 tells, 100002 advertises."""
        dice = self.stage.random
        self.account = f"sms{dice.randrange(10**6, 10**7)}"
        self._key_id, self._key_secret = f"LTAI{dice.getrandbits(80):020x}", f"{dice.getrandbits(120):030x}"
        self._app, self._callback_key = f"14{dice.randrange(10**7, 10**8)}", f"{dice.getrandbits(128):032x}"
        self._nonces: set[str] = set()
        self._replies: list[Json] = []
        self.ears = Ears(self.stage)
        self.template("100001", "您的订单{order}已发出。")
        self.template("100002", "{name}，春茶到店，凭码{code}享九折。拒收请回复R", marketing=True)

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes; ``provider`` may as well be ``tencent``."""
        return {
            "provider": "aliyun",
            "key_id": self._key_id,
            "key_secret": self._key_secret,
            "sign_name": self.sign_name,
            "sdk_app_id": self._app,
            "callback_key": self._callback_key,
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one address that both clouds have."""
        return [route(self.stage, "/", self._called, "GET", "POST")]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people and to see what arrived."""
        acts: dict[str, Callable[..., Any]] = {
            "template": self.template,
            "reply": self.reply,
            "unreachable": self.unreachable,
            "pay": self.pay,
        }
        found: list[BaseRoute] = [door(self.stage, name, act) for name, act in acts.items()]
        return [*found, shelf(self.stage, self.arrived)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        arrived = sum(one.arrived for one in self.sent)
        return {"sent": len(self.sent), "arrived": arrived, "refused": len(self.refused), "balance": self.balance}

    def send_callbacks_to(self, url: str) -> None:
        """Push receipts and replies to ``url``, with the key behind it."""
        self.ears.url = url

    # ---- what people do ----------------------------------------------------------------------------------------------

    def template(self, code: str, text: str, *, marketing: bool = False) -> str:
        """Have a template approved; an advertising one must say how to refuse."""
        if marketing and "回复" not in text:
            raise ValueError("a marketing template ends with 拒收请回复R")
        self.templates[code] = Template(text, marketing)
        return code

    def reply(self, phone: str, text: str, *, cloud: str = "aliyun") -> bool:
        """Somebody answers; TD, R or 退订 keeps later messages away. Pushed, and kept for Tencent's pull."""
        number = phone_of(phone)
        now_s, local = self.stage.now_s(), number.removeprefix("+86")
        if _STOP.fullmatch(text.strip()):
            self.refused.add(number)
        if cloud == "tencent":
            row: Json = {"CountryCode": "86", "ExtendCode": "", "PhoneNumber": number, "SignName": self.sign_name}
            row |= {"ReplyContent": text, "ReplyTime": now_s, "SubscriberNumber": local}
            self._replies.append(row)
            pushed: Json = {"extend": "", "mobile": local, "nationcode": "86", "sign": self.sign_name, "text": text}
            return self._push(pushed | {"time": now_s})
        serial = self.stage.random.randrange(10**9, 10**10)
        row = {"phone_number": local, "send_time": self._beijing(), "content": text, "sign_name": self.sign_name}
        return self._push([row | {"dest_code": "1234", "sequence_id": serial}])

    def unreachable(self, phone: str, *, yes: bool = True) -> bool:
        """Let a number be reachable no more, or again."""
        (self.fails.add if yes else self.fails.discard)(phone_of(phone))
        return yes

    def pay(self, messages: int) -> int:
        """Set how many messages are paid for."""
        self.balance = messages
        return messages

    def arrived(self, phone: str = "") -> list[Json]:
        """Return what arrived, at one number or at all, oldest first."""
        found = [one for one in self.sent if one.arrived and phone_of(phone) in {"", one.phone}]
        return [msgspec.to_builtins(one) for one in found]

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _called(self, ask: Ask) -> Json:
        action = ask.headers.get("x-tc-action")
        serial = f"{self.stage.random.getrandbits(64):016X}"
        if action is not None:
            try:
                return {"Response": {**self._tencent(action, ask), "RequestId": serial}}
            except _RefusedError as refusal:
                return {"Response": {"Error": {"Code": refusal.code, "Message": refusal.said}, "RequestId": serial}}
        try:
            return {"Code": "OK", "Message": "OK", "RequestId": serial, **self._aliyun({**ask.query, **ask.form()})}
        except _RefusedError as refusal:
            return {"Code": refusal.code, "Message": refusal.said, "RequestId": serial}

    def _aliyun(self, query: Mapping[str, str]) -> Json:
        signed = {name: value for name, value in query.items() if name != "Signature"}
        if query.get("AccessKeyId") != self._key_id:
            raise _RefusedError("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        given = query.get("Signature", "")
        wanted = {aliyun_signature(signed, secret=self._key_secret, method=way) for way in ("POST", "GET")}
        if not any(hmac.compare_digest(one, given) for one in wanted):
            raise _RefusedError("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        try:
            at_s = datetime.strptime(query.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError as error:
            raise _RefusedError("InvalidTimeStamp.Format", "Specified time stamp is not well formatted.") from error
        if abs(at_s - self.stage.now_s()) > _WINDOW_S["aliyun"]:
            raise _RefusedError("InvalidTimeStamp.Expired", "Specified time stamp is expired.")
        nonce = query.get("SignatureNonce", "")
        if nonce in self._nonces:
            raise _RefusedError("SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(nonce)
        self._stays_up("Throttling.User")
        match query.get("Action"):
            case "SendSms":
                return {"BizId": self._aliyun_sends(query)}
            case "QuerySendDetails":
                return self._details(query)
            case "QuerySmsSignList":
                return {"SmsSignList": [{"SignName": self.sign_name, "AuditStatus": "AUDIT_STATE_PASS"}]}
            case _:
                raise _RefusedError("InvalidAction.NotFound", "The action is not played by the sandbox.")

    def _aliyun_sends(self, query: Mapping[str, str]) -> str:
        number = phone_of(query.get("PhoneNumbers", ""))
        if not number:
            raise _RefusedError("isv.MOBILE_NUMBER_ILLEGAL", "the number is not a mobile number")
        if query.get("SignName") != self.sign_name:
            raise _RefusedError("isv.SMS_SIGNATURE_ILLEGAL", "no such signature")
        template = self.templates.get(query.get("TemplateCode", ""))
        if template is None:
            raise _RefusedError("isv.SMS_TEMPLATE_ILLEGAL", "no such template")
        values = _object(query.get("TemplateParam", ""))
        if missing := [name for name in _SLOT.findall(template.text) if name not in values]:
            raise _RefusedError("isv.TEMPLATE_MISSING_PARAMETERS", f"{missing[0]} is missing")
        if self.balance < 1:
            raise _RefusedError("isv.AMOUNT_NOT_ENOUGH", "the account is empty")
        self._within_limits(number, "aliyun")
        text = _SLOT.sub(lambda slot: str(values[slot[1]]), template.text)
        return self._takes("aliyun", number, text, query.get("TemplateCode", ""), query.get("OutId", "")).number

    def _details(self, query: Mapping[str, str]) -> Json:
        number, day = phone_of(query.get("PhoneNumber", "")), query.get("SendDate", "")
        rows = [
            {
                "PhoneNum": one.phone.removeprefix("+86"),
                "SendStatus": 3 if one.arrived else 2,
                "OutId": one.out_id,
                "Content": one.text,
                "TemplateCode": one.template,
                "SendDate": self._beijing(one.at_us),
                "ErrCode": "DELIVERED" if one.arrived else "MK:0001",
            }
            for one in self.sent
            if one.phone == number and self._beijing(one.at_us)[:10].replace("-", "") == day
        ]
        shown = page_of(rows, int(query.get("CurrentPage", "1")) - 1, int(query.get("PageSize", "10")))
        return {"TotalCount": len(rows), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}

    def _tencent(self, action: str, ask: Ask) -> Json:
        given, at = ask.headers.get("authorization", ""), ask.headers.get("x-tc-timestamp", "")
        if not at.isdigit() or abs(int(at) - self.stage.now_s()) > _WINDOW_S["tencent"]:
            raise _RefusedError("AuthFailure.SignatureExpire", "the signature is too old")
        wanted = tencent_authorization(
            ask.body,
            secret_id=self._key_id,
            secret_key=self._key_secret,
            host=ask.headers.get("host", ""),
            service="sms",
            at_s=int(at),
            content_type=ask.headers.get("content-type", ""),
        )
        if not hmac.compare_digest(wanted, given):
            raise _RefusedError("AuthFailure.SignatureFailure", "the signature is wrong")
        self._stays_up("RequestLimitExceeded")
        body = ask.json()
        if body.get("SmsSdkAppId") != self._app:
            raise _RefusedError("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "no such application")
        match action:
            case "SendSms":
                return {"SendStatusSet": [self._tencent_sends(str(one), body) for one in body["PhoneNumberSet"]]}
            case "PullSmsReplyStatus":
                most = max(0, min(int(body.get("Limit", 0)), 100))
                given_now, self._replies = self._replies[:most], self._replies[most:]
                return {"PullSmsReplyStatusSet": given_now}
            case "SendStatusStatistics":
                return {"SendStatusStatistics": {"FeeCount": len(self.sent), "RequestCount": len(self.sent)}}
            case _:
                raise _RefusedError("InvalidAction", "the action is not played by the sandbox")

    def _tencent_sends(self, phone: str, body: Json) -> Json:
        status: Json = {"PhoneNumber": phone, "SessionContext": body.get("SessionContext", ""), "IsoCode": "CN"}
        try:
            sent = self._tencent_sent(phone, body)
        except _RefusedError as refusal:
            return {**status, "SerialNo": "", "Fee": 0, "Code": refusal.code, "Message": refusal.said}
        return {**status, "SerialNo": sent.number, "Fee": 1, "Code": "Ok", "Message": "send success"}

    def _tencent_sent(self, phone: str, body: Json) -> Sent:
        number, code = phone_of(phone), str(body.get("TemplateId", ""))
        template = self.templates.get(code)
        if not number:
            raise _RefusedError("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number")
        if body.get("SignName") != self.sign_name:
            raise _RefusedError("FailedOperation.SignatureIncorrectOrUnapproved", "no such signature")
        if template is None:
            raise _RefusedError("FailedOperation.TemplateIncorrectOrUnapproved", "no such template")
        slots, values = _SLOT.findall(template.text), [str(one) for one in body.get("TemplateParamSet") or ()]
        if len(slots) != len(values):
            raise _RefusedError("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "slots and values differ")
        if template.marketing and moment_of(self.stage.now_us()).astimezone(BEIJING).hour not in _BY_DAY:
            raise _RefusedError("FailedOperation.MarketingSendTimeConstraint", "only from 08:00 to 22:00")
        if number in self.refused:
            raise _RefusedError("FailedOperation.PhoneNumberInBlacklist", "the person refused")
        if self.balance < 1:
            raise _RefusedError("FailedOperation.InsufficientBalanceInSmsPackage", "the package is empty")
        self._within_limits(number, "tencent")
        filled = dict(zip(slots, values, strict=True))
        text = _SLOT.sub(lambda slot: filled[slot[1]], template.text)
        return self._takes("tencent", number, text, code, str(body.get("SessionContext", "")))

    def _stays_up(self, code: str) -> None:
        if self.stage.random.random() < self.stage.faults.busy:
            raise _RefusedError(code, "too many requests")

    def _within_limits(self, number: str, cloud: str) -> None:
        times = [one.at_us for one in self.sent if one.phone == number]
        for most, seconds, aliyun, tencent in _PER_NUMBER:
            if sum(at_us > self.stage.now_us() - seconds * 1_000_000 for at_us in times) >= most:
                raise _RefusedError(aliyun if cloud == "aliyun" else tencent, f"{most} in {seconds} s for one number")

    def _takes(self, cloud: str, phone: str, text: str, template: str, out_id: str) -> Sent:
        self.balance -= 1
        number = f"{self.stage.random.randrange(10**17, 10**18)}"
        arrives = phone not in self.refused and phone not in self.fails
        sent = Sent(self.stage.now_us(), cloud, phone, text, number, out_id, template, arrives)
        self.sent.append(sent)
        local, at, code = phone.removeprefix("+86"), self._beijing(), "DELIVERED" if arrives else "MK:0001"
        if cloud == "aliyun":
            row = {"phone_number": local, "send_time": at, "report_time": at, "success": arrives, "err_code": code}
            self._push([row | {"err_msg": code, "sms_size": "1", "biz_id": number, "out_id": out_id}])
        else:
            row = {"user_receive_time": at, "nationcode": "86", "mobile": local, "sid": number, "ext": out_id}
            status = "SUCCESS" if arrives else "FAIL"
            self._push([row | {"report_status": status, "errmsg": code, "description": code}])
        return sent

    def _push(self, body: Json | list[Json]) -> bool:
        return self.ears.tell(msgspec.json.encode(body), query={"key": self._callback_key})

    def _beijing(self, at_us: int | None = None) -> str:
        return beijing_text(self.stage.now_us() if at_us is None else at_us)


def _object(text: str) -> Json:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _RefusedError("isv.INVALID_JSON_PARAM", "the parameters are no JSON object")
    return found


def build(stage: Stage) -> SmsSandbox:
    """Open the account of this sandbox."""
    return SmsSandbox(stage)
