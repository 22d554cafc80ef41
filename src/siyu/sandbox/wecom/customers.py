"""Staff, customers and who follows whom: what the corp can read, and what people do of their own accord."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.refusal import Json, Refused, page, text, texts

#: How long a welcome code works, microseconds; source: manifest of channels/wecom.
WELCOME_US = 20_000_000


@dataclass(slots=True)
class Follow:
    """One staff member's relation to one customer."""

    staff: str
    since_s: int
    state: str = ""
    add_way: int = 1
    remark: str = ""
    description: str = ""
    mobiles: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Customer:
    """One person as the corp knows them; ``follows`` holds the standing relations by staff."""

    external_userid: str
    unionid: str = ""
    name: str = ""
    follows: dict[str, Follow] = field(default_factory=dict)


class Customers:
    """The corp's address book of customers.

    Args:
        emit: Sends an event to the callback address (what people do fires one; what the API does fires none).
    """

    def __init__(self, stage: Stage, emit: Callable[..., None]) -> None:
        self._stage, self._emit = stage, emit
        self.staff: dict[str, dict[str, Customer]] = {}  # staff -> their customers, in the order of adding
        self.people: dict[str, Customer] = {}
        self.by_unionid: dict[str, Customer] = {}
        self.console_welcome = False
        self.welcome_codes: dict[str, tuple[str, str, int]] = {}  # code -> (customer, staff, ends_at_us)
        self._met: set[tuple[str, str]] = set()

    # ---- what people do ----------------------------------------------------------------------------------------------

    def load(self, rows: Iterable[tuple[str, str, str]], *, since_s: int | None = None) -> int:
        """Put in many standing relations at once, as (external_userid, staff, unionid); fires nothing."""
        now_s = self._stage.now_s() if since_s is None else since_s
        count = 0
        for external_userid, staff, unionid in rows:
            self._customer(external_userid, unionid).follows[staff] = Follow(staff, now_s)
            self.staff.setdefault(staff, {})[external_userid] = self.people[external_userid]
            self._met.add((external_userid, staff))
            count += 1
        return count

    def add(
        self,
        external_userid: str,
        staff: str,
        *,
        unionid: str = "",
        name: str = "",
        state: str = "",
        add_way: int = 1,
        half: bool = False,
    ) -> str:
        """Let a customer add a staff member; fires the event, and returns the welcome code if one was given out.

        Somebody who was a friend before comes without ``State``, as on the platform.
        """
        customer = self._customer(external_userid, unionid)
        customer.name = name or customer.name
        before = (external_userid, staff) in self._met
        if staff in customer.follows:
            return ""
        code = ""
        if not self.console_welcome and not before:
            code = f"wc{self._stage.random.getrandbits(96):024x}"
            self.welcome_codes[code] = (external_userid, staff, self._stage.now_us() + WELCOME_US)
        state = "" if before else state
        if not half:
            self._met.add((external_userid, staff))
            customer.follows[staff] = Follow(staff, self._stage.now_s(), state, add_way)
            self.staff.setdefault(staff, {})[external_userid] = customer
        change = "add_half_external_contact" if half else "add_external_contact"
        self._contact_event(change, staff, external_userid, State=state, WelcomeCode=code)
        return code

    def leave(self, external_userid: str, staff: str) -> bool:
        """Let a customer delete a staff member (a lost customer)."""
        return self._end(external_userid, staff, "del_follow_user")

    def drop(self, external_userid: str, staff: str) -> bool:
        """Let a staff member delete a customer."""
        return self._end(external_userid, staff, "del_external_contact")

    def edit(self, external_userid: str, staff: str, *, remark: str = "", mobiles: list[str] | None = None) -> None:
        """Let a staff member edit a customer in the app; a change of phones alone fires nothing."""
        follow = self.follow(external_userid, staff)
        if mobiles is not None:
            follow.mobiles = mobiles
        if remark:
            follow.remark = remark
            self._contact_event("edit_external_contact", staff, external_userid)

    def follow(self, external_userid: str, staff: str) -> Follow:
        """Return a standing relation; 84061 if there is none, 40096 if nobody knows the customer."""
        customer = self.people.get(external_userid)
        if customer is None:
            raise Refused(40096, "invalid external userid")
        if staff not in customer.follows:
            raise Refused(84061, "not external contact")
        return customer.follows[staff]

    def move(self, external_userid: str, staff: str, taker: str) -> None:
        """Hand a customer over, remark and tags with them."""
        follow = self.follow(external_userid, staff)
        customer = self.people[external_userid]
        del customer.follows[staff]
        self.staff[staff].pop(external_userid, None)
        customer.follows[taker] = Follow(taker, self._stage.now_s(), follow.state, 202, follow.remark, tags=follow.tags)
        self.staff.setdefault(taker, {})[external_userid] = customer

    def _customer(self, external_userid: str, unionid: str) -> Customer:
        customer = self.people.get(external_userid)
        if customer is None:
            customer = self.people[external_userid] = Customer(external_userid)
        if unionid and not customer.unionid:
            customer.unionid = unionid
            self.by_unionid[unionid] = customer
        return customer

    def _end(self, external_userid: str, staff: str, change: str) -> bool:
        customer = self.people.get(external_userid)
        if customer is None or customer.follows.pop(staff, None) is None:
            return False
        self.staff[staff].pop(external_userid, None)
        self._contact_event(change, staff, external_userid)
        return True

    def _contact_event(self, change: str, staff: str, external_userid: str, **more: str) -> None:
        self._emit("change_external_contact", change, UserID=staff, ExternalUserID=external_userid, **more)

    # ---- what the API answers ----------------------------------------------------------------------------------------

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/get_follow_user_list": lambda _body: {"follow_user": list(self.staff)},
            "externalcontact/list": self._list,
            "externalcontact/get": self._get,
            "externalcontact/batch/get_by_user": self._batch,
            "externalcontact/remark": self._remark,
            "externalcontact/unionid_to_external_userid": self._of_unionid,
            "idconvert/unionid_to_external_userid": self._of_unionid_or_pending,
            "externalcontact/convert_to_openid": self._openid,
        }

    def _list(self, body: Json) -> Json:
        staff = text(body, "userid")
        if staff not in self.staff:
            raise Refused(60111, "userid not found")
        if not self.staff[staff]:
            raise Refused(84061, "not external contact")
        return {"external_userid": list(self.staff[staff])}

    def _get(self, body: Json) -> Json:
        customer = self.people.get(text(body, "external_userid"))
        if customer is None:
            raise Refused(40096, "invalid external userid")
        if not customer.follows:
            raise Refused(84061, "not external contact")
        follows = [
            {
                **_follow(one),
                "tags": [{"group_name": "", "tag_name": tag, "tag_id": tag, "type": 1} for tag in one.tags],
            }
            for one in customer.follows.values()
        ]
        rows, cursor = page(follows, body, most=500, default=500)
        return {"external_contact": _profile(customer), "follow_user": rows, "next_cursor": cursor}

    def _batch(self, body: Json) -> Json:
        wanted = texts(body, "userid_list", most=100, needed=True)
        rows = [(staff, customer) for staff in wanted for customer in self.staff.get(staff, {}).values()]
        part, cursor = page(rows, body, most=100)
        listed = [
            {
                "external_contact": _profile(customer),
                "follow_info": {
                    **_follow(customer.follows[staff]),
                    "tag_id": sorted(customer.follows[staff].tags),
                },
            }
            for staff, customer in part
        ]
        return {"external_contact_list": listed, "next_cursor": cursor}

    def _remark(self, body: Json) -> Json:
        follow = self.follow(text(body, "external_userid"), text(body, "userid"))
        if len(str(body.get("remark") or "")) > 20 or len(str(body.get("description") or "")) > 150:
            raise Refused(40058, "remark or description too long")
        follow.remark = str(body.get("remark") or follow.remark)
        follow.description = str(body.get("description") or follow.description)
        follow.mobiles = texts(body, "remark_mobiles", most=20) or follow.mobiles
        return {}

    def _of_unionid(self, body: Json) -> Json:
        customer = self.by_unionid.get(text(body, "unionid"))
        if customer is None:
            raise Refused(84061, "not external contact")
        return {"external_userid": customer.external_userid}

    def _of_unionid_or_pending(self, body: Json) -> Json:
        unionid = text(body, "unionid")
        customer = self.by_unionid.get(unionid)
        if customer is None:
            return {"external_userid": "", "pending_id": f"pending{sha256(unionid.encode()).hexdigest()[:24]}"}
        return {"external_userid": customer.external_userid}

    def _openid(self, body: Json) -> Json:
        customer = self.people.get(text(body, "external_userid"))
        if customer is None:
            raise Refused(40096, "invalid external userid")
        return {"openid": f"o{customer.external_userid[1:]}"}


def _profile(customer: Customer) -> Json:
    profile: dict[str, Any] = {
        "external_userid": customer.external_userid,
        "name": customer.name or customer.external_userid[-6:],
        "type": 1 if customer.external_userid.startswith("wm") else 2,
        "gender": 0,
    }
    if customer.unionid:
        profile["unionid"] = customer.unionid
    return profile


def _follow(follow: Follow) -> Json:
    return {
        "userid": follow.staff,
        "remark": follow.remark,
        "description": follow.description,
        "createtime": follow.since_s,
        "remark_mobiles": follow.mobiles,
        "oper_userid": follow.staff,
        "add_way": follow.add_way,
        "state": follow.state,
    }
