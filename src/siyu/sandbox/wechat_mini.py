"""WeChat mini program (小程序), played: log-in and phone codes, subscribe messages by consent, codes to scan."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.sandbox.played import Ask, Json, door, route, shelf
from siyu.sandbox.stage import Stage
from siyu.sandbox.wechat_app import Person, RefusedError, WechatApp

_CODE_US: Final = 300_000_000
_SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
#: The smallest PNG there is, in place of a drawn code; the scene is kept beside it.
_PICTURE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class WechatMiniSandbox(WechatApp):
    """One mini program.

    Attributes:
        scenes: The scenes of the codes that were drawn.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.scenes: list[str] = []
        self._logins: dict[str, tuple[str, int]] = {}
        self._phones: dict[str, tuple[str, int]] = {}
        self._sessions: dict[str, str] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the mini program's API."""
        calls: dict[str, Callable[[Json], Json]] = {
            "/wxa/business/getuserphonenumber": self._phone,
            "/cgi-bin/message/subscribe/send": self.subscribe_message,
            "/cgi-bin/message/custom/send": self.customer_message,
            "/wxa/generate_urllink": self._url_link,
            "/cgi-bin/get_api_domain_ip": lambda _body: {"ip_list": ["127.0.0.1"]},
        }
        found: list[BaseRoute] = [route(self.stage, path, self.guarded(_by_body(act))) for path, act in calls.items()]
        found.append(route(self.stage, "/sns/jscode2session", self._session, "GET"))
        found.append(route(self.stage, "/cgi-bin/token", self.give_token, "GET"))
        found.append(route(self.stage, "/cgi-bin/stable_token", self.give_stable_token, "POST"))
        found.append(Route("/wxa/getwxacodeunlimit", self._draw, methods=["POST"]))
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people and to see what arrived."""
        acts: dict[str, Callable[..., Any]] = {
            "open": self.open,
            "press_phone": self.press_phone,
            "enter": self.enter,
            **self.acts(),
        }
        return [*(door(self.stage, name, act) for name, act in acts.items()), shelf(self.stage, self.messages)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account of what is inside."""
        return {"people": len(self.people), "codes": len(self.scenes), "arrived": len(self.arrived)}

    # ---- what people do ----------------------------------------------------------------------------------------------

    def open(self, openid: str, *, unionid: str = "") -> str:
        """Somebody opens the mini program; returns the log-in code (once, 5 min)."""
        self.people.setdefault(openid, Person(openid, unionid, self.stage.now_s()))
        return self._issue(self._logins, openid)

    def press_phone(self, openid: str, phone: str) -> str:
        """Somebody presses the phone button; returns its code (once, 5 min)."""
        self.person(openid)
        return self._issue(self._phones, phone)

    def enter(self, openid: str, session_from: str = "") -> bool:
        """Somebody opens the customer service: two messages in a minute."""
        self.open_window(self.person(openid), minutes=1, most=2)
        return self.tell("user_enter_tempsession", openid, SessionFrom=session_from)

    def sealed_data(self, openid: str, data: Mapping[str, Any]) -> tuple[str, str]:
        """Encrypt what the mini program's own code would hand over; returns (encryptedData, iv)."""
        key, vector = base64.b64decode(self._sessions[openid]), self.stage.random.randbytes(16)
        mark = {"watermark": {"timestamp": self.stage.now_s(), "appid": self.account}}
        plain = msgspec.json.encode({**data, **mark})
        pad = 16 - len(plain) % 16
        encryptor = Cipher(AES(key), CBC(vector)).encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode(), base64.b64encode(vector).decode()

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _issue(self, codes: dict[str, tuple[str, int]], what: str) -> str:
        code = f"0{self.stage.random.getrandbits(120):030x}"
        codes[code] = (what, self.stage.now_us() + _CODE_US)
        return code

    def _used(self, codes: dict[str, tuple[str, int]], code: str) -> str:
        what, ends_us = codes.pop(code, ("", 0))
        if self.stage.now_us() >= ends_us:
            raise RefusedError(40029, "invalid code")
        return what

    def _session(self, ask: Ask) -> Json:
        if refusal := self.wrong_app(ask.query):
            return refusal
        try:
            openid = self._used(self._logins, ask.query.get("js_code", ""))
        except RefusedError as refused:
            return refused.answer
        key = base64.b64encode(self.stage.random.randbytes(16)).decode()
        self._sessions[openid] = key
        unionid = self.person(openid).unionid
        return {"openid": openid, "session_key": key, **({"unionid": unionid} if unionid else {})}

    def _phone(self, body: Json) -> Json:
        number = self._used(self._phones, str(body.get("code")))
        mark = {"timestamp": self.stage.now_s(), "appid": self.account}
        info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86", "watermark": mark}
        return {"phone_info": info}

    def _url_link(self, body: Json) -> Json:
        if int(body.get("expire_interval", 30)) > 30:
            raise RefusedError(85402, "invalid expire time")
        return {"url_link": f"https://wxaurl.cn/{self.stage.random.getrandbits(64):016x}"}

    async def _draw(self, request: Request) -> Response:
        ask = Ask({}, dict(request.query_params), {}, await request.body())
        answer = await run_in_threadpool(self._drawn, ask)
        if answer["errcode"] != 0:
            return Response(msgspec.json.encode(answer), media_type="application/json")
        return Response(_PICTURE, media_type="image/png")

    def _drawn(self, ask: Ask) -> Json:
        def draw(asked: Ask) -> Json:
            body = asked.json()
            if not _SCENE.fullmatch(str(body.get("scene", ""))):
                raise RefusedError(40169, "invalid scene")
            page = str(body.get("page", ""))
            if page.startswith("/") or "?" in page:
                raise RefusedError(41030, "invalid page")
            self.scenes.append(str(body["scene"]))
            return {}

        with self.stage.lock:
            return self.guarded(draw)(ask)


def _by_body(act: Callable[[Json], Json]) -> Callable[[Ask], Json]:
    return lambda ask: act({**ask.query, **ask.json()})


def build(stage: Stage) -> WechatMiniSandbox:
    """Open the mini program of this sandbox."""
    return WechatMiniSandbox(stage)
