"""Xiaohongshu (小红书), played: tokens, conversions that are signed, what an account cost."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute

from siyu.channels.xiaohongshu.signing import sign
from siyu.sandbox.played import Ask, Json, Tokens, door, route, shelf
from siyu.sandbox.stage import Stage


class XiaohongshuSandbox:
    """One advertiser."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"{stage.random.randrange(10**6, 10**7)}"
        self._app, self._secret = f"{stage.random.randrange(10**3, 10**4)}", f"{stage.random.getrandbits(128):032x}"
        self._refresh = f"rt{stage.random.getrandbits(64):016x}"
        self.tokens = Tokens(stage, 86_400)
        self.clicks: set[str] = set()
        self.conversions: list[Json] = []
        self._fee = 0.0

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"app_id": self._app, "secret": self._secret, "refresh_token": self._refresh}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the ad platform's API."""
        return [
            route(self.stage, "/api/open/oauth2/refresh_token", self._renew, "POST"),
            route(self.stage, "/api/open/common", self._convert, "POST"),
            route(self.stage, "/api/open/jg/data/report/realtime/account", self._report, "POST"),
        ]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people."""
        acts: dict[str, Callable[..., Any]] = {
            "click": self.click,
            "spend": self.spend,
            "end_tokens": self.tokens.end_all,
        }
        found = [door(self.stage, name, act) for name, act in acts.items()]
        return [*found, shelf(self.stage, lambda: self.conversions)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"clicks": len(self.clicks), "conversions": len(self.conversions)}

    def send_callbacks_to(self, url: str) -> None:
        """Do nothing: the ad platform calls nobody."""

    def click(self) -> str:
        """Somebody clicks an advertisement and lands on the brand's page with this click id."""
        click_id = f"cid.{self.stage.random.getrandbits(80):020x}"
        self.clicks.add(click_id)
        return click_id

    def spend(self, yuan: float) -> float:
        """Advertisements cost money."""
        self._fee += yuan
        return self._fee

    def _renew(self, ask: Ask) -> Json:
        body = ask.json()
        given = (str(body.get("app_id")), body.get("secret"), body.get("refresh_token"))
        if given != (self._app, self._secret, self._refresh):
            return _no(40101, "app")
        data = {"access_token": self.tokens.issue(), "access_token_expires_in": self.tokens.life_s}
        self._refresh = f"rt{self.stage.random.getrandbits(64):016x}"  # the one before is over
        return _yes({**data, "refresh_token": self._refresh})

    def _convert(self, ask: Ask) -> Json:
        body = ask.json()
        if not self.tokens.good(str(body.get("access_token"))):
            return _no(40102, "access_token")
        wanted = sign(self.account, int(body.get("timestamp") or 0))
        if not hmac.compare_digest(wanted, str(body.get("sign"))):
            return _no(40103, "sign")
        if body.get("click_id") not in self.clicks:
            return _no(40104, "click_id")
        self.conversions.append(body)
        return _yes({})

    def _report(self, ask: Ask) -> Json:
        if not self.tokens.good(ask.headers.get("access-token", "")):
            return _no(40102, "access_token")
        count = len(self.conversions)
        return _yes({"fee": round(self._fee, 2), "impression": 0, "click": len(self.clicks), "leads": count})


def _yes(data: Json) -> Json:
    return {"success": True, "code": 0, "message": "OK", "data": data}


def _no(code: int, words: str) -> Json:
    return {"success": False, "errorCode": code, "errorMsg": words}


def build(stage: Stage) -> XiaohongshuSandbox:
    """Open the advertiser of this sandbox."""
    return XiaohongshuSandbox(stage)
