"""Douyin's words and ours. Pure; every branch has a fixture.

A webhook's ``content`` is an object or a JSON text; both are read. ``open_id`` is per person and app, so it is kept
with the app (``client_key``); who writes to several of the brand's accounts is one person.

Source: developer.open-douyin.com (webhooks, comments, private messages); field by field from the platform's own npm SDK
1.1.0. Words that a person wrote in private go to the vault; public comments are kept without numbers and addresses.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from siyu.channels.douyin import answers, life
from siyu.channels.douyin.event import Event
from siyu.channels.douyin.words import CHANNEL, person
from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.public_words import public_words
from siyu.channels.record import Record, payload_of, phone_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.people.consent import MARKETING
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Scalar, Touch, touch

_ON, _OFF = 1, 2
_LABELS: Final = {
    "姓名": "name",
    "手机号": "phone",
    "电话": "phone",
    "城市": "city",
    "微信": "wechat",
    "微信号": "wechat",
}
_LISTED: Final = frozenset({"verify_webhook", "life_product_audit"})
_RETIRED: Final = frozenset({"receive_msg", "dial_phone", "website_contact", "personal_tab_contact"})


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one webhook or one answer of the API.

    Args:
        account: The app (``client_key``) as it was connected.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch.
    """
    record = payload_of(payload)
    if "event" in record:
        return _from_event(record, account, received_at_us)
    return answers.touches_from_answer(
        record,
        account=account,
        received_at_us=received_at_us,
        from_event=lambda event: _from_event(event, account, received_at_us),
    )


def _from_event(record: Record, account: str, received_at_us: int) -> list[Touch]:
    event = record.text("event")
    if event in _LISTED:
        raise Unmapped(event)
    if event in _RETIRED:
        raise Unmapped("retired_event")
    if event.startswith("union_auth_info_for_"):
        raise Unmapped("union_auth_info")
    handler = _HANDLERS.get(event)
    if handler is None:
        raise BadInputError(f"{event!r} is no event of Douyin that we know", where="event")
    return handler(Event(record, account, received_at_us))


def _authorized(event: Event) -> list[Touch]:
    """A person let the app see their data, or took it back. The platform gives no moment: ours is taken."""
    given = event.name == "authorize"
    return [
        event.touch(
            TouchKind.CONSENT_GIVEN if given else TouchKind.CONSENT_WITHDRAWN,
            event.sender,
            event.received_at_us,
            properties={
                "purpose": "platform_data",
                "for_channel": CHANNEL,
                "scopes": ",".join(event.content.texts("scopes")),
            },
        )
    ]


def _video_made(event: Event) -> list[Touch]:
    item = event.content.maybe("item_id")
    if not item:
        raise Unmapped("names_nobody")
    return [
        touch(
            CHANNEL,
            TouchKind.ACCOUNT_CHANGED,
            happened_at_us=event.received_at_us,
            received_at_us=event.received_at_us,
            event_key=item,
            account=event.account,
            scene="video_published",
            content_id=item,
            staff=event.sender,
        )
    ]


def _comment(event: Event) -> list[Touch]:
    content = event.content
    writer = content.maybe("comment_user_id") or event.sender
    if writer and writer == event.receiver:
        raise Unmapped("own_comment")
    item, comment = content.maybe("reply_to_item_id"), content.maybe("comment_id")
    return [
        event.touch(
            TouchKind.COMMENT,
            writer,
            content.seconds("create_time"),
            event_key=comment,
            scene="own_video",
            content_id=item,
            about=content.maybe("reply_to_comment_id"),
            properties={
                "text": public_words(content.maybe("content")),
                "likes": content.integer("digg_count", 0),
                **({"reply_to": f"{item} {comment}"} if item and comment else {}),
            },
        )
    ]


def _message(event: Event) -> list[Touch]:
    content, group = event.content, event.name.startswith("im_group")
    at_us, message = content.millis("create_time"), content.text("server_message_id")
    words = content.maybe("text")
    properties: dict[str, Scalar] = {"message_type": content.maybe("message_type"), "length": len(words)}
    properties["conversation"] = content.maybe("conversation_short_id")
    if event.receiver:
        properties["to"] = event.receiver
    traits = _named(event)
    if words and not group:
        traits["last_message"] = words[:500]
    touches = [
        event.touch(
            TouchKind.GROUP_SPOKE if group else TouchKind.MESSAGE_IN,
            event.sender,
            at_us,
            event_key=message,
            scene="group" if group else "private_message",
            content_id=content.maybe("item_id"),
            about=content.maybe("conversation_short_id") if group else "",
            properties=properties,
            traits=traits,
        )
    ]
    typed = _typed(content)
    if typed:
        touches += _card_lead(event, typed, message, at_us)
    return touches


def _card_lead(event: Event, typed: dict[str, str], message: str, at_us: int) -> list[Touch]:
    """A retain card (留资卡) came back filled in: a lead, with the consent to be reached about it."""
    lead = Lead(
        channel=CHANNEL,
        account=event.account,
        lead_id=message,
        left_at_us=at_us,
        known_as=(person(event.people, event.sender),),
        scene="retain_card",
        content_id=event.content.maybe("item_id"),
        about=event.content.maybe("card_id"),
        traits=typed,
        properties={"phone_left": bool(phone_of(typed.get("phone", "")))},
    )
    consent = event.touch(
        TouchKind.CONSENT_GIVEN,
        event.sender,
        at_us,
        event_key=f"{message}:card",
        properties={"purpose": "service", "proof": f"retain card {event.content.maybe('card_id')}"},
    )
    return [touch_of_lead(lead, received_at_us=event.received_at_us), consent]


