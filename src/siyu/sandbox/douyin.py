"""Douyin (抖音), played: consents and tokens, comments on own videos, private messages with their windows, webhooks."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.signatures import sha1_hex
from siyu.sandbox.played import Ask, Ears, Json, Tokens, door, page_of, route, shelf
from siyu.sandbox.stage import Stage

_TEXT, _IMAGE, _VIDEO, _CARD = 1, 2, 3, {10, 11, 12}
_DAY_S, _ENTRY_S, _REPLIES, _ENTRY, _ACTIVE = 86_400, 30, 6, 3, 3


class DouyinSandbox:
    """One app, one account of the brand, its videos, and people who comment, write and allow messages."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"aw{stage.random.getrandbits(56):014x}"
        self._secret, self.open_id = f"{stage.random.getrandbits(128):032x}", self._id()
        self._refresh = f"rft.{stage.random.getrandbits(96):024x}"
        self._consent_ends_s, self._prolongs_left = stage.now_s() + 30 * _DAY_S, 5
        self.tokens, self.ears = Tokens(stage, 15 * _DAY_S), Ears(stage)
        self.videos: dict[str, Json] = {}
        self.comments: dict[str, list[Json]] = {}
        self.inbound: dict[str, tuple[str, str, int]] = {}
        self.opened: dict[str, int] = {}
        self.allowed: dict[str, int] = {}
        self.sent: list[Json] = []
        self.followers: dict[str, int] = {}

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes, and what the consent of the brand's account brought."""
        return {
            "client_key": self.account,
            "client_secret": self._secret,
            "open_id": self.open_id,
            "refresh_token": self._refresh,
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return the open platform's API."""
        calls: dict[str, Callable[[Ask], Json]] = {
            "/item/comment/list/": self._list_comments,
            "/item/comment/reply/list/": self._list_replies,
            "/item/comment/reply/": self._reply,
            "/item/comment/top/": self._top,
            "/im/send/msg/": self._send,
            "/im/authorize/status/": self._status,
            "/api/douyin/v1/video/video_list/": self._list_videos,
            "/api/douyin/v1/video/video_data/": self._video_data,
            "/data/external/item/base/": self._totals,
            "/data/external/user/{what}/": self._figures,
            "/fans/check/": self._follows,
        }
        found: list[BaseRoute] = [
            route(self.stage, "/oauth/access_token/", self._grant, "POST"),
            route(self.stage, "/oauth/refresh_token/", self._renewed, "POST"),
            route(self.stage, "/oauth/renew_refresh_token/", self._prolonged, "POST"),
            route(self.stage, "/oauth/client_token/", self._client_token, "POST"),
        ]
        found += [route(self.stage, path, self._guarded(act)) for path, act in calls.items()]
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people."""
        table: dict[str, Callable[..., Any]] = {
            "publish": self.publish,
            "comment": self.comment,
            "write": self.write,
            "open_chat": self.open_chat,
            "allow": self.allow,
            "follow": self.follow,
            "fill_card": self.fill_card,
        }
        found: list[BaseRoute] = [door(self.stage, name, act) for name, act in table.items()]
        found.append(shelf(self.stage, self.messages))
        found.append(door(self.stage, "end_tokens", self.tokens.end_all))
        return found

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        comments = sum(len(rows) for rows in self.comments.values())
        return {"videos": len(self.videos), "comments": comments, "sent": len(self.sent)}

    def messages(self, person: str = "") -> list[Json]:
        """Return what arrived, at one person or at all, oldest first."""
        return [one for one in self.sent if person in {"", one["to"]}]

    def send_callbacks_to(self, url: str) -> None:
        """Deliver webhooks to ``url``."""
        self.ears.url = url

    def publish(self, title: str) -> str:
        """The brand publishes a video."""
        item = self._id()
        self.videos[item] = {"item_id": item, "title": title, "create_time": self.stage.now_s(), "plays": 0, "likes": 0}
        self.comments[item] = []
        self._tell("create_video", {"item_id": item, "share_id": ""}, sender=self.open_id, as_text=False)
        return item

    def comment(self, person: str, item: str, words: str) -> str:
        """Somebody comments on an own video."""
        row = self._comment_row(person, words)
        self.comments[item].append(row)
        content = {
            "comment_id": row["comment_id"],
            "comment_user_id": person,
            "content": words,
            "create_time": row["create_time"],
            "digg_count": 0,
            "reply_comment_total": 0,
            "reply_to_comment_id": "",
            "reply_to_item_id": item,
            "at_user_id": "",
        }
        self._tell("item_comment_reply", content, sender=person)
        return str(row["comment_id"])

    def write(self, person: str, words: str) -> str:
        """Somebody writes privately: a window of 24 hours and six messages opens."""
        return self._arrives(person, {"message_type": "text", "text": words})

    def fill_card(self, person: str, name: str, phone: str) -> str:
        """Somebody fills a retain card in."""
        data = [{"label": "姓名", "value": name}, {"label": "手机号", "value": phone}]
        return self._arrives(
            person,
            {"message_type": "retain_consult_card", "card_id": self._id(), "card_status": 2, "card_data": data},
        )

    def open_chat(self, person: str) -> str:
        """Somebody opens the chat: a window of 30 seconds opens."""
        message, now_us = self._id(), self.stage.now_us()
        self.opened[person] = now_us // 1_000_000
        content = {"conversation_short_id": f"@c{person}", "server_message_id": message, "create_time": now_us // 1000}
        self._tell("im_enter_direct_msg", {**content, "conversation_type": 1, "scene_type": 4}, sender=person)
        return message

    def allow(self, person: str, *, yes: bool = True, days: int = 30) -> bool:
        """Somebody allows active messages, or ends it."""
        now_s = self.stage.now_s()
        if yes:
            self.allowed[person] = now_s + days * _DAY_S
        else:
            self.allowed.pop(person, None)
        content = {"create_time": now_s, "update_time": now_s, "expire_time": now_s + days * _DAY_S}
        content |= {"auth_status": 1 if yes else 2, "operation_type": 1 if yes else 2}
        return self._tell("im_authorize", content, sender=person)

    def follow(self, person: str, *, yes: bool = True) -> bool:
        """Somebody follows, or no longer."""
        now_s = self.stage.now_s()
        if yes:
            self.followers[person] = now_s
        else:
            self.followers.pop(person, None)
        return self._tell("new_follow_action", {"action_type": 1 if yes else 2, "action_time": now_s}, sender=person)

    def _arrives(self, person: str, message: Json) -> str:
        message_id, conversation, now_us = self._id(), f"@c{person}", self.stage.now_us()
        self.inbound[message_id] = (person, conversation, now_us // 1_000_000)
        content = {
            "conversation_short_id": conversation,
            "server_message_id": message_id,
            "conversation_type": 1,
            "create_time": now_us // 1000,
            "user_infos": [{"open_id": person, "nick_name": "沙盒用户", "avatar": ""}],
            **message,
        }
        self._tell("im_receive_msg", content, sender=person, as_text=False)
        return message_id

    def _tell(self, event: str, content: Json, *, sender: str, as_text: bool = True) -> bool:
        """Send a webhook; some events carry their content as text, others as an object, as on the real platform."""
        webhook: Json = {"event": event, "client_key": self.account, "from_user_id": sender, "to_user_id": self.open_id}
        webhook["content"] = json.dumps(content, ensure_ascii=False) if as_text else content
        body = msgspec.json.encode(webhook)
        headers = {"x-douyin-signature": sha1_hex(self._secret, body), "msg-id": self._id()}
        return self.ears.tell(body, headers=headers)

    def _guarded(self, act: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        def run(ask: Ask) -> Json:
            if not self.tokens.good(ask.headers.get("access-token", "")):
                return _no(28001008, "access_token过期，请刷新或重新授权")
            if ask.query.get("open_id") != self.open_id:
                return _no(28001015, "open_id与access_token不匹配")
            return act(ask)

        return run

    def _grant(self, ask: Ask) -> Json:
        form = ask.form()
        if form.get("client_key") != self.account or form.get("client_secret") != self._secret or not form.get("code"):
            return _no(28001007, "参数不合法")
        return self._tokens_given()

    def _renewed(self, ask: Ask) -> Json:
        form = ask.form()
        if form.get("client_key") != self.account or form.get("refresh_token") != self._refresh:
            return _no(28001007, "refresh_token错误")
        if self.stage.now_s() >= self._consent_ends_s:
            return _no(10010, "refresh_token过期")
        return self._tokens_given()

    def _prolonged(self, ask: Ask) -> Json:
        form = ask.form()
        if form.get("client_key") != self.account or form.get("refresh_token") != self._refresh:
            return _no(28001007, "refresh_token错误")
        if self._prolongs_left < 1:
            return _no(10020, "refresh_token续期次数已用完")
        self._prolongs_left -= 1
        self._refresh = f"rft.{self.stage.random.getrandbits(96):024x}"
        self._consent_ends_s = self.stage.now_s() + 30 * _DAY_S
        data = {"refresh_token": self._refresh, "expires_in": str(30 * _DAY_S)}
        return {"data": {**data, "error_code": "0", "description": ""}, "message": "success"}

    def _client_token(self, ask: Ask) -> Json:
        form = ask.json() or ask.form()
        if form.get("client_key") != self.account or form.get("client_secret") != self._secret:
            return _no(28001007, "参数不合法")
        data = {"access_token": self.tokens.issue(), "expires_in": 7200, "error_code": 0, "description": ""}
        return {"data": data, "message": "success"}

    def _tokens_given(self) -> Json:
        data = {
            "access_token": self.tokens.issue(),
            "expires_in": str(self.tokens.life_s),
            "refresh_token": self._refresh,
            "refresh_expires_in": str(self._consent_ends_s - self.stage.now_s()),
            "open_id": self.open_id,
            "scope": "user_info",
        }
        return {"data": {**data, "error_code": "0", "description": ""}, "message": "success"}

    def _list_comments(self, ask: Ask) -> Json:
        rows = self.comments.get(ask.query.get("item_id", ""))
        if rows is None:
            return _no(28001007, "item_id")
        return _page([row for row in rows if not row["_under"]], ask)

    def _list_replies(self, ask: Ask) -> Json:
        rows = self.comments.get(ask.query.get("item_id", ""), [])
        return _page([row for row in rows if row["_under"] == ask.query.get("comment_id")], ask)

    def _reply(self, ask: Ask) -> Json:
        body = ask.json()
        item, words = str(body.get("item_id")), str(body.get("content") or "")
        if item not in self.comments or not words:
            return _no(28001007, "参数不合法")
        row = self._comment_row(self.open_id, words, under=str(body.get("comment_id") or ""))
        self.comments[item].append(row)
        return _yes({"comment_id": row["comment_id"]})

    def _top(self, ask: Ask) -> Json:
        body = ask.json()
        for row in self.comments.get(str(body.get("item_id")), []):
            if row["comment_id"] == body.get("comment_id"):
                row["top"] = bool(body.get("top"))
                return _yes({})
        return _no(28001007, "comment_id")

    def _send(self, ask: Ask) -> Json:
        body, now_s = ask.json(), self.stage.now_s()
        person, scene = str(body.get("to_user_id")), str(body.get("scene") or "im_reply_msg")
        contents = body.get("content_list") or [body.get("content")]
        kinds = {one.get("msg_type") for one in contents if isinstance(one, dict)}
        if not kinds <= {_TEXT, _IMAGE, _VIDEO, 8, 9, *_CARD} or not kinds:
            return _no(28001007, "msg_type")
        mine = [one for one in self.sent if one["to"] == person]
        match scene:
            case "im_reply_msg":
                wrote = self.inbound.get(str(body.get("msg_id")))
                if wrote is None or wrote[:2] != (person, body.get("conversation_id")):
                    return _no(28003082, "接收者不匹配")
                used = sum(one["at_s"] >= wrote[2] for one in mine)
                if now_s >= wrote[2] + _DAY_S or used + len(contents) > _REPLIES:
                    return _no(28003080, "超过回复窗口")
            case "im_enter_direct_msg":
                opened = self.opened.get(person, -_DAY_S)
                used = sum(one["at_s"] >= opened for one in mine)
                if now_s >= opened + _ENTRY_S or used + len(contents) > _ENTRY:
                    return _no(28003080, "超过进入会话窗口")
            case "im_authorize_message":
                if self.allowed.get(person, 0) <= now_s:
                    return _no(28001012, "用户未授权")
                today = [one for one in mine if one["at_s"] > now_s - _DAY_S and one["scene"] == scene]
                if today or len(contents) > _ACTIVE or not kinds & _CARD:
                    return _no(28003081, "今日已发送，或没有卡片")
            case _:
                return _no(28001007, "scene")
        ids = [self._id() for _ in contents]
        for one, message in zip(contents, ids, strict=True):
            self.sent.append({"to": person, "scene": scene, "content": one, "at_s": now_s, "msg_id": message})
        content = {"conversation_short_id": f"@c{person}", "server_message_id": ids[0], "create_time": now_s * 1000}
        webhook = {
            "event": "im_send_msg",
            "client_key": self.account,
            "from_user_id": self.open_id,
            "to_user_id": person,
        }
        out = msgspec.json.encode({**webhook, "content": {**content, "message_type": "text"}})
        self.ears.tell(out, headers={"x-douyin-signature": sha1_hex(self._secret, out), "msg-id": self._id()})
        return {**_yes({}), "msg_id": ids[0], "msg_list": ids}

    def _status(self, ask: Ask) -> Json:
        person = str(ask.json().get("c_open_id"))
        allowed = self.allowed.get(person, 0) > self.stage.now_s()
        return {"err_no": 0, "err_msg": "", "log_id": "1", "data": {"status": 1 if allowed else 0}}

    def _list_videos(self, ask: Ask) -> Json:
        return _page([self._shown(video) for video in self.videos.values()], ask)

    def _video_data(self, ask: Ask) -> Json:
        wanted = ask.json().get("item_ids") or []
        return _yes({"list": [self._shown(self.videos[item]) for item in wanted if item in self.videos]})

    def _totals(self, ask: Ask) -> Json:
        video = self.videos.get(ask.query.get("item_id", ""))
        if video is None:
            return _no(28001007, "item_id")
        totals = {"total_play": str(video["plays"]), "total_like": str(video["likes"]), "avg_play_duration": "7.5"}
        comments = str(len(self.comments[video["item_id"]]))
        return _yes({"result": {**totals, "total_comment": comments, "total_share": "0"}})

    def _figures(self, ask: Ask) -> Json:
        days = int(ask.query.get("date_type", "7"))
        rows = [{"date": f"2026-01-{day:02d}", "new_fans": "0"} for day in range(1, min(days, 28) + 1)]
        rows[-1] |= {"new_fans": str(len(self.followers)), "total_fans": str(len(self.followers))}
        return _yes({"result_list": rows})

    def _follows(self, ask: Ask) -> Json:
        at_s = self.followers.get(ask.query.get("follower_open_id", ""))
        return _yes({"is_follower": at_s is not None, "follow_time": at_s or 0})

    def _shown(self, video: Json) -> Json:
        count = len(self.comments[video["item_id"]])
        statistics = {"play_count": video["plays"], "digg_count": video["likes"], "comment_count": count}
        named = {name: video[name] for name in ("item_id", "title", "create_time")}
        return {**named, "statistics": statistics, "video_status": 1, "is_reviewed": True}

    def _comment_row(self, person: str, words: str, under: str = "") -> Json:
        return {
            "comment_id": self._id(),
            "comment_user_id": person,
            "content": words,
            "create_time": self.stage.now_s(),
            "digg_count": 0,
            "reply_comment_total": 0,
            "top": False,
            "_under": under,
        }

    def _id(self) -> str:
        """Make an id with the signs that real ones have, which an address must escape."""
        return f"@{self.stage.random.getrandbits(128):032x}/+=="


def _page(rows: list[Json], ask: Ask) -> Json:
    count, cursor = int(ask.query.get("count", "20")), int(ask.query.get("cursor") or "0")
    if not 1 <= count <= 50:
        return _no(28001007, "count")
    shown = page_of(rows[cursor:], 0, count)
    plain = [{name: value for name, value in row.items() if not name.startswith("_")} for row in shown]
    after = cursor + len(shown)
    return _yes({"list": plain, "cursor": after, "has_more": after < len(rows)})


def _yes(data: Json) -> Json:
    extra = {"error_code": 0, "sub_error_code": 0, "description": "", "sub_description": "", "logid": "1", "now": 0}
    return {"data": {"error_code": 0, "description": "", **data}, "extra": extra}


def _no(code: int, words: str) -> Json:
    extra = {
        "error_code": code,
        "sub_error_code": 0,
        "description": words,
        "sub_description": "",
        "logid": "1",
        "now": 0,
    }
    return {"data": {"error_code": code, "description": words}, "extra": extra}


def build(stage: Stage) -> DouyinSandbox:
    """Open the account of this sandbox."""
    return DouyinSandbox(stage)
