"""Weidian's words and ours. Pure.

Source: unofficial open clients of api.vdian.com (no vendor page could be read): money is a decimal text in yuan,
moments are Beijing time. Of the states only ``pay`` (paid, not shipped) is known for sure; others are kept as the
shop's word.
"""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.order import Line, Order, order_identifier, touches_of_order
from siyu.channels.record import Record, payload_of, phone_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Identifier, Touch

CHANNEL: Final = "weidian"

_PAID: Final = frozenset({"pay", "unship", "pend", "ship", "shiped", "finish"})


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one order, or an answer of ``vdian.order.get`` or ``vdian.order.list.get``.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch.
    """
    record = payload_of(payload)
    if "status" in record and "result" in record:
        if record.record("status").integer("status_code") != 0:
            raise Unmapped("failed_answer")
        result = record.record("result")
        touches: list[Touch] = []
        for order in result.records("orders"):
            touches += touches_of_order(_order(order, account), received_at_us=received_at_us)
        if touches:
            return touches
        if "order_id" in result:
            return touches_of_order(_order(result, account), received_at_us=received_at_us)
        raise Unmapped("answer")
    if "order_id" in record and "items" in record:
        return touches_of_order(_order(record, account), received_at_us=received_at_us)
    if "type" in record and "message" in record:
        raise Unmapped("push")
    raise BadInputError("neither an order nor an answer of Weidian", mend="it needs order_id and items, or result")


def _order(order: Record, account: str) -> Order:
    order_no, status, buyer = order.text("order_id"), order.maybe("status"), order.maybe_record("buyer_info")
    created_at_us = order.beijing("add_time")
    paid = order.yuan("real_income_price", 0)
    lines = [
        Line(
            product_id=line.maybe("item_id") or line.text("item_name"),
            sku_id=line.maybe("sku_id"),
            title=line.maybe("item_name"),
            quantity=line.integer("quantity"),
            unit_minor=line.yuan("price", 0),
        )
        for line in order.records("items")
    ]
    phone = phone_of(order.maybe("user_phone")) or phone_of(buyer.maybe("phone"))
    known = (Identifier("phone", phone),) if phone else ()
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=order_no,
        buyer=(*known, order_identifier(CHANNEL, account, order_no)),
        status=status,
        created_at_us=created_at_us,
        # Weidian names no moment of payment in a listing; an order is paid within minutes or closed.
        paid_at_us=(order.maybe_beijing("pay_time") or created_at_us) if status in _PAID else None,
        lines=lines,
        total_minor=sum(line.unit_minor * line.quantity for line in lines) + order.yuan("express_fee", 0),
        paid_minor=paid,
        freight_minor=order.yuan("express_fee", 0),
        traits=_traits(buyer, phone),
    )


def _traits(buyer: Record, phone: str) -> dict[str, str]:
    address = "".join(buyer.maybe(name) for name in ("province", "city", "region", "address"))
    traits = {"name": buyer.maybe("name"), "phone": phone, "address": address or buyer.maybe("self_address")}
    return {name: value for name, value in traits.items() if value}