def _sent(event: Event) -> list[Touch]:
    content = event.content
    return [
        event.touch(
            TouchKind.MESSAGE_OUT,
            event.receiver,
            content.millis("create_time"),
            event_key=content.text("server_message_id"),
            scene="private_message",
            staff=event.sender,
            properties={
                "message_type": content.maybe("message_type"),
                "conversation": content.maybe("conversation_short_id"),
            },
        )
    ]


def _entered(event: Event) -> list[Touch]:
    content = event.content
    ad = content.inner_json("ad_info")
    return [
        event.touch(
            TouchKind.VISIT,
            event.sender,
            content.millis("create_time"),
            event_key=content.text("server_message_id"),
            scene="private_message_opened",
            source_code=ad.maybe("promotion_id") or ad.maybe("ad_id") or content.maybe("query"),
            content_id=content.maybe("objectId"),
            properties={"conversation": content.maybe("conversation_short_id"), "creative": ad.maybe("creative_id")},
            traits=_named(event),
        )
    ]


def _allowed(event: Event) -> list[Touch]:
    """The person allowed, or ended, active private messages."""
    content = event.content
    given = content.integer("auth_status") == _ON
    at_us = content.maybe_seconds("update_time") or content.seconds("create_time")
    properties: dict[str, Scalar] = {"purpose": MARKETING, "for_channel": CHANNEL, "proof": "im_authorize"}
    if ends_at_us := content.maybe_seconds("expire_time"):
        properties["ends_at_us"] = ends_at_us
    kind = TouchKind.CONSENT_GIVEN if given else TouchKind.CONSENT_WITHDRAWN
    return [
        event.touch(kind, event.sender, at_us, source_code=content.maybe("data_im_extra")[:512], properties=properties)
    ]


def _group_made(event: Event) -> list[Touch]:
    group = event.content.text("im_group_id")
    return [
        touch(
            CHANNEL,
            TouchKind.ACCOUNT_CHANGED,
            happened_at_us=event.content.millis("create_time"),
            received_at_us=event.received_at_us,
            event_key=group,
            account=event.account,
            scene="group_made",
            about=group,
            staff=event.content.maybe("open_id"),
        )
    ]


def _group_asked(event: Event) -> list[Touch]:
    content = event.content
    if content.integer("apply_status") != _OFF:  # 1 asks, 2 was let in, others were refused
        raise Unmapped("group_application")
    return [
        event.touch(
            TouchKind.GROUP_JOINED,
            event.sender,
            content.millis("create_time"),
            event_key=content.text("apply_id"),
            about=content.text("group_id"),
            traits={"nickname": name} if (name := content.maybe("user_nicker")) else {},
        )
    ]


def _followed(event: Event) -> list[Touch]:
    kinds = {_ON: TouchKind.FOLLOW, _OFF: TouchKind.UNFOLLOW}
    kind = kinds.get(event.content.integer("action_type"))
    if kind is None:
        raise BadInputError("is neither 1 (does) nor 2 (no longer)", where="content.action_type")
    at_us = event.content.seconds("action_time")
    return [event.touch(kind, event.sender, at_us, properties={"followed": event.receiver})]


def _liked(event: Event) -> list[Touch]:
    action = event.content.integer("action_type")
    if action == _OFF:
        raise Unmapped("like_taken_back")
    if action != _ON:
        raise BadInputError("is neither 1 (does) nor 2 (no longer)", where="content.action_type")
    item = event.content.text("item_id")
    return [event.touch(TouchKind.LIKE, event.sender, event.content.seconds("action_time"), content_id=item)]


def _named(event: Event) -> dict[str, str]:
    for user in event.content.records("user_infos"):
        if user.maybe("open_id") == event.sender and (name := user.maybe("nick_name")):
            return {"nickname": name}
    return {}


def _typed(content: Record) -> dict[str, str]:
    found = {}
    for position, field in enumerate(content.records("card_data")):
        label, value = field.maybe("label"), field.maybe("value")
        if value:
            found[_LABELS.get(label, f"card_{position}")] = value[:500]
    return found


_HANDLERS: Final[dict[str, Callable[[Event], list[Touch]]]] = {
    "authorize": _authorized,
    "unauthorize": _authorized,
    "create_video": _video_made,
    "item_comment_reply": _comment,
    "im_receive_msg": _message,
    "im_group_receive_msg": _message,
    "im_send_msg": _sent,
    "im_group_send_msg": _sent,
    "im_enter_direct_msg": _entered,
    "im_authorize": _allowed,
    "group_fans_event": _group_made,
    "enter_group_audit_change": _group_asked,
    "new_follow_action": _followed,
    "new_video_digg": _liked,
    "life_trade_order_notify": life.bought,
    "life_trade_certificate_notify": life.redeemed,
    "life_member_join": life.member_changed,
    "life_member_leave": life.member_changed,
}
