"""Messages and events that official accounts and mini programs push, as touches. Pure.

What a person wrote, where they are and what they scanned stays out of the touches: kinds and keys are enough.

Source: https://developers.weixin.qq.com/doc/service/guide/product/message/, read 2026-11-22.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from siyu.channels.record import Record
from siyu.channels.unmapped import Unmapped
from siyu.channels.wechat_names import openid_identifier
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND
from siyu.people.consent import USED_UP
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Scalar, Touch, touch

_MESSAGES: Final = frozenset(
    {"text", "image", "voice", "video", "shortvideo", "location", "link", "file", "miniprogrampage"}
)
_REPLIES: Final = frozenset({*_MESSAGES, "music", "news", "transfer_customer_service"})
_MENU: Final = frozenset({
    "click", "view", "view_miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
    "pic_weixin", "location_select",
})  # fmt: skip
#: Events in which nobody does anything.
_NOBODY: Final = {
    "freepublishjobfinish": "free_publish",
    "publishjobfinish": "free_publish",
    "wxa_media_check": "media_check",
    "open_product_order_settle": "settle",
    "kf_create_session": "kf_session",
    "kf_close_session": "kf_session",
    "kf_switch_session": "kf_session",
}


@dataclass(frozen=True, slots=True)
class Push:
    """One push of one account.

    Attributes:
        channel: ``wechat_mp`` or ``wechat_mini``.
        account: The app id, by which openids are scoped.
    """

    channel: str
    account: str
    record: Record
    received_at_us: int

    def touch(
        self,
        kind: TouchKind,
        key: str,
        *,
        openid: str,
        scene: str,
        source_code: str = "",
        about: str = "",
        staff: str = "",
        **said: Scalar,
    ) -> Touch:
        """Make a touch of this push; empty properties are left out."""
        return touch(
            self.channel,
            kind,
            happened_at_us=self.record.seconds("CreateTime"),
            received_at_us=self.received_at_us,
            event_key=key,
            account=self.account,
            actors=(openid_identifier(openid, self.account),) if openid else (),
            scene=scene,
            source_code=source_code,
            about=about,
            staff=staff,
            properties={name: value for name, value in said.items() if value not in {"", None}},
        )

    def key(self, *more: str) -> str:
        """Name an event as the platform says: who, when, what, and by which key."""
        said = self.record
        return "|".join((said.text("FromUserName"), said.text("CreateTime"), said.text("Event").lower(), *more))


def follow_key(openid: str, at_s: int) -> str:
    """Name a following: the event and the later listing agree on the second, so they count once."""
    return f"follow|{openid}|{at_s}"


def subscription(template_id: str) -> str:
    """Return the purpose of the consent to one message by a template."""
    return f"subscribe:{template_id}"


def touches_of_push(push: Push) -> list[Touch]:
    """Translate a message or an event.

    Raises:
        BadInputError: a field is missing or wrong, or nobody knows this event yet.
        Unmapped: it brings no touch, on purpose.
    """
    record = push.record
    kind = record.text("MsgType").lower()
    if kind == "event":
        return _event(push)
    if kind in _MESSAGES and "MsgId" in record:
        return [
            push.touch(
                TouchKind.MESSAGE_IN,
                f"msg|{record.text('MsgId')}",
                openid=record.text("FromUserName"),
                scene="conversation",
                source_code=record.maybe("bizmsgmenuid"),
                msgtype=kind,
            )
        ]
    if kind in _REPLIES:
        raise Unmapped("passive_reply")
    raise BadInputError(f"nobody knows a message of type {kind[:40]!r} yet", where="MsgType")


def _event(push: Push) -> list[Touch]:
    name = push.record.text("Event").lower()
    if name in _NOBODY:
        raise Unmapped(_NOBODY[name])
    if name in _MENU:
        return [_menu(push, name)]
    act = _EVENTS.get(name)
    if act is None:
        raise BadInputError(f"nobody knows the event {name[:60]!r} yet", where="Event")
    return list(act(push))


def _menu(push: Push, name: str) -> Touch:
    record = push.record
    pressed = record.maybe("EventKey").partition("?")[0][:200]  # a query may name the person
    return push.touch(
        TouchKind.CLICK,
        push.key(pressed),
        openid=record.text("FromUserName"),
        scene="menu",
        event=name,
        pressed=pressed,
        menu_id=record.maybe("MenuId"),
    )


def _subscribe(push: Push) -> Iterator[Touch]:
    record = push.record
    openid, code = record.text("FromUserName"), record.maybe("EventKey").removeprefix("qrscene_")
    yield push.touch(
        TouchKind.FOLLOW,
        follow_key(openid, record.seconds("CreateTime") // SECOND),
        openid=openid,
        scene="qr_code" if code else "official_account",
        source_code=code,
    )


def _unsubscribe(push: Push) -> Iterator[Touch]:
    openid = push.record.text("FromUserName")
    yield push.touch(TouchKind.UNFOLLOW, push.key(), openid=openid, scene="official_account")
    yield push.touch(
        TouchKind.CONSENT_WITHDRAWN, push.key(), openid=openid, scene="official_account", for_channel=push.channel
    )


def _scan(push: Push) -> Iterator[Touch]:
    record = push.record
    code = record.maybe("EventKey")
    yield push.touch(
        TouchKind.SCAN, push.key(code), openid=record.text("FromUserName"), scene="qr_code", source_code=code
    )


def _guide_scan(push: Push) -> Iterator[Touch]:
    scanned = push.record.record("GuideScanEvent")
    openid, guide = scanned.text("openid"), scanned.maybe("qrcode_guide_account")
    yield push.touch(
        TouchKind.SCAN, push.key(openid, guide), openid=openid, scene="guide_code", staff=guide,
        action=scanned.maybe("action"),
    )  # fmt: skip


def _location(push: Push) -> Iterator[Touch]:
    # that it happened; the coordinates are not ours to keep
    yield push.touch(TouchKind.LOCATION, push.key(), openid=push.record.text("FromUserName"), scene="official_account")


def _enter(push: Push) -> Iterator[Touch]:
    record = push.record
    code = record.maybe("SessionFrom")[:128]
    yield push.touch(
        TouchKind.VISIT, push.key(code), openid=record.text("FromUserName"), scene="customer_service", source_code=code
    )


def _template_sent(push: Push) -> Iterator[Touch]:
    record = push.record
    number, status = record.text("MsgID"), record.text("Status")
    yield push.touch(
        TouchKind.MESSAGE_DELIVERED if status == "success" else TouchKind.MESSAGE_FAILED,
        f"template|{number}",
        openid=record.text("FromUserName"),
        scene="template_message",
        about=number,
        status=status[:100],
    )


def _mass_sent(push: Push) -> Iterator[Touch]:
    record = push.record
    number = record.text("MsgID")
    yield push.touch(
        TouchKind.ACCOUNT_CHANGED,
        f"mass|{number}",
        openid="",
        scene="mass_send",
        about=number,
        event="mass_send_finished",
        status=record.maybe("Status")[:100],
        total=record.maybe_integer("TotalCount"),
        filtered=record.maybe_integer("FilterCount"),
        sent=record.maybe_integer("SentCount"),
        failed=record.maybe_integer("ErrorCount"),
    )


def _asked(push: Push) -> Iterator[Touch]:
    """A person said yes or no to messages by a template: each yes is good for one message."""
    for one in _listed(push, "SubscribeMsgPopupEvent"):
        template, status = one.text("TemplateId"), one.text("SubscribeStatusString")
        yield _consent(push, template, given=status == "accept", cause=status, scene="subscribe_popup")


def _changed(push: Push) -> Iterator[Touch]:
    for one in _listed(push, "SubscribeMsgChangeEvent"):
        template, status = one.text("TemplateId"), one.text("SubscribeStatusString")
        yield _consent(push, template, given=status == "accept", cause=status, scene="subscribe_settings")


def _subscription_sent(push: Push) -> Iterator[Touch]:
    for one in _listed(push, "SubscribeMsgSentEvent"):
        template, number, code = one.text("TemplateId"), one.text("MsgID"), one.text("ErrorCode")
        yield push.touch(
            TouchKind.MESSAGE_DELIVERED if code == "0" else TouchKind.MESSAGE_FAILED,
            f"subscribe|{number}",
            openid=push.record.text("FromUserName"),
            scene="subscribe_message",
            about=number,
            template_id=template,
            status=one.maybe("ErrorStatus")[:100],
        )
        if code == "0":
            # one consent, one message: it is used up now
            yield _consent(push, template, given=False, cause="used", scene="subscribe_message", key=number)


def _consent(push: Push, template: str, *, given: bool, cause: str, scene: str, key: str = "") -> Touch:
    return push.touch(
        TouchKind.CONSENT_GIVEN if given else TouchKind.CONSENT_WITHDRAWN,
        push.key(template, cause, key),
        openid=push.record.text("FromUserName"),
        scene=scene,
        purpose=subscription(template),
        for_channel=push.channel,
        cause=cause[:40],
        **({"proof": f"{USED_UP}{key}"} if cause == "used" else {}),
    )


def _listed(push: Push, name: str) -> Iterator[Record]:
    """Go through the list of an event: in XML under its own tag, in JSON on top, as a list or as the one object."""
    record = push.record
    holder = record.maybe_record(name) if name in record else record
    found = list(holder.records("List"))
    if not found:
        record.fail("List", "is missing")
    yield from found


def _revoked(push: Push) -> Iterator[Touch]:
    record = push.record
    openid, what = record.text("OpenID"), record.maybe("RevokeInfo")
    yield push.touch(
        TouchKind.CONSENT_WITHDRAWN,
        push.key(openid, what),
        openid=openid,
        scene="authorization",
        purpose="profile",
        for_channel=push.channel,
        revoked=what[:100],
    )


def _cancelled(push: Push) -> Iterator[Touch]:
    openid = push.record.text("OpenID")
    yield push.touch(
        TouchKind.CONSENT_WITHDRAWN,
        push.key(openid),
        openid=openid,
        scene="authorization",
        for_channel=push.channel,
        cause="account_closed",
    )


def _modified(push: Push) -> Iterator[Touch]:
    openid = push.record.text("OpenID")
    yield push.touch(TouchKind.CONTACT_EDITED, push.key(openid), openid=openid, scene="authorization")


_EVENTS: Final[dict[str, Callable[[Push], Iterator[Touch]]]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "scan": _scan,
    "guide_qrcode_scan_event": _guide_scan,
    "location": _location,
    "user_enter_tempsession": _enter,
    "templatesendjobfinish": _template_sent,
    "masssendjobfinish": _mass_sent,
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _changed,
    "subscribe_msg_sent_event": _subscription_sent,
    "user_authorization_revoke": _revoked,
    "user_authorization_cancellation": _cancelled,
    "user_info_modified": _modified,
}
