"""Kuaishou (快手), played: comments under advertised videos, signed shop requests, leads under a configured path."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute

from siyu.channels.kuaishou.signing import sign
from siyu.sandbox.played import Ask, Json, Tokens, door, page_of, route, shelf
from siyu.sandbox.stage import Stage

_ROOT = "/rest/openapi/"


class KuaishouSandbox:
    """One advertiser with a shop."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"{stage.random.randrange(10**7, 10**8)}"
        self._app, self._secret = f"{stage.random.randrange(10**8, 10**9)}", f"{stage.random.getrandbits(128):032x}"
        self._refresh, self._sign_secret = (
            f"rt{stage.random.getrandbits(64):016x}",
            f"{stage.random.getrandbits(64):016x}",
        )
        self.tokens, self._shop_token = Tokens(stage, 86_400), f"st{stage.random.getrandbits(64):016x}"
        self.comments: list[Json] = []
        self.replies: list[Json] = []
        self.leads: list[Json] = []
        self.orders: list[Json] = []
        self._next = 9_007_199_254_740_993

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        fields = {"lead_id": "id", "left_at_ms": "submitTime", "name": "userName", "phone": "mobile"}
        return {
            "app_id": self._app,
            "app_secret": self._secret,
            "refresh_token": self._refresh,
            "shop_app_key": "ks1",
            "shop_sign_secret": self._sign_secret,
            "shop_access_token": self._shop_token,
            "lead_path": f"{_ROOT}v1/sandbox/lead/list",
            "lead_fields": json.dumps(fields),
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return the marketing API and the shop API."""
        calls: dict[str, Callable[[Ask], Json]] = {
            "v1/comment/list": lambda ask: _page(self.comments, ask),
            "v1/comment/tree": self._tree,
            "v1/comment/reply": self._reply,
            "v1/comment/setTop": lambda ask: self._top(ask, top=True),
            "v1/comment/cancelTop": lambda ask: self._top(ask, top=False),
            "v1/sandbox/lead/list": lambda ask: _page(self.leads, ask),
        }
        found: list[BaseRoute] = [
            route(self.stage, _ROOT + path, self._guarded(act), "POST") for path, act in calls.items()
        ]
        found.append(route(self.stage, f"{_ROOT}oauth2/authorize/refresh_token", self._renew, "POST"))
        found.append(route(self.stage, "/open/order/cursor/list", self._orders, "GET"))
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people."""
        acts: dict[str, Callable[..., Any]] = {
            "comment": self.comment,
            "lead": self.lead,
            "buy": self.buy,
            "end_tokens": self.tokens.end_all,
        }
        found = [door(self.stage, name, act) for name, act in acts.items()]
        return [*found, shelf(self.stage, lambda: self.replies)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"comments": len(self.comments), "leads": len(self.leads), "orders": len(self.orders)}

    def send_callbacks_to(self, url: str) -> None:
        """Do nothing: Kuaishou's webhooks say only who let the app in."""

    def comment(self, person: int, words: str) -> int:
        """Somebody comments under an advertised video."""
        number = self._number()
        video: Json = {"photo_id": 4, "photo_author_id": 5}
        row = {"comment_id": number, "root_comment_id": 0, "comment_author_id": person, "comment_content": words}
        self.comments.append({**video, **row, "post_time": self._now_ms(), "fav_num": 0})
        return number

    def lead(self, name: str, phone: str) -> int:
        """Somebody leaves a lead."""
        number = self._number()
        self.leads.append({"id": number, "submitTime": self._now_ms(), "userName": name, "mobile": phone})
        return number

    def buy(self, buyer: str, fen: int) -> int:
        """A buyer orders and pays."""
        number, now_ms = self._number(), self._now_ms()
        line = {"id": 1, "itemId": 12, "skuId": 11, "itemTitle": "商品", "num": 1, "originalPrice": fen}
        order = {"oid": number, "status": 30, "createTime": now_ms, "payTime": now_ms, "updateTime": now_ms}
        amounts = {"totalFee": fen, "discountFee": 0, "expressFee": 0, "buyerId": buyer}
        self.orders.append({**order, **amounts, "orderProductInfoList": [line]})
        return number

    def _guarded(self, act: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        def run(ask: Ask) -> Json:
            if not self.tokens.good(ask.headers.get("access-token", "")):
                return {"code": 100_200_102, "message": "token无效", "data": {}}
            if str(ask.json().get("advertiser_id")) != self.account:
                return {"code": 100_200_100, "message": "advertiser_id", "data": {}}
            return act(ask)

        return run

    def _renew(self, ask: Ask) -> Json:
        body = ask.json()
        given = (str(body.get("app_id")), body.get("secret"), body.get("refresh_token"))
        if given != (self._app, self._secret, self._refresh):
            return {"code": 100_200_100, "message": "refresh_token", "data": {}}
        self._refresh = f"rt{self.stage.random.getrandbits(64):016x}"  # the one before is over
        data = {"access_token": self.tokens.issue(), "access_token_expires_in": self.tokens.life_s}
        return {"code": 0, "message": "OK", "data": {**data, "refresh_token": self._refresh}}

    def _reply(self, ask: Ask) -> Json:
        replies, known = ask.json().get("reply_list") or [], {row["comment_id"]: row for row in self.comments}
        done = []
        for one in replies:
            root = known.get(one.get("reply_to_comment_id"))
            done.append({"reply_to_comment_id": one.get("reply_to_comment_id"), "reply_result": int(root is not None)})
            if root is not None:
                self.replies.append({**one, "comment_id": self._number(), "post_time": self._now_ms()})
        return {"code": 0, "message": "OK", "data": {"reply_result_list": done}}

    def _tree(self, ask: Ask) -> Json:
        number = ask.json().get("comment_id")
        below = [
            {
                "comment_id": one["comment_id"],
                "root_comment_id": number,
                "comment_author_id": one.get("photo_author_id"),
                "photo_id": one.get("photo_id"),
                "photo_author_id": one.get("photo_author_id"),
                "comment_content": one.get("reply_content"),
                "post_time": one["post_time"],
            }
            for one in self.replies
            if one.get("reply_to_comment_id") == number
        ]
        root = next((row for row in self.comments if row["comment_id"] == number), {})
        data = {"root_comment_detail": root, "child_comment_detail_list": below}
        return {"code": 0, "message": "OK", "data": data}

    def _top(self, ask: Ask, *, top: bool) -> Json:
        number = ask.json().get("comment_id")
        for row in self.comments:
            if row["comment_id"] == number:
                row["is_top_comment"] = top
                return {"code": 0, "message": "OK", "data": {"comment_id": number}}
        return {"code": 100_200_100, "message": "comment_id", "data": {}}

    def _orders(self, ask: Ask) -> Json:
        query = dict(ask.query)
        given = query.pop("sign", "")
        if not hmac.compare_digest(sign(self._sign_secret, query), given):
            return {"result": 24, "error_msg": "sign"}
        if query.get("access_token") != self._shop_token:
            return {"result": 28, "error_msg": "access_token"}
        param = json.loads(query.get("param", "{}"))
        at, size = int(param.get("cursor") or 0), int(param.get("pageSize", 20))
        rows = [row for row in self.orders if param["beginTime"] <= row["updateTime"] < param["endTime"]]
        cursor = str(at + size) if at + size < len(rows) else "nomore"
        return {"result": 1, "error_msg": "", "data": {"cursor": cursor, "orderList": rows[at : at + size]}}

    def _now_ms(self) -> int:
        return self.stage.now_us() // 1000

    def _number(self) -> int:
        self._next += self.stage.random.randrange(1, 1000)
        return self._next


def _page(rows: list[Json], ask: Ask) -> Json:
    body = ask.json()
    shown = page_of(rows, int(body.get("page", 1)) - 1, int(body.get("page_size", 20)))
    return {"code": 0, "message": "OK", "data": {"total": len(rows), "details": shown}}


def build(stage: Stage) -> KuaishouSandbox:
    """Open the advertiser of this sandbox."""
    return KuaishouSandbox(stage)
