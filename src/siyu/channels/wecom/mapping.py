"""WeCom's words and ours. Pure; every payload of ``tests/channels/wecom/fixtures`` maps, or is ignored for a reason.

Source: events https://developer.work.weixin.qq.com/document/path/92130 (contacts), 92131 (groups), 92132 (tags);
mass send https://developer.work.weixin.qq.com/document/path/92135; read 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Final

from siyu.channels.record import payload_of
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wechat_xml import Node, text_of
from siyu.channels.wecom.answers import REQUESTS, touches_from_answer
from siyu.channels.wecom.names import CHANNEL, added_key, customer_identifier, is_customer, joined_key
from siyu.content.piece import Attachment, Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import LATEST_US, SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Scalar, Touch, touch

_EVENT_NAMES: Final = frozenset({"Event", "InfoType", "MsgType"})
_KEY_FIELDS: Final = (
    "UserID", "ExternalUserID", "ChatId", "Id", "LinkId", "UpdateDetail", "State", "CurMemVer",
)  # fmt: skip
_CONTACTS: Final = {
    "add_external_contact": TouchKind.CONTACT_ADDED,
    "add_half_external_contact": TouchKind.CONTACT_REQUESTED,
    "edit_external_contact": TouchKind.CONTACT_EDITED,
    "del_external_contact": TouchKind.CONTACT_DROPPED,
    "del_follow_user": TouchKind.CONTACT_REMOVED,
    "transfer_fail": TouchKind.OTHER,
    "msg_audit_approved": TouchKind.CONSENT_GIVEN,
}
_INTERNAL_EVENTS: Final = frozenset({
    "subscribe", "unsubscribe", "enter_agent", "click", "view", "scancode_push", "scancode_waitmsg", "location",
    "taskcard_click", "template_card_event", "template_card_menu_event", "switch_workbench_mode",
    "close_inactive_agent", "reopen_inactive_agent", "batch_job_result",
})  # fmt: skip
_INTERNAL_MESSAGES: Final = frozenset({"text", "image", "voice", "video", "location", "link", "file"})


class EventFields(dict[str, Node]):
    """The fields of a callback that was checked and decrypted: nothing has to be looked at again."""


@dataclass(frozen=True, slots=True)
class _Event:
    """One event, whichever envelope it came in."""

    name: str
    change: str
    at_us: int
    fields: Mapping[str, Node]
    account: str
    received_at_us: int

    def text(self, name: str, *, needed: bool = False) -> str:
        value = text_of(self.fields, name)
        if needed and not value:
            raise BadInputError("the field is missing", where=f"{self.name}/{self.change}: {name}")
        return value

    def key(self, *more: str) -> str:
        """Name the event: the envelope's sender and second alone would be too weak, for all come from ``sys``."""
        words = [self.name, self.change, str(self.at_us), *(self.text(name) for name in _KEY_FIELDS), *more]
        return sha1("|".join(words).encode(), usedforsecurity=False).hexdigest()

    def touch(
        self,
        kind: TouchKind,
        *more: str,
        key: str = "",
        customer: str = "",
        staff: str = "",
        scene: str = "",
        said: Mapping[str, Scalar],
    ) -> Touch:
        return touch(
            CHANNEL,
            kind,
            happened_at_us=self.at_us,
            received_at_us=self.received_at_us,
            event_key=key or self.key(*more),
            account=self.account,
            actors=(customer_identifier(customer, self.account),) if customer else (),
            scene=scene,
            source_code=self.text("State"),
            staff=staff,
            properties={name: value for name, value in said.items() if value not in {"", None}},
        )


def touches_from_payload(
    payload: Mapping[str, Any] | str, *, account: str, received_at_us: int, unionid_account: str = ""
) -> list[Touch]:
    """Translate one decrypted callback, or one answer of the API.

    Args:
        payload: XML or JSON text, or its fields.
        account: The corp id.
        unionid_account: The open-platform account whose unionids answers carry.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch; ``NamesOnly`` says what to read at the platform.
    """
    if isinstance(payload, EventFields):
        return list(touches_of_event(payload, account=account, received_at_us=received_at_us))
    record = payload_of(payload)
    names = record.names()
    if names & _EVENT_NAMES:
        fields = {name: node_of(record.raw(name)) for name in names}
        return list(touches_of_event(fields, account=account, received_at_us=received_at_us))
    if "errcode" in names or "ip_list" in names:
        return touches_from_answer(
            record, account=account, received_at_us=received_at_us, unionid_account=unionid_account
        )
    if names and names <= REQUESTS:
        raise Unmapped("request")
    raise BadInputError("neither a callback nor an answer of WeCom", mend="it needs Event, InfoType or errcode")


