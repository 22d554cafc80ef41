"""The played corp: its door (tokens, limits, faults), its callbacks, and its parts."""

import base64
import string
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.channels.wechat_crypto import CallbackCrypto
from siyu.sandbox.courier import Parcel
from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.figures import Figures
from siyu.sandbox.wecom.group_welcome import GroupWelcomes
from siyu.sandbox.wecom.groups import Groups
from siyu.sandbox.wecom.mass_send import Arrival, Habit, MassSend
from siyu.sandbox.wecom.media import Media
from siyu.sandbox.wecom.outreach import HandOvers, Links, Moments
from siyu.sandbox.wecom.refusal import Json, Refused
from siyu.sandbox.wecom.service import Service
from siyu.sandbox.wecom.tags import ContactWays, Tags

_LETTERS: Final = string.ascii_letters + string.digits
_MINUTE_US: Final = 60_000_000


class Corp:
    """One corp of WeCom.

    Attributes:
        account: The corp id.
        per_minute: How many calls one API takes a minute before it answers 45009 for a minute.
        trusts_this_machine: False makes every call answer 60020.
        events: Everything that was to be called back, newest last: (event, change, fields).
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.account = f"ww{stage.random.getrandbits(64):016x}"
        self._secrets = {
            "corp_id": self.account,
            "secret": self._word(43),
            "callback_token": self._word(24),
            "encoding_aes_key": base64.b64encode(stage.random.randbytes(32)).decode().rstrip("="),
            "unionid_account": f"wxop{stage.random.getrandbits(48):012x}",
        }
        self.be(self.account)
        self.callback_url = ""
        self.token_life_s = 7200
        self.per_minute = 10_000
        self.trusts_this_machine = True
        self.calls_made: Counter[str] = Counter()
        self.events: deque[tuple[str, str, Json]] = deque(maxlen=100_000)
        self._tokens: dict[str, int] = {}
        self._current = ""
        self._failures: dict[str, deque[int]] = {}
        self._buckets: dict[str, tuple[int, int]] = {}
        self._blocked: dict[str, int] = {}
        self.customers = Customers(stage, self.emit)
        self.mass_send = MassSend(stage, self.customers)
        self.tags = Tags(stage, self.customers, self.emit)
        self.contact_ways = ContactWays(stage, self.customers)
        self.groups = Groups(stage, self.customers, self.emit)
        self.mass_send.owner_of = self.groups.owner_of
        self.moments = Moments(stage, self.customers)
        self.links = Links(stage, self.customers, self.emit)
        self.hand_overs = HandOvers(stage, self.customers, self.emit)
        self.service = Service(stage, self.mass_send.arrivals, self.emit)
        self.figures = Figures(stage, self.customers, self.groups)
        self.group_welcomes = GroupWelcomes(stage)
        self.media = Media(stage)
        self._uploads = self.media.uploads()
        self._calls: dict[str, Callable[[Json], Json]] = {
            "get_api_domain_ip": lambda _body: {"ip_list": ["127.0.0.1"]},
            "getcallbackip": lambda _body: {"ip_list": ["127.0.0.1"]},
            **self.customers.calls(),
            **self.mass_send.calls(),
            **self.tags.calls(),
            **self.contact_ways.calls(),
            **self.groups.calls(),
            **self.moments.calls(),
            **self.links.calls(),
            **self.hand_overs.calls(),
            **self.service.calls(),
            **self.figures.calls(),
            **self.group_welcomes.calls(),
        }

    # ---- for Python: load, act, look ---------------------------------------------------------------------------------

    def be(self, account: str) -> None:
        """Take this corp id."""
        self.account = self._secrets["corp_id"] = account
        self._crypto = CallbackCrypto(
            token=self._secrets["callback_token"],
            encoding_aes_key=self._secrets["encoding_aes_key"],
            receive_ids=(account,),
        )

    def load_customers(self, rows: Sequence[tuple[str, str, str]], *, since_s: int | None = None) -> int:
        """Put in standing customers as (external_userid, staff, unionid), thousands in one call; fires nothing."""
        with self.stage.lock:
            return self.customers.load(rows, since_s=since_s)

    def set_habit(self, *, share: float, delay_s: tuple[float, float] = (0.0, 0.0)) -> None:
        """Say how staff behave from now on: which share of tasks they confirm, and how long they take."""
        with self.stage.lock:
            self.mass_send.habit = Habit(share, delay_s)

    def confirm(self, msgid: str = "", staff: str = "") -> int:
        """Let staff confirm what waits; returns how many messages went out."""
        with self.stage.lock:
            return self.mass_send.confirm(msgid, staff)

    def arrivals(self, recipient: str = "") -> list[Arrival]:
        """Return what arrived, at one recipient or at all, oldest first."""
        with self.stage.lock:
            self.mass_send.ripen()
            return [one for one in self.mass_send.arrivals if recipient in {"", one.recipient}]

    def fail_next(self, call: str, code: int, *, times: int = 1) -> None:
        """Let the next calls of one API answer ``code`` and do nothing."""
        with self.stage.lock:
            self._failures.setdefault(call, deque()).extend([code] * times)

    def end_tokens(self) -> None:
        """End every token now, as if its time were up."""
        with self.stage.lock:
            self._tokens = dict.fromkeys(self._tokens, 0)

    # ---- Platform ----------------------------------------------------------------------------------------------------

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes to connect."""
        return self._secrets

    def send_callbacks_to(self, url: str) -> None:
        """Deliver callbacks to ``url`` from now on."""
        self.callback_url = url

    def routes(self) -> Sequence[BaseRoute]:
        """Return the API."""
        return [Route("/cgi-bin/{call:path}", self._answer, methods=["GET", "POST"])]

    def state(self) -> Mapping[str, Any]:
        """Return a short account of the corp."""
        with self.stage.lock:
            self.mass_send.ripen()
            tasks = self.mass_send.tasks.values()
            return {
                "account": self.account,
                "now_us": self.stage.now_us(),
                "staff": len(self.customers.staff),
                "customers": len(self.customers.people),
                "tasks": len(tasks),
                "waiting": sum(not part.sent_s for task in tasks if not task.cancelled for part in task.parts.values()),
                "groups": len(self.groups.chats),
                "arrived": len(self.mass_send.arrivals),
                "events": len(self.events),
                "calls": dict(self.calls_made),
                "callbacks_to": self.callback_url,
                "callbacks": dict(self.stage.courier.counts),
            }

    # ---- callbacks ---------------------------------------------------------------------------------------------------

    def emit(self, event: str, change: str, **fields: str | list[str]) -> None:
        """Fire an event: encrypted, signed, handed to the courier."""
        self.events.append((event, change, dict(fields)))
        if isinstance(staff := fields.get("UserID"), str):
            self.figures.note(change, staff)
        if self.callback_url:
            parcel = self.callback(event, change, **fields)
            self.stage.courier.hand_in(parcel)

    def callback(self, event: str, change: str = "", **fields: str | list[str]) -> Parcel:
        """Write one callback as WeCom sends it."""
        now_s = self.stage.now_s()
        known: dict[str, str | list[str]] = {
            "ToUserName": self.account,
            "FromUserName": "sys",
            "CreateTime": str(now_s),
            "MsgType": "event",
            "Event": event,
            "ChangeType": change,
            **fields,
        }
        plain = "<xml>" + "".join(_tag(name, value) for name, value in known.items() if value) + "</xml>"
        dice = self.stage.random
        sealed = self._crypto.seal(
            plain.encode(),
            receive_id=self.account,
            random=dice.randbytes(16),
            timestamp=str(now_s),
            nonce=str(dice.randrange(10**9, 10**10)),
        )
        body = (
            f"<xml><ToUserName><![CDATA[{self.account}]]></ToUserName><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt>"
            "<AgentID><![CDATA[]]></AgentID></xml>"
        )
        query = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
        return Parcel("wecom", self.callback_url, body.encode(), query, {"content-type": "text/xml"})

    # ---- the API's door ----------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        call = request.path_params["call"]
        raw = await request.body()
        with self.stage.lock:
            try:
                kind = request.headers.get("content-type", "")
                answer = {"errcode": 0, "errmsg": "ok", **self._called(call, dict(request.query_params), raw, kind)}
            except Refused as refusal:
                answer = {"errcode": refusal.code, "errmsg": refusal.said}
        return Response(msgspec.json.encode(answer), media_type="application/json; charset=UTF-8")

    def _called(self, call: str, query: Json, raw: bytes, content_type: str = "") -> Json:
        self.calls_made[call] += 1
        if call == "gettoken":
            return self._gettoken(query)
        self._check_token(str(query.pop("access_token", "")))
        if not self.trusts_this_machine:
            raise Refused(60020, "not allow to access from your ip")
        handler, taking = self._calls.get(call), self._uploads.get(call)
        if handler is None and taking is None:
            raise Refused(48002, f"{call} is not played by the sandbox")
        self._check_bucket(call)
        if self._failures.get(call):
            raise Refused(self._failures[call].popleft(), "on request")
        if self.stage.random.random() < self.stage.faults.busy:
            raise Refused(-1, "system busy")
        if taking is not None:
            return taking(query, content_type, raw)
        try:
            body = msgspec.json.decode(raw) if raw else {}
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(47001, "data format error") from error
        if not isinstance(body, dict):
            raise Refused(47001, "data format error")
        self.mass_send.ripen()
        self.hand_overs.ripen()
        return handler({**query, **body}) if handler else {}

    def _gettoken(self, query: Json) -> Json:
        if query.get("corpid") != self.account:
            raise Refused(40013, "invalid corpid")
        if query.get("corpsecret") != self._secrets["secret"]:
            raise Refused(40001, "invalid credential")
        now_s = self.stage.now_s()
        if self._tokens.get(self._current, 0) <= now_s:
            self._current = self._word(64)
            self._tokens[self._current] = now_s + self.token_life_s
        return {"access_token": self._current, "expires_in": self._tokens[self._current] - now_s}

    def _check_token(self, token: str) -> None:
        if not token:
            raise Refused(41001, "access_token missing")
        ends_s = self._tokens.get(token)
        if ends_s is None:
            raise Refused(40014, "invalid access_token")
        if self.stage.random.random() < self.stage.faults.ended_tokens:
            ends_s = self._tokens[token] = 0
        if ends_s <= self.stage.now_s():
            raise Refused(42001, "access_token expired")

    def _check_bucket(self, call: str) -> None:
        now_us = self.stage.now_us()
        if now_us < self._blocked.get(call, 0):
            raise Refused(45009, "api freq out of limit")
        minute = now_us // _MINUTE_US
        since, count = self._buckets.get(call, (minute, 0))
        count = count + 1 if since == minute else 1
        self._buckets[call] = (minute, count)
        if count > self.per_minute:
            self._blocked[call] = now_us + _MINUTE_US
            raise Refused(45009, "api freq out of limit")

    def _word(self, length: int) -> str:
        return "".join(self.stage.random.choices(_LETTERS, k=length))


def _tag(name: str, value: str | list[str]) -> str:
    if isinstance(value, list):
        return f"<{name}>" + "".join(_tag("Item", one) for one in value) + f"</{name}>"
    if value.isdigit():
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
