"""The corp's tags, and live codes (活码) that customers scan."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.refusal import Json, Refused, text, texts

MOST_TAGS = 3000


@dataclass(slots=True)
class Group:
    """One group of tags."""

    group_id: str
    name: str
    made_s: int
    tags: dict[str, Json] = field(default_factory=dict)


class Tags:
    """The corp's tags. The API's own changes fire no event; ``rename`` in the console does."""

    def __init__(self, stage: Stage, customers: Customers, emit: Callable[..., None]) -> None:
        self._stage, self._customers, self._emit = stage, customers, emit
        self.groups: dict[str, Group] = {}

    def rename(self, tag_id: str, name: str) -> None:
        """Let an admin rename a tag in the console."""
        self._tag(tag_id)[1]["name"] = name
        self._emit("change_external_tag", "update", Id=tag_id, TagType="tag")

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/get_corp_tag_list": self._list,
            "externalcontact/add_corp_tag": self._add,
            "externalcontact/edit_corp_tag": self._edit,
            "externalcontact/del_corp_tag": self._delete,
            "externalcontact/mark_tag": self._mark,
        }

    def _list(self, body: Json) -> Json:
        tags, groups = texts(body, "tag_id", most=3000), texts(body, "group_id", most=3000)
        listed = []
        for group in self.groups.values():
            chosen = [tag for tag in group.tags.values() if not tags or groups or tag["id"] in tags]
            if (not groups or group.group_id in groups) and (chosen or not tags):
                listed.append(_group(group, chosen))
        return {"tag_group": listed}

    def _add(self, body: Json) -> Json:
        wanted = body.get("tag")
        if not isinstance(wanted, list) or not wanted:
            raise Refused(40058, "tag is missing")
        if sum(len(group.tags) for group in self.groups.values()) + len(wanted) > MOST_TAGS:
            raise Refused(40071, "too many tags")
        group = self._group_for(body)
        made = []
        for one in wanted:
            name = text(one, "name", most=30) if isinstance(one, dict) else ""
            if not name or any(tag["name"] == name for tag in group.tags.values()):
                raise Refused(40071, "tag name is empty or taken")
            tag = {"id": self._id(), "name": name, "create_time": self._stage.now_s(), "order": 0}
            group.tags[str(tag["id"])] = tag
            made.append(tag)
        return {"tag_group": _group(group, made)}

    def _group_for(self, body: Json) -> Group:
        if body.get("group_id"):
            group = self.groups.get(text(body, "group_id"))
            if group is None:
                raise Refused(40068, "invalid tag group")
            return group
        name = text(body, "group_name", most=30)
        known = next((group for group in self.groups.values() if group.name == name), None)
        if known is None:
            known = Group(self._id(), name, self._stage.now_s())
            self.groups[known.group_id] = known
        return known

    def _edit(self, body: Json) -> Json:
        wanted, name = text(body, "id"), text(body, "name", most=30)
        if wanted in self.groups:
            self.groups[wanted].name = name
        else:
            self._tag(wanted)[1]["name"] = name
        return {}

    def _delete(self, body: Json) -> Json:
        for tag_id in texts(body, "tag_id", most=3000):
            group, _ = self._tag(tag_id)
            del group.tags[tag_id]
        for group_id in texts(body, "group_id", most=3000):
            if self.groups.pop(group_id, None) is None:
                raise Refused(40068, "invalid tag group")
        return {}

    def _mark(self, body: Json) -> Json:
        follow = self._customers.follow(text(body, "external_userid"), text(body, "userid"))
        added, removed = texts(body, "add_tag", most=100), texts(body, "remove_tag", most=100)
        if not added and not removed:
            raise Refused(40063, "no tag")
        for tag_id in (*added, *removed):
            self._tag(tag_id)
        follow.tags = (follow.tags | set(added)) - set(removed)
        return {}

    def _tag(self, tag_id: str) -> tuple[Group, Json]:
        for group in self.groups.values():
            if tag_id in group.tags:
                return group, group.tags[tag_id]
        raise Refused(40068, "invalid tag id")

    def _id(self) -> str:
        return f"et{self._stage.random.getrandbits(96):024x}"


class ContactWays:
    """Live codes: whom they lead to, and the state that comes back with the customer."""

    def __init__(self, stage: Stage, customers: Customers) -> None:
        self._stage, self._customers = stage, customers
        self.ways: dict[str, Json] = {}

    def scan(self, config_id: str, external_userid: str, *, unionid: str = "", name: str = "") -> str:
        """Let somebody scan a code: the staff member with fewest customers is added; returns the welcome code."""
        way = self.ways[config_id]
        staff = min(way["user"], key=lambda one: len(self._customers.staff.get(one, {})))
        return self._customers.add(
            external_userid, staff, unionid=unionid, name=name, state=str(way.get("state") or "")
        )

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/add_contact_way": self._add,
            "externalcontact/get_contact_way": lambda body: {"contact_way": self._way(body)},
            "externalcontact/list_contact_way": lambda _body: {
                "contact_way": [{"config_id": one} for one in self.ways],
                "next_cursor": "",
            },
            "externalcontact/update_contact_way": self._update,
            "externalcontact/del_contact_way": self._delete,
        }

    def _add(self, body: Json) -> Json:
        self._check(body)
        users = texts(body, "user", most=100)
        if body.get("type") not in {1, 2} or body.get("scene") not in {1, 2}:
            raise Refused(40058, "invalid type or scene")
        if body["type"] == 1 and len(users) != 1:
            raise Refused(41041 if users else 40063, "type 1 takes one user")
        if any(user not in self._customers.staff for user in users):
            raise Refused(40003, "invalid userid")
        config_id = f"{self._stage.random.getrandbits(128):032x}"
        code = f"{self._stage.base_url}/qr/{config_id}" if body["scene"] == 2 else ""
        self.ways[config_id] = {"skip_verify": True, **body, "user": users, "config_id": config_id, "qr_code": code}
        return {"config_id": config_id, **({"qr_code": code} if code else {})}

    def _update(self, body: Json) -> Json:
        way = self._way(body)
        self._check(body)
        way.update({name: value for name, value in body.items() if name not in {"type", "scene", "config_id"}})
        return {}

    def _delete(self, body: Json) -> Json:
        del self.ways[self._way(body)["config_id"]]
        return {}

    @staticmethod
    def _check(body: Json) -> None:
        if len(str(body.get("state") or "")) > 30 or len(str(body.get("remark") or "")) > 30:
            raise Refused(40058, "state or remark too long")

    def _way(self, body: Json) -> Json:
        way = self.ways.get(text(body, "config_id"))
        if way is None:
            raise Refused(41044, "invalid config_id")
        return way


def _group(group: Group, tags: list[Json]) -> dict[str, Any]:
    return {
        "group_id": group.group_id,
        "group_name": group.name,
        "create_time": group.made_s,
        "order": 0,
        "tag": tags,
    }
