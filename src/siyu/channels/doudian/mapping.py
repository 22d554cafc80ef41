"""Doudian's words and ours. Pure; every branch has a fixture.

A push names an order; the order itself is read, because only it has buyer, lines and source. Taken from the push: a
cancellation and the steps of an after-sale, which carry their own moment; they find the buyer by the order number.

Source: op.jinritemai.com message push and order API, as open SDKs read it; money is in fen, moments in Unix seconds.
Buyer phone, name and address come encrypted and are not taken: decrypting them needs a reviewed use.
"""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.order import Line, Order, Refund, order_identifier, touches_of_order
from siyu.channels.record import Record, payload_of
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

CHANNEL: Final = "doudian"

_TEST: Final = 0
#: created, to ship, shipped, done, partly shipped, amount changed, paid
_ORDER_NOTICES: Final = frozenset({100, 101, 102, 103, 108, 109, 110})
_CANCELLED: Final = 106
_APPLIED, _REFUNDED, _CLOSED = 200, 206, 207
#: Tag -> the reason in the manifest.
_LISTED: Final = {
    111: "order_edited",
    112: "order_edited",
    113: "order_edited",
    **dict.fromkeys((201, 202, 203, 204, 205, 208, 209, 211), "after_sale_step"),
    **dict.fromkeys((212, 216, 217, 218), "arbitration_step"),
}
_DONE: Final = "5"
_REQUESTS: Final = frozenset(
    {
        "after_sale_id", "aftersale_id", "app_id", "batch_encrypt_list", "cipher_infos", "code", "combine_status",
        "end_time", "grant_type", "member_info_list", "order_by", "page", "plain_text_list", "refresh_token", "shop_id",
        "shop_order_id", "size", "start_time", "update_time_start", "update_time_end",
    }
)  # fmt: skip


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one message of a push (``{tag, msg_id, data}``) or one answer of the API.

    Args:
        account: The shop id.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch; ``NamesOnly`` says what to read at the platform.
    """
    record = payload_of(payload)
    if "tag" in record:
        return _from_push(record, account, received_at_us)
    if "err_no" in record or "code" in record.names() - _REQUESTS or "msg" in record:
        return _from_answer(record, account, received_at_us)
    if record.names() and record.names() <= _REQUESTS:
        raise Unmapped("request")
    raise BadInputError("neither a push nor an answer of Doudian", mend="it needs tag or err_no")


def orders_from_answer(answer: Mapping[str, Any] | str, *, account: str) -> list[Order]:
    """Read the answer of ``order.searchList`` or ``order.orderDetail`` into the normal form.

    Raises:
        BadInputError: it is none.
    """
    data = payload_of(answer).record("data")
    found = [data.record("shop_order_detail")] if "shop_order_detail" in data else data.records("shop_order_list")
    return [_order(order, account) for order in found]


def _from_push(push: Record, account: str, received_at_us: int) -> list[Touch]:
    tag = push.integer("tag")
    if tag == _TEST:
        raise Unmapped("test")
    if tag in _LISTED:
        raise Unmapped(_LISTED[tag])
    data = push.inner_json("data")
    order_no = data.text("p_id")
    if tag in _ORDER_NOTICES:
        raise NamesOnly("order_notice", what="order", ids=(order_no,))
    buyer = (order_identifier(CHANNEL, account, order_no),)
    if tag == _CANCELLED:
        order = Order(
            channel=CHANNEL,
            account=account,
            order_no=order_no,
            buyer=buyer,
            cancelled_at_us=data.seconds("cancel_time"),
            properties=_present(reason=data.maybe("cancel_reason")),
        )
        return touches_of_order(order, received_at_us=received_at_us)
    sale_no = data.text("aftersale_id")
    if tag == _REFUNDED:
        refund = Refund(
            refund_id=sale_no,
            minor=data.fen("refund_amount"),
            at_us=data.seconds("success_time"),
            reason=data.maybe("reason_code"),
        )
        order = Order(channel=CHANNEL, account=account, order_no=order_no, buyer=buyer, refunds=[refund])
        return touches_of_order(order, received_at_us=received_at_us)
    if tag in {_APPLIED, _CLOSED}:
        opened = tag == _APPLIED
        return [
            touch(
                CHANNEL,
                TouchKind.AFTER_SALES_OPENED if opened else TouchKind.AFTER_SALES_CLOSED,
                happened_at_us=data.seconds("apply_time" if opened else "close_time"),
                received_at_us=received_at_us,
                event_key=sale_no,
                account=account,
                actors=buyer,
                about=order_no,
                properties=_present(reason=data.maybe("reason_code"), type=data.maybe("aftersale_type")),
            )
        ]
    raise BadInputError(f"{tag} is no message of Doudian that we know", where="tag")


def _from_answer(answer: Record, account: str, received_at_us: int) -> list[Touch]:
    if answer.integer("err_no", 0) != 0 or answer.integer("code", 10000) != 10000:
        raise Unmapped("failed_answer")
    data = answer.maybe_record("data")
    touches: list[Touch] = []
    if "shop_order_detail" in data:
        return touches_of_order(_order(data.record("shop_order_detail"), account), received_at_us=received_at_us)
    if "shop_order_list" in data:
        for order in data.records("shop_order_list"):
            touches += touches_of_order(_order(order, account), received_at_us=received_at_us)
    if "items" in data:
        touches += [_after_sale(item, account, received_at_us) for item in data.records("items")]
    if not touches:
        raise Unmapped("answer")
    return touches


def _order(order: Record, account: str) -> Order:
    order_no, status = order.text("order_id"), order.maybe("order_status")
    lines = list(order.records("sku_order_list"))
    source = lines[0] if lines else Record({})
    room, video = _id(source, "room_id"), _id(source, "video_id")
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=order_no,
        buyer=(*_buyer(order, account), order_identifier(CHANNEL, account, order_no)),
        status=status,
        created_at_us=order.seconds("create_time"),
        paid_at_us=order.maybe_seconds("pay_time"),
        shipped_at_us=order.maybe_seconds("ship_time"),
        received_at_us=order.maybe_seconds("finish_time") if status == _DONE else None,
        lines=[
            Line(
                product_id=_id(line, "product_id_str") or line.text("product_id"),
                sku_id=_id(line, "sku_id"),
                title=line.maybe("product_name"),
                quantity=line.integer("item_num"),
                unit_minor=line.fen("origin_amount", 0),
                paid_minor=line.fen("pay_amount") if "pay_amount" in line else None,
            )
            for line in lines
        ],
        total_minor=order.fen("order_amount", 0),
        paid_minor=order.fen("pay_amount"),
        freight_minor=order.fen("post_amount", 0),
        scene="live" if room else "video" if video else "",
        source_code=_id(source, "author_id"),
        content_id=video or room,
        properties=_present(
            author_id=_id(source, "author_id"),
            room_id=room,
            video_id=video,
            c_biz=source.maybe("c_biz"),
            cancel_reason=order.maybe("cancel_reason") if status == "4" else "",
        ),
    )


def _after_sale(item: Record, account: str, received_at_us: int) -> Touch:
    info = item.record("aftersale_info")
    order_no = item.record("order_info").text("shop_order_id").strip('"')
    return touch(
        CHANNEL,
        TouchKind.AFTER_SALES_OPENED,
        happened_at_us=info.seconds("apply_time"),
        received_at_us=received_at_us,
        event_key=info.text("aftersale_id").strip('"'),
        account=account,
        actors=(order_identifier(CHANNEL, account, order_no),),
        about=order_no,
        properties=_present(reason=info.maybe("remark"), type=info.maybe("aftersale_type")),
    )


def _buyer(order: Record, account: str) -> list[Identifier]:
    open_id = order.maybe("doudian_open_id")
    return [Identifier(f"doudian_open_id@{account}", open_id)] if open_id else []


def _id(record: Record, name: str) -> str:
    """Return an id; the platform writes 0 for none."""
    value = record.maybe(name)
    return "" if value == "0" else value


def _present(**values: str) -> dict[str, Scalar]:
    return {name: value for name, value in values.items() if value}
