"""Youzan's words and ours. Pure; every branch has a fixture.

Both the push (``msg`` is URL-encoded JSON) and ``youzan.trade.get`` hold the whole order. A moment that is not there is
``""`` and a value that is not there is ``"null"``; money is a decimal text in yuan; moments are Beijing time.

Source: doc.youzanyun.com (message push, trade.get 4.0.x) through its mirror, as marked in the manifest.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from siyu.channels.order import Line, Order, Refund, touches_of_order
from siyu.channels.record import BEIJING, Record, json_in, payload_of, phone_of
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of
from siyu.touchpoints.touch import Identifier, Scalar, Touch

CHANNEL: Final = "youzan"

_TRADES: Final = frozenset(
    {
        "trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay", "trade_TradeSellerShip",
        "trade_TradePartlySellerShip", "trade_TradeSuccess", "trade_TradeClose",
    }
)  # fmt: skip
_REFUND_PREFIX: Final = "trade_refund"
_CLOSED: Final = "TRADE_CLOSED"
#: ``refund_state`` of one refund: 60 is done (seen on closed orders that were paid back in full).
_REFUND_DONE: Final = 60
_REQUESTS: Final = frozenset({"tid", "start_update", "end_update", "page_no", "page_size", "status"})


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one push, its decoded message, or one answer of the API.

    Args:
        account: The shop id (``kdt_id``).

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch; ``NamesOnly`` says what to read at the platform.
    """
    record = payload_of(payload)
    if "msg" in record and "type" in record:
        return _from_push(record, account, received_at_us)
    if "full_order_info" in record:
        return touches_of_order(_order(record, account), received_at_us=received_at_us)
    if "error_response" in record or ("success" in record and record.raw("success") is not True):
        raise Unmapped("failed_answer")
    answer = record.maybe_record("data") if "data" in record else record.maybe_record("response")
    if "full_order_info" in answer:
        return touches_of_order(_order(answer, account), received_at_us=received_at_us)
    touches: list[Touch] = []
    for order in answer.records("full_order_info_list"):
        touches += touches_of_order(_order(order, account), received_at_us=received_at_us)
    if touches:
        return touches
    if "success" in record or "response" in record:
        raise Unmapped("answer")
    if record.names() and record.names() <= _REQUESTS:
        raise Unmapped("request")
    raise BadInputError("neither a push nor an answer of Youzan", mend="it needs msg and type, or full_order_info")


def order_from_answer(answer: Mapping[str, Any] | str, *, account: str) -> Order:
    """Read the answer of ``youzan.trade.get`` into the normal form.

    Raises:
        BadInputError: it is none.
    """
    return _order(payload_of(answer).record("data"), account)


def _from_push(push: Record, account: str, received_at_us: int) -> list[Touch]:
    if push.raw("test") is True:
        raise Unmapped("heartbeat")
    kind = push.text("type")
    if kind in _TRADES:
        text = push.text("msg")
        try:
            message = unquote(text, errors="strict")
        except UnicodeDecodeError as error:
            raise BadInputError("the message is not URL-encoded UTF-8", where="msg") from error
        order = Record(json_in(message, where="msg"), "msg")
        if "full_order_info" not in order:
            raise NamesOnly("order_notice", what="order", ids=(push.text("id"),))
        return touches_of_order(_order(order, account), received_at_us=received_at_us)
    if kind.startswith(_REFUND_PREFIX):
        raise NamesOnly("refund_notice", what="order", ids=(push.text("id"),))
    if kind == "trade_TradeMemoModified":
        raise Unmapped("order_edited")
    raise BadInputError(f"{kind!r} is no message of Youzan that we know", where="type")


def _order(trade: Record, account: str) -> Order:
    full = trade.record("full_order_info")
    info, pay, buyer = full.record("order_info"), full.record("pay_info"), full.maybe_record("buyer_info")
    source, address = full.maybe_record("source_info").maybe_record("source"), full.maybe_record("address_info")
    status = info.maybe("status")
    paid_at_us = info.maybe_beijing("pay_time")
    created_at_us = info.beijing("created")
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=info.text("tid"),
        buyer=_buyer(buyer, account),
        status=status,
        created_at_us=created_at_us,
        paid_at_us=paid_at_us,
        shipped_at_us=info.maybe_beijing("consign_time"),
        received_at_us=info.maybe_beijing("success_time"),
        # An order that was closed unpaid ran out at expired_time, which never changes; a paid one was refunded.
        cancelled_at_us=info.maybe_beijing("expired_time") if status == _CLOSED and paid_at_us is None else None,
        lines=[
            Line(
                product_id=line.text("item_id"),
                sku_id=line.maybe("sku_id").strip("0") and line.maybe("sku_id"),
                title=line.maybe("title"),
                quantity=line.integer("num"),
                unit_minor=line.yuan("price", 0),
                paid_minor=line.yuan("payment") if line.maybe("payment") else None,
            )
            for line in full.records("orders")
        ],
        total_minor=pay.yuan("total_fee", 0),
        paid_minor=pay.yuan("payment"),
        freight_minor=pay.yuan("post_fee", 0),
        refunds=[
            _refund(refund, paid_at_us or created_at_us)
            for refund in trade.records("refund_order")
            if refund.maybe_integer("refund_state") == _REFUND_DONE
        ],
        scene=source.maybe("wx_entrance"),
        source_code=source.maybe("platform"),
        traits=_traits(buyer, address),
        properties=_present(
            offline_id=info.maybe("offline_id"),
            pay_type=info.maybe("pay_type_str"),
            member=info.maybe_record("order_extra").maybe("is_member"),
        ),
    )


def _refund(refund: Record, fallback_us: int) -> Refund:
    """Read one refund. Its number begins with the moment it was asked for, the only one that never changes."""
    refund_id = refund.text("refund_id")
    try:
        at_us = us_of(datetime.strptime(refund_id[:14], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING).astimezone(UTC))
    except (ValueError, OverflowError):
        at_us = fallback_us
    return Refund(refund_id=refund_id, minor=refund.yuan("refund_fee"), at_us=at_us if at_us >= 0 else fallback_us)


def _buyer(buyer: Record, account: str) -> tuple[Identifier, ...]:
    found = []
    if yz_open_id := buyer.maybe("yz_open_id"):
        found.append(Identifier(f"youzan_open_id@{account}", yz_open_id))
    if (buyer_id := buyer.maybe("buyer_id")) and buyer_id != "0":
        found.append(Identifier(f"youzan_buyer@{account}", buyer_id))
    if openid := buyer.maybe("outer_user_id"):
        # Youzan does not say of which app; within the shop it is one.
        found.append(Identifier(f"openid@youzan:{account}", openid))
    if phone := phone_of(buyer.maybe("buyer_phone")):
        found.append(Identifier("phone", phone))
    return tuple(found)


def _traits(buyer: Record, address: Record) -> dict[str, str]:
    parts = ("delivery_province", "delivery_city", "delivery_district", "delivery_address")
    traits = {
        "nickname": buyer.maybe("fans_nickname"),
        "phone": phone_of(buyer.maybe("buyer_phone")),
        "receiver": address.maybe("receiver_name"),
        "receiver_phone": address.maybe("receiver_tel"),
        "address": "".join(address.maybe(name) for name in parts),
    }
    return {name: value for name, value in traits.items() if value}


def _present(**values: str) -> dict[str, Scalar]:
    return {name: value for name, value in values.items() if value}
