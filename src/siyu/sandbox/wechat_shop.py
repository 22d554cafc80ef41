"""Weixin shop (微信小店), played: tokens, orders with buyer and sharer, after-sales, encrypted pushes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.wechat_crypto import CallbackCrypto
from siyu.sandbox.played import Ask, Ears, Json, Tokens, door, route
from siyu.sandbox.stage import Stage

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class WechatShopSandbox:
    """One shop."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"wx{stage.random.getrandbits(64):016x}"
        self._secret, self._token = f"{stage.random.getrandbits(128):032x}", f"t{stage.random.getrandbits(64):016x}"
        self._key = "".join(stage.random.choice(_LETTERS) for _ in range(42)) + "A"
        self._crypto = CallbackCrypto(token=self._token, encoding_aes_key=self._key, receive_ids={self.account})
        self.tokens, self.ears = Tokens(stage, 7200), Ears(stage)
        self.orders: dict[str, Json] = {}
        self.after_sales: dict[str, Json] = {}
        self._next = 3_700_000_000_000_000_000

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {
            "app_id": self.account,
            "app_secret": self._secret,
            "token": self._token,
            "encoding_aes_key": self._key,
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return the shop's API."""
        calls: dict[str, Callable[[Ask], Json]] = {
            "/channels/ec/order/list/get": lambda ask: _ids(self.orders, "order_id_list", ask),
            "/channels/ec/order/get": lambda ask: _one(self.orders, "order", str(ask.json().get("order_id"))),
            "/channels/ec/aftersale/getaftersalelist": lambda ask: _ids(
                self.after_sales, "after_sale_order_id_list", ask
            ),
            "/channels/ec/aftersale/getaftersaleorder": lambda ask: _one(
                self.after_sales, "after_sale_order", str(ask.json().get("after_sale_order_id"))
            ),
        }
        found: list[BaseRoute] = [route(self.stage, path, self._guarded(act), "POST") for path, act in calls.items()]
        found.append(route(self.stage, "/cgi-bin/stable_token", self._give_token, "POST"))
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play buyers."""
        acts: dict[str, Callable[..., Any]] = {
            "buy": self.buy,
            "refund": self.refund,
            "confirm": self.confirm,
            "end_tokens": self.tokens.end_all,
        }
        return [door(self.stage, name, act) for name, act in acts.items()]

    def state(self) -> Mapping[str, Any]:
        """Return how many orders and after-sales there are."""
        return {"orders": len(self.orders), "after_sales": len(self.after_sales)}

    def send_callbacks_to(self, url: str) -> None:
        """Deliver pushes to ``url``."""
        self.ears.url = url

    def buy(self, openid: str, fen: int, *, sharer: str = "", unionid: str = "") -> str:
        """A buyer orders and pays; the pushes name the order only."""
        now_s, order_id = self.stage.now_s(), self._number()
        detail: Json = {
            "product_infos": [{"product_id": "1", "sku_id": "2", "sku_cnt": 1, "title": "商品", "sale_price": fen}],
            "pay_info": {"pay_time": now_s, "transaction_id": order_id},
            "price_info": {"product_price": fen, "order_price": fen, "freight": 0},
            "ext_info": {"finder_id": "sph1", "order_scene": 2},
        }
        if sharer:
            detail["sharer_info"] = {"sharer_openid": sharer, "sharer_type": 1, "share_scene": 1}
        order = {"order_id": order_id, "openid": openid, "status": 20, "create_time": now_s, "update_time": now_s}
        self.orders[order_id] = {**order, **({"unionid": unionid} if unionid else {}), "order_detail": detail}
        self._tell("channels_ec_order_new", {"order_info": {"order_id": int(order_id)}})
        self._tell("channels_ec_order_pay", {"order_info": {"order_id": order_id, "pay_time": str(now_s)}})
        return order_id

    def confirm(self, order_id: str) -> bool:
        """The buyer says that the goods are there."""
        self.orders[order_id] |= {"status": 100, "update_time": self.stage.now_s()}
        return self._tell("channels_ec_order_confirm", {"order_info": {"order_id": order_id, "confirm_type": "1"}})

    def refund(self, order_id: str, fen: int) -> str:
        """The buyer asks for money back and gets it."""
        now_s, sale = self.stage.now_s(), self._number()
        self.after_sales[sale] = {
            "after_sale_order_id": sale,
            "order_id": order_id,
            "openid": self.orders[order_id]["openid"],
            "status": "MERCHANT_REFUND_SUCCESS",
            "create_time": now_s,
            "update_time": now_s,
            "refund_info": {"amount": fen},
            "reason": "NO_LONGER_WANT",
            "type": "REFUND",
        }
        status = {"status": "MERCHANT_REFUND_SUCCESS", "after_sale_order_id": sale, "order_id": order_id}
        self._tell("channels_ec_aftersale_update", {"finder_shop_aftersale_status_update": status})
        return sale

    def _tell(self, event: str, more: Json) -> bool:
        now_s = self.stage.now_s()
        push = {"ToUserName": "gh_sandbox", "FromUserName": "platform", "CreateTime": now_s, "MsgType": "event"}
        message = msgspec.json.encode({**push, "Event": event, **more})
        random = self.stage.random.getrandbits(128).to_bytes(16, "big")
        sealed = self._crypto.seal(message, receive_id=self.account, random=random, timestamp=str(now_s), nonce="n")
        query = {"msg_signature": sealed.signature, "timestamp": str(now_s), "nonce": "n", "encrypt_type": "aes"}
        body = msgspec.json.encode({"ToUserName": "gh_sandbox", "Encrypt": sealed.encrypted})
        return self.ears.tell(body, query=query)

    def _guarded(self, act: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        def run(ask: Ask) -> Json:
            if not self.tokens.good(ask.query.get("access_token", "")):
                return {"errcode": 42001, "errmsg": "access_token expired"}
            return act(ask)

        return run

    def _give_token(self, ask: Ask) -> Json:
        body = ask.json()
        if body.get("appid") != self.account:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if body.get("secret") != self._secret:
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        return {"access_token": self.tokens.issue(), "expires_in": self.tokens.life_s}

    def _number(self) -> str:
        self._next += self.stage.random.randrange(1, 1000)
        return str(self._next)


def _ids(rows: dict[str, Json], name: str, ask: Ask) -> Json:
    body = ask.json()
    span = body.get("update_time_range") or {}
    start = int(span.get("start_time") or body.get("begin_create_time") or 0)
    end = int(span.get("end_time") or body.get("end_create_time") or 2**62)
    found = [number for number, row in rows.items() if start <= row["update_time"] < end]
    at, size = int(body.get("next_key") or 0), int(body.get("page_size", 10))
    shown = found[at : at + size]
    more = at + size < len(found)
    return {"errcode": 0, "errmsg": "ok", name: shown, "has_more": more, "next_key": str(at + size) if more else ""}


def _one(rows: dict[str, Json], name: str, number: str) -> Json:
    if number not in rows:
        return {"errcode": 10020052, "errmsg": "not found"}
    return {"errcode": 0, "errmsg": "ok", name: rows[number]}


def build(stage: Stage) -> WechatShopSandbox:
    """Open the shop of this sandbox."""
    return WechatShopSandbox(stage)
