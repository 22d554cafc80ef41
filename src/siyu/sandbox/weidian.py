"""Weidian (微店), played: a token and orders to read; nothing is pushed."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.record import beijing_text
from siyu.kernel.money import major_text
from siyu.sandbox.played import Ask, Json, Tokens, door, page_of, route
from siyu.sandbox.stage import Stage


class WeidianSandbox:
    """One shop."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"{stage.random.randrange(10**8, 10**9)}"
        self._key, self._secret = f"{stage.random.randrange(10**5, 10**6)}", f"{stage.random.getrandbits(128):032x}"
        self.tokens = Tokens(stage, 7200)
        self.orders: dict[str, Json] = {}

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"app_key": self._key, "app_secret": self._secret}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the shop's API."""
        return [route(self.stage, "/token", self._give_token), route(self.stage, "/api", self._call)]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play buyers."""
        return [door(self.stage, "buy", self.buy), door(self.stage, "end_tokens", self.tokens.end_all)]

    def state(self) -> Mapping[str, Any]:
        """Return how many orders there are."""
        return {"orders": len(self.orders)}

    def send_callbacks_to(self, url: str) -> None:
        """Do nothing: Weidian's pushes are not played, because how they are signed is not known."""

    def buy(self, phone: str, fen: int) -> str:
        """A buyer orders and pays."""
        number, at = f"8{len(self.orders) + 1:014d}", self._beijing()
        yuan = major_text(fen).replace(",", "")
        self.orders[number] = {
            "order_id": number,
            "status": "pay",
            "user_phone": phone,
            "buyer_info": {"name": "沙盒用户", "phone": phone},
            "express_fee": "0.00",
            "real_income_price": yuan,
            "add_time": at,
            "update_time": at,
            "items": [{"item_name": "商品", "price": yuan, "quantity": 1, "sku_id": ""}],
        }
        return number

    def _give_token(self, ask: Ask) -> Json:
        if (ask.query.get("appkey"), ask.query.get("secret")) != (self._key, self._secret):
            return _answer({}, 10002, "appkey or secret")
        return _answer({"access_token": self.tokens.issue(), "expires_in": self.tokens.life_s})

    def _call(self, ask: Ask) -> Json:
        public, param = _json(ask.query.get("public", "")), _json(ask.query.get("param", ""))
        if not self.tokens.good(str(public.get("access_token"))):
            return _answer({}, 10013, "access_token")
        if public.get("method") == "vdian.order.get":
            found = self.orders.get(str(param.get("order_id")))
            return _answer(found) if found else _answer({}, 20001, "order")
        if public.get("method") == "vdian.order.list.get":
            start, end = str(param.get("update_start", "")), str(param.get("update_end") or "9")
            rows = [order for order in self.orders.values() if start <= order["update_time"] < end]
            shown = page_of(rows, int(param.get("page_num", 1)) - 1, min(int(param.get("page_size", 50)), 200))
            return _answer({"total_num": len(rows), "order_num": len(shown), "orders": shown})
        return _answer({}, 10001, "method")

    def _beijing(self) -> str:
        return beijing_text(self.stage.now_us())


def _json(text: str) -> Json:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _answer(result: Json, code: int = 0, reason: str = "success") -> Json:
    return {"status": {"status_code": code, "status_reason": reason}, "result": result}


def build(stage: Stage) -> WeidianSandbox:
    """Open the shop of this sandbox."""
    return WeidianSandbox(stage)
