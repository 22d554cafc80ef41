"""Moments, acquisition links and hand-overs of the played WeCom."""

from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.mass_send import content_of
from siyu.sandbox.wecom.refusal import Json, Refused, page, text, texts

_HAND_OVER_S = 86_400
_QUARTER_S = 90 * 86_400


@dataclass(slots=True)
class Moment:
    """One Moments task: who posts, and who then sees it."""

    moment_id: str
    made_s: int
    text: str
    audience: dict[str, list[str]]
    posted: dict[str, int] = field(default_factory=dict)


class Moments:
    """Moments tasks; staff confirm them by hand (``confirm``)."""

    def __init__(self, stage: Stage, customers: Customers) -> None:
        self._stage, self._customers = stage, customers
        self.moments: dict[str, Moment] = {}
        self._jobs: dict[str, tuple[str, int]] = {}

    def confirm(self, moment_id: str = "", staff: str = "") -> int:
        """Let staff post what waits; returns at how many customers it arrived."""
        count = 0
        for moment in [self.moments[moment_id]] if moment_id else list(self.moments.values()):
            for userid, audience in moment.audience.items():
                if staff in {"", userid} and userid not in moment.posted:
                    moment.posted[userid] = self._stage.now_s()
                    count += len(audience)
        return count

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/add_moment_task": self._add,
            "externalcontact/get_moment_task_result": self._result,
            "externalcontact/get_moment_task": self._staff,
            "externalcontact/get_moment_customer_list": self._audience,
            "externalcontact/get_moment_list": self._list,
        }

    def _add(self, body: Json) -> Json:
        words, _ = content_of(body)
        visible = body.get("visible_range") or {}
        senders = texts(visible.get("sender_list") or {}, "user_list", most=100_000)
        tags = set(texts(visible.get("external_contact_list") or {}, "tag_list", most=3000))
        audience: dict[str, list[str]] = {}
        for staff in senders or list(self._customers.staff):
            mine = self._customers.staff.get(staff, {})
            seen = [one for one, person in mine.items() if not tags or tags & person.follows[staff].tags]
            if senders or seen:
                audience[staff] = seen
        moment_id = f"mom{self._stage.random.getrandbits(96):024x}"
        self.moments[moment_id] = Moment(moment_id, self._stage.now_s(), words, audience)
        jobid = f"job{self._stage.random.getrandbits(64):016x}"
        self._jobs[jobid] = (moment_id, self._stage.now_s())
        return {"jobid": jobid}

    def _result(self, body: Json) -> Json:
        moment_id, made_s = self._jobs.get(text(body, "jobid"), ("", 0))
        if not moment_id or self._stage.now_s() - made_s > 86_400:
            raise Refused(40058, "invalid jobid")
        return {
            "status": 3,
            "type": "add_moment_task",
            "result": {"errcode": 0, "errmsg": "ok", "moment_id": moment_id},
        }

    def _moment(self, body: Json) -> Moment:
        moment = self.moments.get(text(body, "moment_id"))
        if moment is None:
            raise Refused(41060, "invalid moment_id")
        return moment

    def _staff(self, body: Json) -> Json:
        moment = self._moment(body)
        rows = [{"userid": staff, "publish_status": int(staff in moment.posted)} for staff in moment.audience]
        rows, cursor = page(rows, body, most=1000)
        return {"task_list": rows, "next_cursor": cursor}

    def _audience(self, body: Json) -> Json:
        moment, staff = self._moment(body), text(body, "userid")
        if staff not in moment.posted:
            raise Refused(41062, "not posted yet")
        rows, cursor = page(moment.audience[staff], body, most=1000)
        return {"customer_list": [{"userid": staff, "external_userid": one} for one in rows], "next_cursor": cursor}

    def _list(self, body: Json) -> Json:
        first, last = body.get("start_time"), body.get("end_time")
        if not isinstance(first, int) or not isinstance(last, int) or not 0 <= last - first <= 30 * 86_400:
            raise Refused(40058, "invalid start_time or end_time")
        moments = [one for one in self.moments.values() if first <= one.made_s <= last]
        part, cursor = page(moments, body, most=20, default=20)
        rows = [{"moment_id": one.moment_id, "create_time": one.made_s, "text": {"content": one.text}} for one in part]
        return {"moment_list": rows, "next_cursor": cursor}


