"""The signed order webhook: Siyu's own form for any shop or till. Pure.

``{"event_id", "order": {"order_no", "status", "created_at", "paid_at", "shipped_at", "received_at", "cancelled_at",
"currency", "total", "paid", "freight", "buyer": {"phone", "email", "member_no", "unionid", "openid", "openid_app",
"customer_no", "name", "address"}, "lines": [{"product_id", "sku_id", "title", "quantity", "unit", "paid"}],
"refunds": [{"refund_id", "amount", "at", "reason"}], "sharer": {as buyer}, "source_code", "content_id", "scene",
"staff"}}``. Amounts are decimal text in yuan (``"12.30"``), or whole fen as ``total_fen``, ``paid_fen`` …; moments are
ISO 8601, one without an offset is Beijing time.
"""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.order import Line, Order, Refund, order_identifier, touches_of_order
from siyu.channels.record import BEIJING, Record, payload_of, phone_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import minor_units
from siyu.kernel.period import us_of_text
from siyu.touchpoints.touch import Identifier, Touch

CHANNEL: Final = "order_webhook"

_NAMES: Final = ("unionid", "member_no", "customer_no", "email")


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one delivery.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: a test delivery.
    """
    record = payload_of(payload)
    if record.raw("test") is True:
        raise Unmapped("test")
    return touches_of_order(_order(record.record("order"), account), received_at_us=received_at_us)


def _order(order: Record, account: str) -> Order:
    order_no, currency = order.text("order_no"), order.maybe("currency") or "CNY"
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        order.fail("currency", "is no currency such as CNY")
    buyer = order.maybe_record("buyer")
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=order_no,
        buyer=(*_who(buyer, account), order_identifier(CHANNEL, account, order_no)),
        status=order.maybe("status"),
        created_at_us=_moment(order, "created_at"),
        paid_at_us=_moment(order, "paid_at"),
        shipped_at_us=_moment(order, "shipped_at"),
        received_at_us=_moment(order, "received_at"),
        cancelled_at_us=_moment(order, "cancelled_at"),
        lines=[
            Line(
                product_id=line.text("product_id"),
                sku_id=line.maybe("sku_id"),
                title=line.maybe("title"),
                quantity=line.integer("quantity", 1),
                unit_minor=_amount(line, "unit", currency) or 0,
                paid_minor=_amount(line, "paid", currency),
            )
            for line in order.records("lines")
        ],
        total_minor=_amount(order, "total", currency) or 0,
        paid_minor=_paid(order, currency),
        freight_minor=_amount(order, "freight", currency) or 0,
        currency=currency,
        refunds=[_refund(refund, currency) for refund in order.records("refunds")],
        sharer=tuple(_who(order.maybe_record("sharer"), account)),
        scene=order.maybe("scene"),
        source_code=order.maybe("source_code"),
        content_id=order.maybe("content_id"),
        staff=order.maybe("staff"),
        traits={name: value for name in ("name", "phone", "address") if (value := buyer.maybe(name))},
    )


def _paid(order: Record, currency: str) -> int:
    paid = _amount(order, "paid", currency)
    if paid is None and "paid_at" in order:
        order.fail("paid", "is missing: what was paid?")
    return paid or 0


def _refund(refund: Record, currency: str) -> Refund:
    amount, at_us = _amount(refund, "amount", currency), _moment(refund, "at")
    if amount is None:
        refund.fail("amount", "is missing")
    if at_us is None:
        refund.fail("at", "is missing")
    return Refund(
        refund_id=refund.text("refund_id"),
        minor=amount,
        at_us=at_us,
        reason=refund.maybe("reason"),
    )


def _amount(record: Record, name: str, currency: str) -> int | None:
    if f"{name}_fen" in record:
        return record.fen(f"{name}_fen")
    text = record.maybe(name) if not isinstance(record.raw(name), float) else repr(record.raw(name))
    if not text:
        return None
    if len(text) > 32:
        record.fail(name, "is too long for an amount")
    try:
        return minor_units(text, currency)
    except BadInputError as error:
        raise BadInputError(error.what, where=name, mend=error.mend) from error


def _moment(record: Record, name: str) -> int | None:
    text = record.maybe(name)
    try:
        return us_of_text(text, BEIJING) if text else None
    except (BadInputError, OverflowError) as error:
        raise BadInputError(f"{text[:40]!r} is no moment", where=name, mend="2026-11-22T09:30:00+08:00") from error


def _who(person: Record, account: str) -> list[Identifier]:
    found = []
    for name in _NAMES:
        if value := person.maybe(name):
            scope = person.maybe("unionid_account") if name == "unionid" else ""
            found.append(Identifier(f"{name}@{scope}" if scope else name, value))
    if openid := person.maybe("openid"):
        found.append(Identifier(f"openid@{person.maybe('openid_app') or account}", openid))
    if phone := phone_of(person.maybe("phone")):
        found.append(Identifier("phone", phone))
    return found
