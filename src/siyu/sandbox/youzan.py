"""Youzan (有赞), played: whole orders in pushes, reading that lags 30 s behind, yuan as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.record import beijing_text
from siyu.channels.signatures import md5_hex
from siyu.kernel.money import major_text
from siyu.kernel.period import SECOND
from siyu.sandbox.played import Ask, Ears, Json, Tokens, door, page_of, route
from siyu.sandbox.stage import Stage

_LAG_US = 30 * SECOND


class YouzanSandbox:
    """One shop."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"{stage.random.randrange(10**7, 10**8)}"
        self._client, self._secret = f"{stage.random.getrandbits(72):018x}", f"{stage.random.getrandbits(128):032x}"
        self.tokens, self.ears = Tokens(stage, 7 * 86_400), Ears(stage)
        self.orders: dict[str, Json] = {}
        self._readable_us: dict[str, int] = {}
        self._version = 0

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"client_id": self._client, "client_secret": self._secret}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the shop's API."""
        return [
            route(self.stage, "/auth/token", self._give_token, "POST"),
            route(self.stage, "/api/{name}/{version}", self._call, "POST"),
        ]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play buyers."""
        acts: dict[str, Callable[..., Any]] = {
            "buy": self.buy,
            "refund": self.refund,
            "end_tokens": self.tokens.end_all,
            "beat": self.beat,
        }
        return [door(self.stage, name, act) for name, act in acts.items()]

    def state(self) -> Mapping[str, Any]:
        """Return how many orders there are."""
        return {"orders": len(self.orders)}

    def send_callbacks_to(self, url: str) -> None:
        """Deliver pushes to ``url``."""
        self.ears.url = url

    def beat(self) -> bool:
        """Send the heartbeat."""
        return self.ears.tell(msgspec.json.encode({"client_id": self._client, "msg": "", "test": True, "sign": ""}))

    def buy(self, buyer_id: int, fen: int, *, openid: str = "", phone: str = "") -> str:
        """A buyer orders and pays; the push holds the whole order."""
        at, number = self._beijing(), len(self.orders) + 1
        tid = f"E{at.replace('-', '').replace(' ', '').replace(':', '')}{number:08d}"
        yuan = major_text(fen).replace(",", "")
        order = {
            "full_order_info": {
                "order_info": {
                    "tid": tid,
                    "status": "WAIT_SELLER_SEND_GOODS",
                    "created": at,
                    "pay_time": at,
                    "update_time": at,
                    "success_time": "",
                    "consign_time": "",
                    "refund_state": 0,
                    "offline_id": "null",
                },
                "pay_info": {"total_fee": yuan, "post_fee": "0.00", "payment": yuan},
                "buyer_info": {"buyer_id": buyer_id, "outer_user_id": openid, "buyer_phone": phone},
                "source_info": {"source": {"platform": "wx", "wx_entrance": "direct_buy"}},
                "orders": [
                    {
                        "oid": f"{number}",
                        "item_id": 1,
                        "sku_id": 0,
                        "title": "商品",
                        "num": 1,
                        "price": yuan,
                        "payment": yuan,
                    }
                ],
            },
            "refund_order": [],
        }
        self.orders[tid] = order
        self._readable_us[tid] = self.stage.now_us() + _LAG_US
        self._tell("trade_TradePaid", "TRADE_PAID", tid)
        return tid

    def refund(self, tid: str, fen: int) -> str:
        """Money goes back; the push of a closed order holds the refund."""
        order, at = self.orders[tid], self._beijing()
        stamp = at.replace("-", "").replace(" ", "").replace(":", "")
        refund_id = f"{stamp}{len(order['refund_order']) + 1:010d}"
        refund = {"refund_id": refund_id, "refund_type": 1, "refund_state": 60}
        order["refund_order"].append({**refund, "refund_fee": major_text(fen).replace(",", ""), "oids": []})
        order["full_order_info"]["order_info"] |= {"status": "TRADE_CLOSED", "refund_state": 12, "update_time": at}
        self._tell("trade_TradeClose", "TRADE_CLOSED", tid)
        return refund_id

    def _tell(self, kind: str, status: str, tid: str) -> bool:
        self._version += 1
        message = quote(msgspec.json.encode(self.orders[tid]).decode(), safe="")
        push = {
            "client_id": self._client,
            "id": tid,
            "kdt_id": int(self.account),
            "kdt_name": "沙盒店",
            "mode": 1,
            "msg": message,
            "sendCount": 0,
            "sign": md5_hex(self._client, message, self._secret),
            "status": status,
            "test": False,
            "type": kind,
            "version": self._version,
        }
        return self.ears.tell(msgspec.json.encode(push))

    def _give_token(self, ask: Ask) -> Json:
        body = ask.json()
        if (body.get("client_id"), body.get("client_secret")) != (self._client, self._secret):
            return {"code": 10000, "success": False, "message": "client", "data": None}
        if str(body.get("grant_id")) != self.account:
            return {"code": 10000, "success": False, "message": "grant_id", "data": None}
        ends_ms = self.stage.now_us() // 1000 + self.tokens.life_s * 1000
        data = {"access_token": self.tokens.issue(), "expires": ends_ms, "authority_id": self.account}
        return {"code": 200, "success": True, "message": "successful", "data": data}

    def _call(self, ask: Ask) -> Json:
        if not self.tokens.good(ask.query.get("access_token", "")):
            return {"code": 10003, "success": False, "message": "token", "data": None}
        body, now_us = ask.json(), self.stage.now_us()
        readable = {tid: order for tid, order in self.orders.items() if self._readable_us[tid] <= now_us}
        match ask.path["name"]:
            case "youzan.trade.get":
                order = readable.get(str(body.get("tid")))
                if order is None:
                    return {"code": 135_200_001, "success": False, "message": "订单不存在", "data": None}
                return {"code": 200, "success": True, "message": "successful", "data": order}
            case "youzan.trades.sold.get":
                start, end = str(body.get("start_update", "")), str(body.get("end_update", "9"))
                rows = [
                    order
                    for order in readable.values()
                    if start <= order["full_order_info"]["order_info"]["update_time"] < end
                ]
                shown = page_of(rows, int(body.get("page_no", 1)) - 1, int(body.get("page_size", 20)))
                data = {"full_order_info_list": shown, "total_results": len(rows)}
                return {"code": 200, "success": True, "message": "successful", "data": data}
        return {"code": 10004, "success": False, "message": "no such method", "data": None}

    def _beijing(self) -> str:
        return beijing_text(self.stage.now_us())


def build(stage: Stage) -> YouzanSandbox:
    """Open the shop of this sandbox."""
    return YouzanSandbox(stage)