def touches_of_event(fields: Mapping[str, Node], *, account: str, received_at_us: int) -> tuple[Touch, ...]:
    """Translate one decrypted callback, of the corp's or of the third-party suite's envelope.

    Args:
        fields: As :func:`siyu.channels.wechat_xml.fields_of_xml` gives them.
        account: The corp id under which the account is connected.

    Raises:
        BadInputError: a field is missing or wrong, or nobody knows this event yet.
        Unmapped: it becomes no touch on purpose.
        NamesOnly: it only says that customer-service messages wait (ids: the service account, the sync token).
    """
    message = text_of(fields, "MsgType").lower()
    name = text_of(fields, "InfoType") or text_of(fields, "Event")
    if not name:
        if message in _INTERNAL_MESSAGES:
            raise Unmapped("message")
        if message == "update_button":
            raise Unmapped(message)
        raise BadInputError(f"a callback without Event or InfoType: {message[:40]!r}", where="Event")
    event = _Event(name, text_of(fields, "ChangeType"), _moment(fields), fields, account, received_at_us)
    match name:
        case "change_external_contact":
            return (_contact(event),)
        case "change_external_chat":
            return _group(event)
        case "change_external_tag":
            said = {"tag_id": event.text("Id"), "tag_type": event.text("TagType")}
            return (event.touch(TouchKind.ACCOUNT_CHANGED, said={"event": name, "change": event.change, **said}),)
        case "customer_acquisition":
            return (
                event.touch(
                    TouchKind.ACCOUNT_CHANGED,
                    staff=event.text("UserID"),
                    scene="acquisition_link",
                    said={"event": name, "change": event.change, "link_id": event.text("LinkId")},
                ),
            )
        case "kf_account_auth_change":
            return (event.touch(TouchKind.ACCOUNT_CHANGED, said={"event": name}),)
        case "kf_msg_or_event":
            ids = (event.text("OpenKfId", needed=True), event.text("Token", needed=True))
            raise NamesOnly(name, what="kf_messages", ids=ids)
        case "change_contact":
            raise Unmapped(name)
    if name.lower() in _INTERNAL_EVENTS:
        raise Unmapped(name.lower())
    raise BadInputError(f"nobody knows the event {name[:60]!r} yet", where="Event", mend="map it in channels/wecom")