class Links:
    """Acquisition links (获客链接): paid, counted, with a state in the address."""

    def __init__(self, stage: Stage, customers: Customers, emit: Callable[..., None]) -> None:
        self._stage, self._customers, self._emit = stage, customers, emit
        self.links: dict[str, Json] = {}
        self.came: dict[str, list[Json]] = {}
        self.balance = 1000

    def click(self, link_id: str, external_userid: str, *, state: str = "", unionid: str = "") -> str:
        """Let somebody come by a link: they add its staff; returns the welcome code."""
        link = self.links[link_id]
        staff = min(link["staff"], key=lambda one: len(self._customers.staff.get(one, {})))
        self._emit("customer_acquisition", "friend_request", LinkId=link_id, State=state, UserID=staff)
        code = self._customers.add(external_userid, staff, unionid=unionid, state=state, add_way=16)
        self.balance -= 1
        row = {"external_userid": external_userid, "userid": staff, "chat_status": 0, "state": state}
        self.came[link_id].append(row)
        if self.balance == 100:
            self._emit("customer_acquisition", "balance_low")
        return code

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        root = "externalcontact/customer_acquisition"
        return {
            f"{root}/create_link": self._create,
            f"{root}/list_link": self._list,
            f"{root}/get": self._get,
            f"{root}/update_link": self._update,
            f"{root}/delete_link": self._delete,
            f"{root}/customer": self._customers_of,
            f"{root}_quota": lambda _body: {"total": 1000, "balance": self.balance, "quota_list": []},
        }

    def _link(self, body: Json) -> Json:
        link = self.links.get(text(body, "link_id"))
        if link is None:
            raise Refused(40058, "invalid link_id")
        return link

    def _create(self, body: Json) -> Json:
        staff = texts(body.get("range") or {}, "user_list", most=500, needed=True)
        link_id = f"cal{self._stage.random.getrandbits(64):016x}"
        self.links[link_id] = {
            "link_id": link_id,
            "link_name": text(body, "link_name", most=30),
            "url": f"https://work.weixin.qq.com/ca/{link_id}",
            "create_time": self._stage.now_s(),
            "staff": staff,
        }
        self.came[link_id] = []
        return {"link": {name: value for name, value in self.links[link_id].items() if name != "staff"}}

    def _list(self, body: Json) -> Json:
        part, cursor = page(list(self.links), body, most=100)
        return {"link_id_list": part, "next_cursor": cursor}

    def _get(self, body: Json) -> Json:
        link = self._link(body)
        shown = {name: link[name] for name in ("link_name", "url", "create_time")}
        return {"link": shown, "range": {"user_list": link["staff"], "department_list": []}}

    def _update(self, body: Json) -> Json:
        link = self._link(body)
        link["link_name"] = str(body.get("link_name") or link["link_name"])
        link["staff"] = texts(body.get("range") or {}, "user_list", most=500) or link["staff"]
        return {}

    def _delete(self, body: Json) -> Json:
        del self.links[self._link(body)["link_id"]]
        return {}

    def _customers_of(self, body: Json) -> Json:
        self._link(body)
        part, cursor = page(self.came[body["link_id"]], body, most=1000)
        return {"customer_list": part, "next_cursor": cursor}


class HandOvers:
    """Hand-overs of customers: they wait a day, customers may refuse, twice in 90 days at most."""

    def __init__(self, stage: Stage, customers: Customers, emit: Callable[..., None]) -> None:
        self._stage, self._customers, self._emit = stage, customers, emit
        self.resigned: set[str] = set()
        self.begun: dict[tuple[str, str, str], list[int]] = {}  # (customer, giver, taker) -> [status, begun, done]
        self._often: dict[str, list[int]] = {}

    def leave_corp(self, staff: str) -> None:
        """Let a staff member resign; their customers wait for somebody else."""
        self.resigned.add(staff)

    def refuse(self, external_userid: str, giver: str, taker: str) -> None:
        """Let a customer refuse the new staff member; fires ``transfer_fail``."""
        self.begun[external_userid, giver, taker][0] = 3
        more = {"FailReason": "customer_refused"}
        self._emit("change_external_contact", "transfer_fail", UserID=taker, ExternalUserID=external_userid, **more)

    def ripen(self) -> None:
        """Carry out hand-overs whose day is over."""
        now_s = self._stage.now_s()
        for (customer, giver, taker), entry in self.begun.items():
            if entry[0] == 2 and now_s - entry[1] >= _HAND_OVER_S:
                entry[0], entry[2] = 1, now_s
                if giver in self._customers.people[customer].follows:
                    self._customers.move(customer, giver, taker)
                    more = {"Source": "DELETE_BY_TRANSFER"}
                    self._emit(
                        "change_external_contact", "del_external_contact", UserID=giver, ExternalUserID=customer, **more
                    )

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/transfer_customer": lambda body: self._begin(body, resigned=False),
            "externalcontact/transfer_result": self._result,
            "externalcontact/resigned/transfer_customer": lambda body: self._begin(body, resigned=True),
            "externalcontact/resigned/transfer_result": self._result,
            "externalcontact/get_unassigned_list": self._unassigned,
        }

    def _begin(self, body: Json, *, resigned: bool) -> Json:
        giver, taker = text(body, "handover_userid"), text(body, "takeover_userid")
        wanted = texts(body, "external_userid", most=100, needed=True)
        if taker not in self._customers.staff or taker in self.resigned:
            raise Refused(40003, "invalid takeover_userid")
        if (giver in self.resigned) != resigned:
            raise Refused(90502 if not resigned else 90500, "the giver has left, or has not")
        return {"customer": [{"external_userid": one, "errcode": self._one(one, giver, taker)} for one in wanted]}

    def _one(self, customer: str, giver: str, taker: str) -> int:
        if customer not in self._customers.staff.get(giver, {}):
            return 40096
        now_s = self._stage.now_s()
        often = [one for one in self._often.get(customer, []) if now_s - one < _QUARTER_S]
        if len(often) >= 2 and giver not in self.resigned:
            return 40129
        self._often[customer] = [*often, now_s]
        self.begun[customer, giver, taker] = [2, now_s, 0]
        return 0

    def _result(self, body: Json) -> Json:
        giver, taker = text(body, "handover_userid"), text(body, "takeover_userid")
        self.ripen()
        rows = [
            {"external_userid": customer, "status": entry[0], "takeover_time": entry[2]}
            for (customer, one, other), entry in self.begun.items()
            if (one, other) == (giver, taker)
        ]
        part, cursor = page(rows, body, most=1000, default=1000)
        return {"customer": part, "next_cursor": cursor}

    def _unassigned(self, body: Json) -> Json:
        rows = [
            {"handover_userid": staff, "external_userid": customer, "dimission_time": 0}
            for staff in sorted(self.resigned)
            for customer in self._customers.staff.get(staff, {})
        ]
        part, cursor = page(rows, body, most=1000, default=1000)
        return {"info": part, "next_cursor": cursor, "is_last": not cursor}
