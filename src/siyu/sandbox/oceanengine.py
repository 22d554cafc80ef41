"""Ocean Engine (巨量引擎), played: leads by pull and push, comments under advertisements, what was spent."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.record import beijing_text
from siyu.channels.signatures import hmac_sha256_hex
from siyu.sandbox.played import Ask, Ears, Json, Tokens, door, page_of, route, shelf
from siyu.sandbox.stage import Stage


class OceanEngineSandbox:
    """One advertiser."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"17{stage.random.randrange(10**14):014d}"
        self._app, self._secret = str(stage.random.randrange(10**15, 10**16)), f"{stage.random.getrandbits(128):032x}"
        self._refresh = f"rt{stage.random.getrandbits(64):016x}"
        self.tokens, self.ears = Tokens(stage, 86_400), Ears(stage)
        self.leads: list[Json] = []
        self.comments: list[Json] = []
        self.replies: list[tuple[int, str]] = []
        self.said: list[Json] = []
        self.costs: list[Json] = []
        self._next = 7_100_000_000_000_000_000

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"app_id": self._app, "secret": self._secret, "refresh_token": self._refresh}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the marketing API."""
        calls: dict[str, Callable[[Ask], Json]] = {
            "/open_api/2/tools/clue/get/": lambda ask: _page(self._in_span(self.leads, ask), "list", ask),
            "/open_api/v3.0/tools/comment/get/": lambda ask: _page(
                self._in_span(self.comments, ask), "comment_list", ask
            ),
            "/open_api/v3.0/tools/comment/reply/": self._reply,
            "/open_api/v3.0/tools/comment/stick_on_top/": self._stick,
            "/open_api/2/tools/clue/callback/": self._hear,
            "/open_api/v3.0/report/custom/get/": lambda ask: _page(self.costs, "rows", ask),
        }
        found: list[BaseRoute] = [route(self.stage, path, self._guarded(act)) for path, act in calls.items()]
        found.append(route(self.stage, "/open_api/oauth2/refresh_token/", self._renew, "POST"))
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people."""
        acts: dict[str, Callable[..., Any]] = {
            "lead": self.lead,
            "comment": self.comment,
            "spend": self.spend,
            "end_tokens": self.tokens.end_all,
        }
        found = [door(self.stage, name, act) for name, act in acts.items()]
        return [*found, shelf(self.stage, lambda: {"replies": self.replies, "said_of_leads": self.said})]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"leads": len(self.leads), "comments": len(self.comments), "said_of_leads": len(self.said)}

    def send_callbacks_to(self, url: str) -> None:
        """Deliver pushes to ``url``."""
        self.ears.url = url

    def lead(self, name: str, phone: str, promotion: int = 3) -> str:
        """Somebody leaves a lead; it is pushed, and can be pulled."""
        clue, at = str(self._number()), self._beijing()
        row = {
            "clue_id": clue,
            "advertiser_id": self.account,
            "promotion_id": promotion,
            "name": name,
            "telephone": phone,
            "create_time": at,
            "create_time_detail": at,
            "clue_source": 1,
            "clue_type": 0,
            "clue_state": 1,
        }
        self.leads.append(row)
        self._push("lead.clue", row)
        return clue

    def comment(self, person: str, words: str, promotion: int = 3) -> int:
        """Somebody comments under an advertisement; the push names the person, the list does not."""
        number = self._number()
        self.comments.append(
            {
                "comment_id": number,
                "item_id": 7_300_000_000_000_000_001,
                "text": words,
                "create_time": self._beijing(),
                "promotion_id": promotion,
                "like_count": 0,
                "reply_count": 0,
                "level_type": "LEVEL_ONE",
                "emotion_type": "NEUTRAL",
            }
        )
        content = {"comment_user": {"open_id": person, "nick_name": "沙盒用户"}, "comment_content": words}
        self._push("comment.item", {"event": "comment", "from_user_id": person, "content": content})
        return number

    def spend(self, day: str, yuan: str, promotion: str = "3", shows: int = 0, clicks: int = 0) -> int:
        """Advertisements cost money."""
        metrics = {"stat_cost": yuan, "show_cnt": str(shows), "click_cnt": str(clicks), "convert_cnt": "0"}
        self.costs.append({"dimensions": {"stat_time_day": day, "promotion_id": promotion}, "metrics": metrics})
        return len(self.costs)

    def _push(self, label: str, data: Json) -> None:
        now_s = self.stage.now_s()
        body = msgspec.json.encode(
            {
                "message_id": str(self._number()),
                "service_label": label,
                "advertiser_ids": [int(self.account)],
                "data": json.dumps(data, ensure_ascii=False),
                "publish_time": now_s,
                "timestamp": now_s,
                "nonce": "n",
            }
        )
        self.ears.tell(body, headers={"x-open-signature": hmac_sha256_hex(self._secret, body)})

    def _guarded(self, act: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        def run(ask: Ask) -> Json:
            if not self.tokens.good(ask.headers.get("access-token", "")):
                return _no(40105, "access_token已过期")
            named = ask.query.get("advertiser_id") or ask.query.get("advertiser_ids") or json.dumps(ask.json())
            if self.account not in named:
                return _no(40002, "没有权限进行相关操作")
            return act(ask)

        return run

    def _renew(self, ask: Ask) -> Json:
        body = ask.json()
        if (str(body.get("app_id")), body.get("secret")) != (self._app, self._secret):
            return _no(40103, "app")
        if body.get("refresh_token") != self._refresh:
            return _no(40107, "refresh_token无效")
        self._refresh = f"rt{self.stage.random.getrandbits(64):016x}"  # the one before is over
        data = {"access_token": self.tokens.issue(), "expires_in": self.tokens.life_s, "refresh_token": self._refresh}
        return _yes({**data, "refresh_token_expires_in": 2_592_000})

    def _reply(self, ask: Ask) -> Json:
        body = ask.json()
        known = {row["comment_id"] for row in self.comments}
        done = [number for number in body.get("comment_ids") or () if number in known]
        self.replies += [(number, str(body.get("reply_text"))) for number in done]
        return _yes({"success_comment_ids": done})

    def _stick(self, ask: Ask) -> Json:
        body = ask.json()
        for row in self.comments:
            if row["comment_id"] == body.get("comment_id"):
                row["is_stick"] = int(body.get("stick_type") == "STICK_ON_TOP")
                return _yes({})
        return _no(40000, "comment_id")

    def _hear(self, ask: Ask) -> Json:
        body = ask.json()
        if body.get("clue_id") not in {row["clue_id"] for row in self.leads}:
            return _no(40000, "clue_id")
        self.said.append(body)
        return _yes({})

    def _in_span(self, rows: list[Json], ask: Ask) -> list[Json]:
        start, end = ask.query.get("start_time", ""), ask.query.get("end_time", "9")
        return [row for row in rows if start <= row["create_time"] and row["create_time"][: len(end)] <= end]

    def _beijing(self) -> str:
        return beijing_text(self.stage.now_us())

    def _number(self) -> int:
        self._next += self.stage.random.randrange(1, 1000)
        return self._next


def _page(rows: list[Json], name: str, ask: Ask) -> Json:
    page, size = int(ask.query.get("page", "1")), int(ask.query.get("page_size", "10"))
    if not 1 <= size <= 100:
        return _no(40000, "page_size")
    info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
    return _yes({name: page_of(rows, page - 1, size), "page_info": info})


def _yes(data: Json) -> Json:
    return {"code": 0, "message": "OK", "request_id": "1", "data": data}


def _no(code: int, words: str) -> Json:
    return {"code": code, "message": words, "request_id": "1", "data": {}}


def build(stage: Stage) -> OceanEngineSandbox:
    """Open the advertiser of this sandbox."""
    return OceanEngineSandbox(stage)
