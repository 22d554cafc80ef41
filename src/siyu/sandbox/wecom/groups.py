"""Customer groups of the played WeCom: people come and go, codes lead in, owners change; the API lags two seconds."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.refusal import Json, Refused, page, text, texts

#: How long the API shows the group as it was before a change.
LAG_US = 2_000_000
MOST_MEMBERS = 500


@dataclass(slots=True)
class Member:
    """One member: type 1 staff, 2 customer; scene as the listing writes it (1 invited, 2 by link, 3 by code)."""

    userid: str
    kind: int
    joined_s: int
    scene: int
    state: str = ""


@dataclass(slots=True)
class Chat:
    """One customer group."""

    chat_id: str
    owner: str
    name: str
    made_s: int
    members: dict[str, Member] = field(default_factory=dict)
    changed_us: int = 0
    before: dict[str, Member] = field(default_factory=dict)
    notice: str = ""


class Groups:
    """The corp's customer groups; what people do fires events, what the API does fires none."""

    def __init__(self, stage: Stage, customers: Customers, emit: Callable[..., None]) -> None:
        self._stage, self._customers, self._emit = stage, customers, emit
        self.chats: dict[str, Chat] = {}
        self.ways: dict[str, Json] = {}
        self._handed: dict[str, list[int]] = {}

    # ---- what people do ----------------------------------------------------------------------------------------------

    def found(self, owner: str, name: str = "") -> str:
        """Let a staff member make a group by hand in the app; returns the chat id."""
        chat_id = f"wr{self._stage.random.getrandbits(96):024x}"
        now_s = self._stage.now_s()
        chat = self.chats[chat_id] = Chat(chat_id, owner, name, now_s)
        chat.members[owner] = Member(owner, 1, now_s, 1)
        chat.before = dict(chat.members)
        self._customers.staff.setdefault(owner, {})
        self._emit("change_external_chat", "create", ChatId=chat_id)
        return chat_id

    def join(self, chat_id: str, members: list[str], *, by_code: str = "") -> list[str]:
        """Let customers or staff come in; returns those who fitted in (500 at most)."""
        chat = self.chats[chat_id]
        self._remember(chat)
        came = []
        for userid in members:
            if userid not in chat.members and len(chat.members) < MOST_MEMBERS:
                kind = 2 if userid in self._customers.people else 1
                state = str(self.ways[by_code].get("state") or "") if by_code else ""
                chat.members[userid] = Member(userid, kind, self._stage.now_s(), 3 if by_code else 1, state)
                came.append(userid)
        if came:
            scene = "3" if by_code else "0"
            more = {"JoinScene": scene, "MemChangeCnt": str(len(came))}
            self._update(chat_id, "add_member", MemChangeList=came, **more)
        return came

    def scan(self, config_id: str, userid: str) -> str:
        """Let somebody scan a join way; the first group with room takes them, a new one if the code allows it."""
        way = self.ways[config_id]
        for chat_id in way["chat_id_list"]:
            if self.join(chat_id, [userid], by_code=config_id):
                return str(chat_id)
        if not way.get("auto_create_room", 1):
            return ""
        owner = self.chats[way["chat_id_list"][-1]].owner
        chat_id = self.found(owner, f"{way.get('room_base_name') or ''}{len(self.chats)}")
        way["chat_id_list"] = [*way["chat_id_list"], chat_id][-5:]
        return chat_id if self.join(chat_id, [userid], by_code=config_id) else ""

    def part(self, chat_id: str, members: list[str], *, removed: bool = False) -> None:
        """Let members leave, or the owner remove them."""
        chat = self.chats[chat_id]
        self._remember(chat)
        gone = [userid for userid in members if chat.members.pop(userid, None)]
        if gone:
            more = {"QuitScene": str(int(removed)), "MemChangeCnt": str(len(gone))}
            self._update(chat_id, "del_member", MemChangeList=gone, **more)

    def rename(self, chat_id: str, name: str) -> None:
        """Let the owner rename the group in the app."""
        self.chats[chat_id].name = name
        self._update(chat_id, "change_name")

    def dissolve(self, chat_id: str) -> None:
        """Let the owner dissolve the group."""
        del self.chats[chat_id]
        self._emit("change_external_chat", "dismiss", ChatId=chat_id)

    def owner_of(self, chat_id: str) -> str:
        """Return who owns a group; empty if there is none."""
        chat = self.chats.get(chat_id)
        return chat.owner if chat else ""

    def _remember(self, chat: Chat) -> None:
        now_us = self._stage.now_us()
        if now_us >= chat.changed_us + LAG_US:
            chat.before = dict(chat.members)
        chat.changed_us = now_us

    def _update(self, chat_id: str, detail: str, **more: str | list[str]) -> None:
        self._emit("change_external_chat", "update", ChatId=chat_id, UpdateDetail=detail, **more)

    # ---- what the API answers ----------------------------------------------------------------------------------------

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/groupchat/list": self._list,
            "externalcontact/groupchat/get": self._get,
            "externalcontact/groupchat/transfer": self._transfer,
            "externalcontact/groupchat/onjob_transfer": self._transfer_on_the_job,
            "externalcontact/groupchat/add_join_way": self._add_way,
            "externalcontact/groupchat/get_join_way": lambda body: {"join_way": self._way(body)},
            "externalcontact/groupchat/update_join_way": self._update_way,
            "externalcontact/groupchat/del_join_way": self._delete_way,
        }

    def _list(self, body: Json) -> Json:
        owners = texts(body.get("owner_filter") or {}, "userid_list", most=100)
        if not owners and len(self._customers.staff) > 1000:
            raise Refused(81017, "too many staff: name the owners")
        chats = [one for one in self.chats.values() if not owners or one.owner in owners]
        part, cursor = page(chats, body, most=1000, default=100)
        return {"group_chat_list": [{"chat_id": one.chat_id, "status": 0} for one in part], "next_cursor": cursor}

    def _chat(self, body: Json) -> Chat:
        chat = self.chats.get(text(body, "chat_id"))
        if chat is None:
            raise Refused(40050, "invalid chat_id")
        return chat

    def _get(self, body: Json) -> Json:
        chat = self._chat(body)
        late = self._stage.now_us() < chat.changed_us + LAG_US
        members = [self._member(one) for one in (chat.before if late else chat.members).values()]
        return {
            "group_chat": {
                "chat_id": chat.chat_id,
                "name": chat.name,
                "owner": chat.owner,
                "create_time": chat.made_s,
                "notice": chat.notice,
                "member_list": members,
                "admin_list": [],
            }
        }

    def _member(self, member: Member) -> Json:
        person = self._customers.people.get(member.userid)
        row: Json = {
            "userid": member.userid,
            "type": member.kind,
            "join_time": member.joined_s,
            "join_scene": member.scene,
            "group_nickname": "",
            "name": person.name if person else member.userid,
        }
        if person and person.unionid:
            row["unionid"] = person.unionid
        return {**row, "state": member.state} if member.state else row

    def _transfer(self, body: Json) -> Json:
        chats, owner = texts(body, "chat_id_list", most=100, needed=True), text(body, "new_owner")
        failed = []
        for chat_id in chats:
            chat = self.chats.get(chat_id)
            if chat is None:
                failed.append({"chat_id": chat_id, "errcode": 90501, "errmsg": "chat is not external group chat"})
            else:
                chat.owner = owner
                chat.members.setdefault(owner, Member(owner, 1, self._stage.now_s(), 1))
        return {"failed_chat_list": failed}

    def _transfer_on_the_job(self, body: Json) -> Json:
        now_s, body = self._stage.now_s(), copy.copy(body)
        often = []
        for chat_id in texts(body, "chat_id_list", most=100, needed=True):
            recent = [one for one in self._handed.get(chat_id, []) if now_s - one < 90 * 86_400]
            if len(recent) >= 2:
                often.append(chat_id)
            self._handed[chat_id] = [*recent, now_s]
        left = [one for one in body["chat_id_list"] if one not in often]
        failed = [{"chat_id": one, "errcode": 90508, "errmsg": "handed over too often"} for one in often]
        if not left:
            return {"failed_chat_list": failed}
        return {"failed_chat_list": failed + self._transfer({**body, "chat_id_list": left})["failed_chat_list"]}

    def _add_way(self, body: Json) -> Json:
        chats = texts(body, "chat_id_list", most=5, needed=True)
        if any(one not in self.chats for one in chats):
            raise Refused(40050, "invalid chat_id")
        if len(str(body.get("state") or "")) > 30 or body.get("scene") not in {1, 2}:
            raise Refused(40058, "invalid state or scene")
        config_id = f"{self._stage.random.getrandbits(128):032x}"
        code = f"{self._stage.base_url}/qr/{config_id}"
        self.ways[config_id] = {"auto_create_room": 1, **body, "config_id": config_id, "qr_code": code}
        return {"config_id": config_id}

    def _update_way(self, body: Json) -> Json:
        way = self._way(body)
        if any(one not in self.chats for one in texts(body, "chat_id_list", most=5, needed=True)):
            raise Refused(40050, "invalid chat_id")
        way.update({**body, "qr_code": way["qr_code"]})
        return {}

    def _delete_way(self, body: Json) -> Json:
        del self.ways[self._way(body)["config_id"]]
        return {}

    def _way(self, body: Json) -> Json:
        way = self.ways.get(text(body, "config_id"))
        if way is None:
            raise Refused(41044, "invalid config_id")
        return way