def _contact(event: _Event) -> Touch:
    kind = _CONTACTS.get(event.change)
    if kind is None:
        raise BadInputError(f"nobody knows the change {event.change[:60]!r} yet", where="ChangeType")
    said: dict[str, Scalar] = {"welcome_code": event.text("WelcomeCode")}
    if event.change == "del_external_contact":
        said["cause"] = event.text("Source").lower()
    elif event.change == "transfer_fail":
        said |= {"event": "transfer_fail", "cause": event.text("FailReason")}
    elif event.change == "msg_audit_approved":
        said |= {"purpose": "chat_archive", "for_channel": CHANNEL}
    customer, staff = event.text("ExternalUserID", needed=True), event.text("UserID", needed=True)
    added = event.change == "add_external_contact"
    return event.touch(
        kind,
        key=added_key(staff, customer, event.at_us // SECOND) if added else "",
        customer=customer,
        staff=staff,
        scene="customer_contact",
        said=said,
    )


def _group(event: _Event) -> tuple[Touch, ...]:
    chat = event.text("ChatId", needed=True)
    detail = event.text("UpdateDetail")
    members = _members(event)
    said: dict[str, Scalar] = {"chat_id": chat}
    if event.change == "update" and detail in {"add_member", "del_member"} and members:
        joined = detail == "add_member"
        kind = TouchKind.GROUP_JOINED if joined else TouchKind.GROUP_LEFT
        scene = event.text("JoinScene" if joined else "QuitScene")
        said["join_scene" if joined else "quit_scene"] = scene
        customers = [member for member in members if is_customer(member)]
        staff = [member for member in members if not is_customer(member)]
        at_s = event.at_us // SECOND
        touches = [
            event.touch(
                kind,
                member,
                key=joined_key(chat, member, at_s) if joined else "",
                customer=member,
                scene="group",
                said=said,
            )
            for member in customers
        ]
        said |= {"change": "update", "detail": detail}
        touches += [
            event.touch(TouchKind.GROUP_CHANGED, member, staff=member, scene="group", said=said) for member in staff
        ]
        return tuple(touches)
    if event.change not in {"create", "update", "dismiss"}:
        raise BadInputError(f"nobody knows the change {event.change[:60]!r} yet", where="ChangeType")
    said |= {"change": event.change, "detail": detail, "members_changed": event.text("MemChangeCnt")}
    return (event.touch(TouchKind.GROUP_CHANGED, scene="group", said=said),)


def _members(event: _Event) -> tuple[str, ...]:
    changed = event.fields.get("MemChangeList", "")
    if isinstance(changed, str):
        return ()
    items = changed.get("Item", "") if isinstance(changed, Mapping) else changed
    listed = items if isinstance(items, list) else [items]
    if not all(isinstance(item, str) for item in listed):
        raise BadInputError("a member is not plain text", where="MemChangeList")
    return tuple(dict.fromkeys(item for item in listed if item))


def _moment(fields: Mapping[str, Node]) -> int:
    text = text_of(fields, "CreateTime") or text_of(fields, "TimeStamp")
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or int(text) * SECOND > LATEST_US:
        raise BadInputError(f"{text[:40]!r} is no moment in Unix seconds", where="CreateTime")
    return int(text) * SECOND


def mass_send_body(piece: Piece, *, staff: str, recipients: list[str], groups: bool = False) -> dict[str, Any]:
    """Write the body of ``externalcontact/add_msg_template``: one piece, one staff member, many customers or groups."""
    kind, ids = ("group", "chat_id_list") if groups else ("single", "external_userid")
    return {"chat_type": kind, ids: recipients, **({"sender": staff} if staff else {}), **content_body(piece)}


def content_body(piece: Piece) -> dict[str, Any]:
    """Write text and attachments as mass send, welcome message and Moments take them."""
    body: dict[str, Any] = {"text": {"content": piece.text}} if piece.text else {}
    if piece.attachments:
        body["attachments"] = [_attachment(one) for one in piece.attachments]
    return body


def _attachment(one: Attachment) -> dict[str, Any]:
    inner: dict[str, str]
    match one.kind:
        case "image":
            inner = {"media_id": one.media_id} if one.media_id else {"pic_url": one.picture_url or one.url}
        case "link":
            inner = {"title": one.title, "picurl": one.picture_url, "desc": one.description, "url": one.url}
        case "miniprogram":
            inner = {"title": one.title, "pic_media_id": one.media_id, "appid": one.app_id, "page": one.page}
        case "video" | "file":
            inner = {"media_id": one.media_id}
        case _:
            raise BadInputError(f"WeCom has no attachment {one.kind!r}", where="attachments")
    return {"msgtype": one.kind, one.kind: {name: value for name, value in inner.items() if value}}


def content_mark(text: str, attachments: list[Any]) -> str:
    """Return a short mark of what a task says, to find it again among the platform's own list of tasks."""
    words = [text]
    for one in attachments:
        kind = str(one.get("msgtype", "")) if isinstance(one, Mapping) else ""
        inner = one.get(kind) if isinstance(one, Mapping) else None
        words.append(kind)
        if isinstance(inner, Mapping):
            words += [str(inner.get(name) or "") for name in ("title", "url", "appid", "page")]
    return sha1("\x1f".join(words).encode(), usedforsecurity=False).hexdigest()[:16]


def node_of(value: Any) -> Node:
    """Turn a JSON value into what the XML of the same event would hold."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Mapping):
        return {str(name): node_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [node_of(item) for item in value]
    return str(value)
