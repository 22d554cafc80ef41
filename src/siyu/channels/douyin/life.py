"""Local life (本地生活) on Douyin: vouchers bought and used, members of the brand. Pure."""

from siyu.channels.douyin.event import Event
from siyu.channels.douyin.words import CHANNEL, person
from siyu.channels.order import Order, touches_of_order
from siyu.channels.record import phone_of
from siyu.channels.unmapped import Unmapped
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch


def bought(event: Event) -> list[Touch]:
    """Somebody ordered or paid a voucher of a shop nearby."""
    order, action = event.content.record("order"), event.content.text("action")
    if action not in {"pay_success", "create_order"}:
        raise Unmapped("life_order_step")
    if not event.sender:
        raise Unmapped("names_nobody")
    paid = action == "pay_success"
    return touches_of_order(
        Order(
            channel=CHANNEL,
            account=event.account,
            order_no=order.text("order_id"),
            buyer=(person(event.people, event.sender),),
            status=action,
            created_at_us=order.maybe_seconds("create_time"),
            paid_at_us=order.seconds("pay_time") if paid else None,
            total_minor=order.fen("original_amount", 0),
            paid_minor=order.fen("pay_amount") if paid else 0,
            scene="local_life",
        ),
        received_at_us=event.received_at_us,
    )


def redeemed(event: Event) -> list[Touch]:
    """Somebody used a voucher at the till."""
    certificate = event.content.record("certificate")
    if event.content.text("action") != "verify":
        raise Unmapped("life_order_step")
    return [
        event.touch(
            TouchKind.COUPON_USED,
            event.sender,
            event.content.seconds("msg_time"),
            event_key=certificate.text("certificate_id"),
            scene="local_life",
            about=certificate.text("order_id"),
        )
    ]


def member_changed(event: Event) -> list[Touch]:
    """Somebody joined the membership, or left it; the platform gives no moment: ours is taken."""
    joined, mobile = event.name == "life_member_join", event.content.maybe("mobile")
    if not event.sender:
        raise Unmapped("names_nobody")
    phone = phone_of(mobile)
    known = [person(event.people, event.sender), *([Identifier("phone", phone)] if phone else [])]
    return [
        touch(
            CHANNEL,
            TouchKind.MEMBER_JOINED if joined else TouchKind.MEMBER_TIER,
            happened_at_us=event.received_at_us,
            received_at_us=event.received_at_us,
            account=event.account,
            actors=tuple(known),
            scene="local_life",
            properties={} if joined else {"tier": "left"},
            traits={"phone": mobile} if mobile else {},
        )
    ]
