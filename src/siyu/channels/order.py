"""An order (订单) in one normal form, whichever shop it came from, and the touches that it is.

Every amount is whole fen: shops that write yuan are read as decimal digits, so nothing is rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

_MAX_LINES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an order.

    Attributes:
        unit_minor: Price of one, in fen.
        paid_minor: What was paid for the line after discounts, in fen; ``None`` where the shop does not say.
    """

    product_id: str
    sku_id: str = ""
    title: str = ""
    quantity: int = 1
    unit_minor: int = 0
    paid_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back.

    Attributes:
        minor: How much, in fen, positive.
        at_us: A moment of it that never changes, so that the same refund counts once however often it is read.
    """

    refund_id: str
    minor: int
    at_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. Moments are microseconds since 1970 UTC, ``None`` if it did not happen or the shop does not say.

    Attributes:
        buyer: The person, strongest identifier first.
        status: The shop's own word for where it stands.
        total_minor: Before discounts; paid_minor: what the buyer paid, freight included; both in fen.
        sharer: Who passed the goods on to the buyer, if the shop knows; another person.
        source_code: What brought it: author, link, channel mark.
        content_id: The video or live room it was bought in.
        traits: Name, phone, address: go to the vault only.
        properties: Anything else that is not personal.
    """

    channel: str
    account: str
    order_no: str
    buyer: tuple[Identifier, ...]
    status: str = ""
    created_at_us: int | None = None
    paid_at_us: int | None = None
    shipped_at_us: int | None = None
    received_at_us: int | None = None
    cancelled_at_us: int | None = None
    lines: Sequence[Line] = ()
    total_minor: int = 0
    paid_minor: int = 0
    freight_minor: int = 0
    currency: str = "CNY"
    refunds: Sequence[Refund] = ()
    sharer: tuple[Identifier, ...] = ()
    scene: str = ""
    source_code: str = ""
    content_id: str = ""
    staff: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Scalar] = field(default_factory=dict)


def order_identifier(channel: str, account: str, order_no: str) -> Identifier:
    """Return the name that an order gives its buyer: a later word about the order finds the person by it."""
    return Identifier(f"order_no@{channel}:{account}", order_no)


def touches_of_order(order: Order, *, received_at_us: int) -> list[Touch]:
    """Return what happened to an order so far, a touch for each step: the same step read twice is the same touch.

    The paid step is worth ``paid_minor``; every refund is worth ``-minor``. A sharer gets a touch of its own about
    the same order, so that two people are never taken for one.

    Raises:
        BadInputError: nothing has happened yet, a line has no quantity, or an amount is negative.
    """
    _check(order)
    shared = _properties(order)

    def step(kind: TouchKind, at_us: int, *, value: int, key: str, more: Mapping[str, Scalar]) -> Touch:
        return touch(
            order.channel,
            kind,
            happened_at_us=at_us,
            received_at_us=received_at_us,
            event_key=key,
            account=order.account,
            actors=order.buyer,
            scene=order.scene,
            source_code=order.source_code,
            content_id=order.content_id,
            staff=order.staff,
            about=order.order_no,
            value_minor=value,
            currency=order.currency,
            properties={**shared, **more},
            traits=order.traits if kind is first else None,
        )

    steps = [
        (TouchKind.ORDER_CREATED, order.created_at_us, 0),
        (TouchKind.ORDER_PAID, order.paid_at_us, order.paid_minor),
        (TouchKind.ORDER_SHIPPED, order.shipped_at_us, 0),
        (TouchKind.ORDER_RECEIVED, order.received_at_us, 0),
        (TouchKind.ORDER_CANCELLED, order.cancelled_at_us, 0),
    ]
    first = next((kind for kind, at_us, _ in steps if at_us is not None), TouchKind.ORDER_REFUNDED)
    touches = [
        step(kind, at_us, value=value, key=order.order_no, more={}) for kind, at_us, value in steps if at_us is not None
    ]
    for refund in order.refunds:
        more: dict[str, Scalar] = {"refund_id": refund.refund_id}
        if refund.reason:
            more["reason"] = refund.reason
        touches.append(
            step(TouchKind.ORDER_REFUNDED, refund.at_us, value=-refund.minor, more=more, key=refund.refund_id)
        )
    if not touches:
        raise BadInputError(f"order {order.order_no} has no moment at which anything happened")
    if order.sharer:
        touches.append(_shared(order, touches[0].happened_at_us, received_at_us))
    return touches


def _shared(order: Order, at_us: int, received_at_us: int) -> Touch:
    return touch(
        order.channel,
        TouchKind.SHARE,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        event_key=f"{order.order_no}:sharer",
        account=order.account,
        actors=order.sharer,
        scene="order_share",
        source_code=order.source_code,
        content_id=order.content_id,
        about=order.order_no,
    )


def _properties(order: Order) -> dict[str, Scalar]:
    found: dict[str, Scalar] = dict(order.properties)
    if order.status:
        found["status"] = order.status
    found["total_minor"] = order.total_minor
    found["freight_minor"] = order.freight_minor
    if order.lines:
        found["quantity"] = sum(line.quantity for line in order.lines)
        found["lines"] = msgspec.json.encode(list(order.lines)).decode()
    return found


def _check(order: Order) -> None:
    if not order.order_no:
        raise BadInputError("an order needs a number", where="order_no")
    if len(order.lines) > _MAX_LINES:
        raise BadInputError(f"order {order.order_no} has {len(order.lines)} lines (at most {_MAX_LINES})")
    for line in order.lines:
        if not 0 < line.quantity < 2**31:
            raise BadInputError(f"order {order.order_no}: {line.quantity} is no quantity", where=line.sku_id)
        if not 0 <= line.unit_minor < 2**62 or not 0 <= (line.paid_minor or 0) < 2**62:
            raise BadInputError(f"order {order.order_no}: a line has no payable price", where=line.sku_id)
    for name, minor in (("paid", order.paid_minor), ("total", order.total_minor), ("freight", order.freight_minor)):
        if not 0 <= minor < 2**62:
            raise BadInputError(f"order {order.order_no}: {minor} is no payable amount", where=name)
    for refund in order.refunds:
        if not 0 <= refund.minor < 2**62:
            raise BadInputError(f"order {order.order_no}: {refund.minor} is no amount to give back", where="refund")
