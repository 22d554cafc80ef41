"""Doudian (抖店), played: signed requests, tokens, orders, after-sales, and pushes with their signature."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.doudian.signing import sign
from siyu.channels.record import BEIJING
from siyu.channels.signatures import md5_hex
from siyu.sandbox.played import Ask, Ears, Json, Tokens, door, page_of, route
from siyu.sandbox.stage import Stage

_WINDOW_S = 600


class DoudianSandbox:
    """One shop."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"{stage.random.randrange(10**6, 10**7)}"
        self._key = f"{stage.random.randrange(10**18, 10**19)}"
        self._secret = f"{stage.random.getrandbits(128):032x}"
        self.tokens, self.ears = Tokens(stage, 7 * 86_400), Ears(stage)
        self.orders: dict[str, Json] = {}
        self.after_sales: dict[str, Json] = {}
        self._refresh = f"rt{stage.random.getrandbits(64):016x}"
        self._next = 4_700_000_000_000_000_000 + stage.random.randrange(10**9)

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"app_key": self._key, "app_secret": self._secret}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the shop's API."""
        return [route(self.stage, "/{group}/{name}", self._call, "POST")]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play buyers."""
        acts: dict[str, Callable[..., Any]] = {
            "buy": self.buy,
            "refund": self.refund,
            "cancel": self.cancel,
            "end_tokens": self.tokens.end_all,
        }
        return [door(self.stage, name, act) for name, act in acts.items()]

    def state(self) -> Mapping[str, Any]:
        """Return how many orders and after-sales there are."""
        return {"orders": len(self.orders), "after_sales": len(self.after_sales)}

    def send_callbacks_to(self, url: str) -> None:
        """Deliver pushes to ``url``."""
        self.ears.url = url

    def buy(self, buyer: str, fen: int, *, author: str = "", video: str = "", title: str = "商品") -> str:
        """A buyer orders and pays; the shop is told twice: ordered, paid."""
        now_s, order_id = self.stage.now_s(), self._number()
        self.orders[order_id] = {
            "order_id": order_id,
            "shop_id": int(self.account),
            "order_status": 2,
            "create_time": now_s,
            "pay_time": now_s,
            "update_time": now_s,
            "order_amount": fen,
            "pay_amount": fen,
            "post_amount": 0,
            "doudian_open_id": buyer,
            "encrypt_post_tel": f"##{md5_hex(buyer)}##",
            "sku_order_list": [
                {
                    "order_id": self._number(),
                    "product_id": 3_473_196_049_974_326_153,
                    "sku_id": 3_254_535,
                    "item_num": 1,
                    "origin_amount": fen,
                    "pay_amount": fen,
                    "product_name": title,
                    "author_id": author or "0",
                    "video_id": video,
                    "room_id": "0",
                }
            ],
        }
        self._tell(100, {"p_id": int(order_id), "s_ids": [int(order_id)], "order_status": 1, "create_time": now_s})
        paid = {
            "p_id": int(order_id),
            "s_ids": [int(order_id)],
            "order_status": 2,
            "pay_time": now_s,
            "pay_amount": fen,
        }
        self._tell(110, paid)
        return order_id

    def refund(self, order_id: str, fen: int) -> str:
        """The buyer asks for money back and gets it."""
        now_s, sale = self.stage.now_s(), self._number()
        self.after_sales[sale] = {
            "aftersale_info": {"aftersale_id": sale, "apply_time": now_s, "update_time": now_s, "refund_amount": fen},
            "order_info": {"shop_order_id": order_id},
        }
        data = {"p_id": int(order_id), "s_id": int(order_id), "aftersale_id": sale, "reason_code": 15}
        self._tell(200, {**data, "apply_time": now_s, "refund_amount": fen})
        self._tell(206, {**data, "success_time": now_s, "refund_amount": fen})
        return sale

    def cancel(self, order_id: str) -> bool:
        """The order is cancelled."""
        now_s = self.stage.now_s()
        self.orders[order_id] |= {"order_status": 4, "update_time": now_s}
        return self._tell(106, {"p_id": int(order_id), "cancel_time": now_s, "cancel_reason": "不想要"})

    def _tell(self, tag: int, data: Json) -> bool:
        message = {
            "tag": str(tag),
            "msg_id": self._number(),
            "data": json.dumps({"shop_id": int(self.account), **data}),
        }
        body = msgspec.json.encode([message])
        return self.ears.tell(body, headers={"app-id": self._key, "event-sign": md5_hex(self._key, body, self._secret)})

    def _call(self, ask: Ask) -> Json:
        method = f"{ask.path['group']}.{ask.path['name']}"
        wrong = self._wrong(ask, method)
        if wrong:
            return wrong
        body = ask.json()
        match method:
            case "token.create" | "token.refresh":
                return self._token(method, body)
            case "order.searchList":
                changed = [
                    order
                    for order in self.orders.values()
                    if body.get("update_time_start", 0) <= order["update_time"] < body.get("update_time_end", 2**62)
                ]
                page, size = int(body.get("page", 0)), int(body.get("size", 10))
                if size > 100:
                    return _no(40004, "isv.parameter-invalid", "size is at most 100")
                rows = page_of(changed, page, size)
                return _yes({"page": page, "size": size, "total": len(changed), "shop_order_list": rows})
            case "order.orderDetail":
                order = self.orders.get(str(body.get("shop_order_id")))
                if order is None:
                    return _no(50002, "isv.business-failed:4", "订单不存在")
                return _yes({"shop_order_detail": order})
            case "afterSale.List":
                items = list(self.after_sales.values())
                rows = page_of(items, int(body.get("page", 0)), int(body.get("size", 10)))
                return _yes({"items": rows, "total": len(items)})
        return _no(40001, "isv.method-missing", "no such method")

    def _token(self, method: str, body: Json) -> Json:
        if method == "token.create" and str(body.get("shop_id") or "") not in {self.account, ""}:
            return _no(50002, "isv.business-failed:31009", "shop")
        if method == "token.refresh" and body.get("refresh_token") != self._refresh:
            return _no(50001, "dop.token-generate-failed:token-invalid", "refresh token")
        token = self.tokens.issue()
        data = {"access_token": token, "expires_in": self.tokens.life_s, "refresh_token": self._refresh}
        return _yes({**data, "scope": "SCOPE", "shop_id": int(self.account), "shop_name": "沙盒店"})

    def _wrong(self, ask: Ask, method: str) -> Json | None:
        query = ask.query
        if query.get("app_key") != self._key:
            return _no(40003, "isv.app-id-invalid", "app_key")
        body, timestamp = ask.body.decode("utf-8", "replace"), query.get("timestamp", "")
        wanted = sign(self._secret, self._key, method, body, timestamp)
        if query.get("sign_method") == "md5":
            plain = f"app_key{self._key}method{method}param_json{body}timestamp{timestamp}v2"
            wanted = md5_hex(f"{self._secret}{plain}{self._secret}")
        if query.get("method") != method or not hmac.compare_digest(wanted, query.get("sign", "")):
            return _no(40003, "isv.signature-invalid", "签名校验失败")
        if abs(_unix(timestamp) - self.stage.now_s()) > _WINDOW_S:
            return _no(40003, "isv.timestamp-invalid", "timestamp")
        if not method.startswith("token.") and not self.tokens.good(query.get("access_token", "")):
            return _no(40003, "isv.access-token-expired", "access_token已过期")
        return None

    def _number(self) -> str:
        self._next += self.stage.random.randrange(1, 1000)
        return str(self._next)


def _unix(timestamp: str) -> int:
    if timestamp.isdigit():
        return int(timestamp)
    try:
        return int(datetime.fromisoformat(timestamp).replace(tzinfo=BEIJING).timestamp())
    except ValueError:
        return 0


def _yes(data: Json) -> Json:
    return {
        "code": 10000,
        "msg": "success",
        "err_no": 0,
        "message": "success",
        "sub_code": "",
        "sub_msg": "",
        "data": data,
    }


def _no(code: int, sub_code: str, message: str) -> Json:
    return {"code": code, "msg": message, "err_no": code, "message": message, "sub_code": sub_code, "sub_msg": message}


def build(stage: Stage) -> DoudianSandbox:
    """Open the shop of this sandbox."""
    return DoudianSandbox(stage)
