"""WeChat official account (公众号), played: followers, tags, parametric codes, windows, mass sends, pushes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.routing import BaseRoute

from siyu.sandbox.played import Ask, Json, door, route, shelf
from siyu.sandbox.stage import Stage
from siyu.sandbox.wechat_app import Person, RefusedError, WechatApp

_PAGE: Final = 10_000
_MOST_PERMANENT: Final = 100_000
_LONGEST_LIFE_S: Final = 2_592_000
_DAY_S: Final = 86_400


class WechatMpSandbox(WechatApp):
    """One verified service account.

    Attributes:
        mass_cap: How many mass sends a follower gets in a month.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.tags: dict[int, str] = {2: "星标组"}
        self.mass_cap = 4
        self._codes: dict[str, tuple[str, int]] = {}
        self._permanent = 0
        self._masses: dict[str, Json] = {}
        self._mass_got: Counter[tuple[str, int]] = Counter()

    def routes(self) -> Sequence[BaseRoute]:
        """Return the account's API."""
        calls: dict[str, Callable[[Json], Json]] = {
            "tags/create": self._add_tag,
            "tags/get": lambda _body: {"tags": [self._tag(number) for number in self.tags]},
            "tags/update": self._rename_tag,
            "tags/delete": self._delete_tag,
            "tags/getidlist": lambda body: {"tagid_list": self.person(body["openid"]).tags},
            "tags/members/batchtagging": lambda body: self._mark(body, on=True),
            "tags/members/batchuntagging": lambda body: self._mark(body, on=False),
            "user/tag/get": self._tagged,
            "user/info": lambda body: self._info(str(body.get("openid"))),
            "user/info/batchget": self._infos,
            "user/info/updateremark": self._remark,
            "user/get": self._followers,
            "qrcode/create": self._code,
            "message/custom/send": self.customer_message,
            "message/template/send": self._template,
            "message/subscribe/bizsend": self.subscribe_message,
            "message/mass/send": self._mass,
            "message/mass/sendall": self._mass_all,
            "message/mass/get": self._mass_status,
            "message/mass/delete": self._mass_delete,
            "get_api_domain_ip": lambda _body: {"ip_list": ["127.0.0.1"]},
            "getcallbackip": lambda _body: {"ip_list": ["127.0.0.1"]},
        }
        found: list[BaseRoute] = [
            route(self.stage, f"/cgi-bin/{path}", self.guarded(_by_body(act))) for path, act in calls.items()
        ]
        found.append(route(self.stage, "/cgi-bin/token", self.give_token, "GET"))
        found.append(route(self.stage, "/cgi-bin/stable_token", self.give_stable_token, "POST"))
        return found

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people and to see what arrived."""
        acts: dict[str, Callable[..., Any]] = {
            "follow": self.follow,
            "unfollow": self.unfollow,
            "scan": self.scan,
            "click": self.click,
            **self.acts(),
        }
        return [*(door(self.stage, name, act) for name, act in acts.items()), shelf(self.stage, self.messages)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account of what is inside."""
        return {
            "followers": sum(one.follows for one in self.people.values()),
            "tags": len(self.tags),
            "codes": len(self._codes),
            "mass_sends": len(self._masses),
            "arrived": len(self.arrived),
        }

    # ---- what people do ----------------------------------------------------------------------------------------------

    def follow(self, unionid: str = "", *, scene: str = "", openid: str = "") -> str:
        """Somebody follows, by a code if there is a ``scene``; returns the openid."""
        openid = openid or f"o{self.stage.random.getrandbits(104):026x}"
        known = self.people.get(openid)
        person = Person(openid, unionid or (known.unionid if known else ""), self.stage.now_s(), scene=scene)
        self.people[openid] = person
        self.open_window(person, minutes=1, most=3)
        fields: dict[str, Any] = {"EventKey": f"qrscene_{scene}", "Ticket": "ticket"} if scene else {"EventKey": ""}
        self.tell("subscribe", openid, **fields)
        return openid

    def unfollow(self, openid: str) -> bool:
        """A follower leaves."""
        self.person(openid).follows = False
        self.person(openid).windows.clear()
        return self.tell("unsubscribe", openid, EventKey="")

    def scan(self, openid: str, ticket: str) -> bool:
        """A follower scans a parametric code; somebody else follows by it."""
        scene, ends_us = self._codes[ticket]
        if ends_us and self.stage.now_us() >= ends_us:
            return False
        if openid not in self.people or not self.people[openid].follows:
            self.follow(openid=openid, scene=scene)
            return True
        self.open_window(self.person(openid), minutes=1, most=3)
        return self.tell("SCAN", openid, EventKey=scene, Ticket=ticket)

    def click(self, openid: str, key: str) -> bool:
        """A follower presses a button of the menu."""
        self.open_window(self.person(openid), minutes=1, most=3)
        return self.tell("CLICK", openid, EventKey=key)

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _add_tag(self, body: Json) -> Json:
        name = str(body["tag"]["name"])
        if len(name) > 30:
            raise RefusedError(45158, "invalid tag name length")
        if name in self.tags.values():
            raise RefusedError(45157, "invalid tag name")
        if len(self.tags) >= 100:
            raise RefusedError(45056, "tag num exceed limit")
        number = max(100, *self.tags) + 1
        self.tags[number] = name
        return {"tag": {"id": number, "name": name}}

    def _rename_tag(self, body: Json) -> Json:
        self.tags[self._known_tag(body["tag"]["id"])] = str(body["tag"]["name"])
        return {}

    def _delete_tag(self, body: Json) -> Json:
        number = self._known_tag(body["tag"]["id"])
        del self.tags[number]
        for person in self.people.values():
            person.tags = [one for one in person.tags if one != number]
        return {}

    def _known_tag(self, number: int) -> int:
        if number in {0, 1, 2}:
            raise RefusedError(45058, "can't modify sys tag")
        if number not in self.tags:
            raise RefusedError(45159, "invalid tag id")
        return number

    def _tag(self, number: int) -> Json:
        count = sum(number in one.tags for one in self.people.values())
        return {"id": number, "name": self.tags[number], "count": count}

    def _mark(self, body: Json, *, on: bool) -> Json:
        number, openids = body["tagid"], body["openid_list"]
        if number not in self.tags:
            raise RefusedError(45159, "invalid tag id")
        if len(openids) > 50:
            raise RefusedError(40032, "invalid openid list size")
        for openid in openids:
            person = self.person(openid)
            if not person.follows:
                raise RefusedError(49003, "openid does not match the appid")
            if on and number not in person.tags and len(person.tags) >= 20:
                raise RefusedError(45059, "tag exceeds limit of one user")
            person.tags = [one for one in person.tags if one != number] + ([number] if on else [])
        return {}

    def _tagged(self, body: Json) -> Json:
        found = [one.openid for one in self.people.values() if body["tagid"] in one.tags]
        return _page(found, str(body.get("next_openid") or ""))

    def _info(self, openid: str) -> Json:
        person = self.person(openid)
        if not person.follows:
            return {"subscribe": 0, "openid": openid}
        union = {"unionid": person.unionid} if person.unionid else {}
        return {
            "subscribe": 1,
            "openid": openid,
            "subscribe_time": person.since_s,
            **union,
            "remark": person.remark,
            "groupid": 0,
            "tagid_list": person.tags,
            "subscribe_scene": "ADD_SCENE_QR_CODE" if person.scene else "ADD_SCENE_SEARCH",
            "qr_scene": 0,
            "qr_scene_str": person.scene,
        }

    def _infos(self, body: Json) -> Json:
        asked = body["user_list"]
        if len(asked) > 100:
            raise RefusedError(40032, "invalid openid list size")
        return {"user_info_list": [self._info(str(one["openid"])) for one in asked]}

    def _remark(self, body: Json) -> Json:
        self.person(body["openid"]).remark = str(body["remark"])
        return {}

    def _followers(self, body: Json) -> Json:
        found = [one.openid for one in self.people.values() if one.follows]
        return {"total": len(found), **_page(found, str(body.get("next_openid") or ""))}

    def _code(self, body: Json) -> Json:
        name, scene = str(body["action_name"]), body["action_info"]["scene"]
        text = str(scene.get("scene_str") or "") if "STR" in name else str(scene.get("scene_id") or "")
        if not 1 <= len(text) <= 64:
            raise RefusedError(40053, "invalid action info")
        life_s = 0
        if "LIMIT" in name:
            self._permanent += 1
            if self._permanent > _MOST_PERMANENT:
                raise RefusedError(45029, "qrcode count out of limit")
        else:
            life_s = int(body.get("expire_seconds", 60))
            if not 0 < life_s <= _LONGEST_LIFE_S:
                raise RefusedError(40052, "invalid expire_seconds")
        ticket = f"gQ{self.stage.random.getrandbits(128):032x}"
        self._codes[ticket] = (text, self.stage.now_us() + life_s * 1_000_000 if life_s else 0)
        more = {"expire_seconds": life_s} if life_s else {}
        return {"ticket": ticket, **more, "url": f"http://weixin.qq.com/q/{ticket[-12:]}"}

    def _template(self, body: Json) -> Json:
        person = self.receiver(str(body["touser"]))
        if not body.get("template_id"):
            raise RefusedError(40037, "invalid template_id")
        number = self.number()
        self.arrive(person, "template_message", body)
        self.tell("TEMPLATESENDJOBFINISH", person.openid, MsgID=str(number), Status="success")
        return {"msgid": number}

    def _mass(self, body: Json) -> Json:
        openids = body["touser"]
        if not isinstance(openids, list) or not 2 <= len(openids) <= 10_000:
            raise RefusedError(40130, "invalid openid list size, at least two openid")
        return self._send_mass(body, openids)

    def _mass_all(self, body: Json) -> Json:
        chosen, everybody = body["filter"].get("tag_id"), body["filter"].get("is_to_all")
        found = [one.openid for one in self.people.values() if one.follows and (everybody or chosen in one.tags)]
        return self._send_mass(body, found)

    def _send_mass(self, body: Json, openids: Sequence[str]) -> Json:
        mark = str(body.get("clientmsgid") or "")
        if len(mark) > 64:
            raise RefusedError(45067, "clientmsgid size out of limit")
        for number, task in self._masses.items():
            if mark and task["mark"] == mark:
                raise RefusedError(45065, "clientmsgid exist", msg_id=int(number))
        month = self.stage.now_s() // (30 * _DAY_S)
        got = []
        for openid in openids:
            person = self.people.get(openid)
            capped = self._mass_got[openid, month] >= self.mass_cap
            if person is None or not person.follows or person.muted or capped:
                continue
            self._mass_got[openid, month] += 1
            self.arrive(person, "mass_send", body)
            got.append(openid)
        number = str(self.number())
        self._masses[number] = {"mark": mark, "status": "SEND_SUCCESS" if got else "SEND_FAIL"}
        self.tell(
            "MASSSENDJOBFINISH", "gh_platform", MsgID=number, Status="send success" if got else "send fail",
            TotalCount=str(len(openids)), FilterCount=str(len(got)), SentCount=str(len(got)), ErrorCount="0",
        )  # fmt: skip
        return {"msg_id": int(number), "msg_data_id": int(number) + 1}

    def _mass_status(self, body: Json) -> Json:
        task = self._masses.get(str(body["msg_id"]))
        if task is None:
            raise RefusedError(40059, "invalid msg_id")
        return {"msg_id": int(body["msg_id"]), "msg_status": task["status"]}

    def _mass_delete(self, body: Json) -> Json:
        if str(body["msg_id"]) not in self._masses:
            raise RefusedError(40059, "invalid msg_id")
        self._masses[str(body["msg_id"])]["status"] = "DELETE"
        return {}


def _by_body(act: Callable[[Json], Json]) -> Callable[[Ask], Json]:
    return lambda ask: act({**ask.query, **ask.json()})


def _page(openids: list[str], after: str) -> Json:
    start = openids.index(after) + 1 if after in openids else 0
    part = openids[start : start + _PAGE]
    data = {"data": {"openid": part}} if part else {}
    return {"count": len(part), **data, "next_openid": part[-1] if part else ""}


def build(stage: Stage) -> WechatMpSandbox:
    """Open the account of this sandbox."""
    return WechatMpSandbox(stage)
