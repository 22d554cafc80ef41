"""What the played official account and mini program share: tokens, conversation windows, consents, pushes."""

import string
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from siyu.channels.wechat_crypto import CallbackCrypto, signature_of
from siyu.sandbox.played import Ask, Ears, Json, Tokens
from siyu.sandbox.stage import Stage

_LETTERS: Final = string.ascii_letters + string.digits
_HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000


class RefusedError(Exception):
    """The platform says no, by a code."""

    def __init__(self, code: int, said: str, **more: Any) -> None:
        self.answer = {"errcode": code, "errmsg": said, **more}
        super().__init__(said)


@dataclass(slots=True)
class Window:
    """How long, and how often, a person may be answered."""

    ends_us: int
    left: int


@dataclass
class Person:
    """One person as the app knows them."""

    openid: str
    unionid: str
    since_s: int
    follows: bool = True
    muted: bool = False
    scene: str = ""
    remark: str = ""
    tags: list[int] = field(default_factory=list)
    #: template -> how many messages they have agreed to and not got yet
    consents: Counter[str] = field(default_factory=Counter)
    windows: list[Window] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message that arrived at a person."""

    at_us: int
    openid: str
    way: str
    body: Mapping[str, Any]


class WechatApp:
    """One app on ``api.weixin.qq.com``.

    Attributes:
        plain: Send pushes unencrypted, as the account may choose.
        in_json: Write pushes as JSON in place of XML.
        arrived: What arrived at whom, oldest first.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"wx{stage.random.getrandbits(64):016x}"
        self._secret, self._token = f"{stage.random.getrandbits(128):032x}", f"t{stage.random.getrandbits(64):016x}"
        self._key = "".join(stage.random.choice(_LETTERS) for _ in range(42)) + "A"
        self._crypto = CallbackCrypto(token=self._token, encoding_aes_key=self._key, receive_ids={self.account})
        self._unionid_account = f"wxop{stage.random.getrandbits(48):012x}"
        self.plain, self.in_json = False, False
        self.ears = Ears(stage)
        self._plain_tokens, self._stable = Tokens(stage, 7200), Tokens(stage, 7200)
        self._stable_now, self._stable_ends_us = "", 0
        self.people: dict[str, Person] = {}
        self.arrived: list[Arrived] = []
        self.templates: dict[str, set[str]] = {}
        self._number = 2_000_000_000

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {
            "app_id": self.account,
            "app_secret": self._secret,
            "token": self._token,
            "encoding_aes_key": self._key,
            "unionid_account": self._unionid_account,
        }

    def acts(self) -> dict[str, Callable[..., Any]]:
        """Return what people do in every app of the family, by the name of its door."""
        return {
            "say": self.say,
            "agree": self.agree,
            "take_back": self.take_back,
            "revoke": self.revoke,
            "bind": self.bind,
            "end_tokens": self.end_tokens,
        }

    def bind(self, unionid_account: str) -> None:
        """Bind the app to another open-platform account, such as the one that WeCom is bound to."""
        self._unionid_account = unionid_account

    def send_callbacks_to(self, url: str) -> None:
        """Deliver pushes to ``url``."""
        self.ears.url = url

    def end_tokens(self) -> int:
        """End every token, as the platform does at times."""
        self._stable_now = ""
        return self._plain_tokens.end_all() + self._stable.end_all()

    def person(self, openid: str) -> Person:
        """Return a person.

        Raises:
            RefusedError: nobody has this openid.
        """
        if openid not in self.people:
            raise RefusedError(40003, "invalid openid")
        return self.people[openid]

    def number(self) -> int:
        """Return a new number for a message."""
        self._number += self.stage.random.randrange(1, 50)
        return self._number

    # ---- windows and consents ----------------------------------------------------------------------------------------

    def open_window(self, person: Person, *, minutes: int, most: int) -> None:
        """Let the person be answered so long and so often."""
        person.windows.append(Window(self.stage.now_us() + minutes * _MINUTE_US, most))

    def agree(self, openid: str, template: str, status: str = "accept") -> bool:
        """Let a person say yes or no to one message by a template."""
        person = self.person(openid)
        if status == "accept":
            person.consents[template] += 1
        row = {"TemplateId": template, "SubscribeStatusString": status, "PopupScene": "0"}
        return self.tell("subscribe_msg_popup_event", openid, nested=("SubscribeMsgPopupEvent", row))

    def take_back(self, openid: str, template: str) -> bool:
        """Let a person refuse a template in the settings."""
        self.person(openid).consents[template] = 0
        row = {"TemplateId": template, "SubscribeStatusString": "reject"}
        return self.tell("subscribe_msg_change_event", openid, nested=("SubscribeMsgChangeEvent", row))

    def revoke(self, openid: str, what: str = "1") -> bool:
        """Let a person take back the authorisation of their profile."""
        return self.tell("user_authorization_revoke", openid, OpenID=openid, AppID=self.account, RevokeInfo=what)

    def customer_message(self, body: Json) -> Json:
        """``message/custom/send``: inside a window only."""
        person = self.receiver(str(body.get("touser")))
        kind = str(body.get("msgtype"))
        if not body.get(kind):
            raise RefusedError(44004, "empty content")
        now_us = self.stage.now_us()
        live = [one for one in person.windows if one.ends_us > now_us]
        if not live:
            raise RefusedError(45015, "response out of time limit or subscription is canceled")
        open_window = max(live, key=lambda one: one.left)
        if open_window.left == 0:
            raise RefusedError(45047, "out of response count limit")
        open_window.left -= 1
        self.arrive(person, "customer_message", body)
        return {}

    def subscribe_message(self, body: Json) -> Json:
        """``message/subscribe/send`` and ``bizsend``: one consent, one message."""
        person, template = self.person(str(body.get("touser"))), str(body.get("template_id"))
        if not template:
            raise RefusedError(40037, "invalid template_id")
        wanted = self.templates.get(template)
        given = body.get("data")
        if not isinstance(given, dict) or (wanted is not None and set(given) != wanted):
            raise RefusedError(47003, "argument invalid! data")
        if person.consents[template] <= 0:
            raise RefusedError(43101, "user refuse to accept the msg")
        person.consents[template] -= 1
        number = self.number()
        self.arrive(person, "subscribe_message", body)
        row = {"TemplateId": template, "MsgID": str(number), "ErrorCode": "0", "ErrorStatus": "success"}
        self.tell("subscribe_msg_sent_event", person.openid, nested=("SubscribeMsgSentEvent", row))
        return {"msgid": number}

    def receiver(self, openid: str) -> Person:
        """Return who may get messages."""
        person = self.person(openid)
        if not person.follows:
            raise RefusedError(43004, "require subscribe")
        if person.muted:
            raise RefusedError(48002, "user block receive message")
        return person

    def arrive(self, person: Person, way: str, body: Mapping[str, Any]) -> None:
        """Keep what arrived."""
        self.arrived.append(Arrived(self.stage.now_us(), person.openid, way, dict(body)))

    # ---- pushes ------------------------------------------------------------------------------------------------------

    def say(self, openid: str, words: str) -> int:
        """Let a person write; they may be answered five times within 48 h."""
        self.open_window(self.person(openid), minutes=48 * 60, most=5)
        number = self.number()
        self._push({"MsgType": "text", "Content": words, "MsgId": str(number)}, openid)
        return number

    def tell(self, event: str, openid: str, *, nested: tuple[str, Json] | None = None, **fields: str) -> bool:
        """Push an event."""
        body: Json = {"MsgType": "event", "Event": event, **fields}
        if nested is not None:
            body |= {"List": [nested[1]]} if self.in_json else {nested[0]: {"List": nested[1]}}
        return self._push(body, openid)

    def _push(self, fields: Json, openid: str) -> bool:
        now_s = self.stage.now_s()
        body: Json = {"ToUserName": "gh_sandbox", "FromUserName": openid, "CreateTime": str(now_s), **fields}
        plain = msgspec.json.encode(body) if self.in_json else _xml(body).encode()
        nonce, timestamp = str(self.stage.random.randrange(10**9)), str(now_s)
        query = {"signature": signature_of(self._token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        headers = {"content-type": "application/json" if self.in_json else "text/xml"}
        if self.plain:
            return self.ears.tell(plain, query=query, headers=headers)
        random = self.stage.random.randbytes(16)
        sealed = self._crypto.seal(plain, receive_id=self.account, random=random, timestamp=timestamp, nonce=nonce)
        query |= {"encrypt_type": "aes", "msg_signature": sealed.signature, "openid": openid}
        envelope: Json = {"ToUserName": "gh_sandbox", "Encrypt": sealed.encrypted}
        written = msgspec.json.encode(envelope) if self.in_json else _xml(envelope).encode()
        return self.ears.tell(written, query=query, headers=headers)

    # ---- the API's door ----------------------------------------------------------------------------------------------

    def guarded(self, act: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        """Let a call in with a token that lives; answer as the platform does."""

        def run(ask: Ask) -> Json:
            token = ask.query.get("access_token", "")
            faults = self.stage.faults
            if self.stage.random.random() < faults.busy:
                return {"errcode": -1, "errmsg": "system error"}
            if self.stage.random.random() < faults.ended_tokens:
                self.end_tokens()
            if not token:
                return {"errcode": 41001, "errmsg": "access_token missing"}
            if not self._plain_tokens.good(token) and not self._stable.good(token):
                return {"errcode": 42001, "errmsg": "access_token expired"}
            try:
                return {"errcode": 0, "errmsg": "ok", **act(ask)}
            except RefusedError as refusal:
                return refusal.answer
            except (AttributeError, KeyError, TypeError, ValueError):
                return {"errcode": 47001, "errmsg": "data format error"}

        return run

    def give_token(self, ask: Ask) -> Json:
        """``/cgi-bin/token``: ends the token before."""
        if refusal := self.wrong_app(ask.query):
            return refusal
        self._plain_tokens.end_all()
        return {"access_token": self._plain_tokens.issue(), "expires_in": 7200}

    def give_stable_token(self, ask: Ask) -> Json:
        """``/cgi-bin/stable_token``: the same token until five minutes before its end, unless it is forced."""
        body = ask.json()
        if refusal := self.wrong_app(body):
            return refusal
        now_us = self.stage.now_us()
        if not self._stable_now or body.get("force_refresh") or now_us > self._stable_ends_us - _HOUR_US // 12:
            self._stable_now, self._stable_ends_us = self._stable.issue(), now_us + 2 * _HOUR_US
        return {"access_token": self._stable_now, "expires_in": (self._stable_ends_us - now_us) // 1_000_000}

    def wrong_app(self, given: Mapping[str, Any]) -> Json | None:
        """Return the refusal of a wrong app id or secret."""
        if given.get("appid") != self.account:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if given.get("secret") != self._secret:
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        return None

    def messages(self, openid: str = "") -> list[Json]:
        """Return what arrived, at one person or at all."""
        return [
            {"at_us": one.at_us, "openid": one.openid, "way": one.way, "body": one.body}
            for one in self.arrived
            if openid in {"", one.openid}
        ]


def _xml(fields: Mapping[str, Any]) -> str:
    return "<xml>" + "".join(_tag(name, value) for name, value in fields.items()) + "</xml>"


def _tag(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>" + "".join(_tag(inner, one) for inner, one in value.items()) + f"</{name}>"
    safe = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
