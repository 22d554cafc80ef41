"""Weixin shop's words and ours. Pure; every branch has a fixture.

Push events name an order or an after-sale and nothing else, so they say what to read; the answer is what is mapped.
Only two steps are taken from the push itself, because the order does not say when they happened: received and
cancelled. They find the buyer by the order number. ``FromUserName`` of a push is never taken for a buyer: it is not
said whose it is.

Source: developers.weixin.qq.com/doc/store (channels/ec); money is in fen, moments in Unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from siyu.channels.order import Line, Order, Refund, order_identifier, touches_of_order
from siyu.channels.record import Record, payload_of
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wechat_names import openid_identifier, union_identifier
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

CHANNEL: Final = "wechat_shop"

_ORDER_NOTICES: Final = frozenset(
    {"channels_ec_order_new", "channels_ec_order_pay", "channels_ec_order_deliver", "channels_ec_order_ext_info_update"}
)
_ORDER_ENDS: Final = {
    "channels_ec_order_confirm": (TouchKind.ORDER_RECEIVED, "confirm_type"),
    "channels_ec_order_cancel": (TouchKind.ORDER_CANCELLED, "cancel_type"),
}
_AFTER_SALES: Final = {
    "channels_ec_aftersale_update": "finder_shop_aftersale_status_update",
    "channels_ec_present_aftersale_update": "finder_shop_present_aftersale_status_update",
}
_REFUNDED: Final = "MERCHANT_REFUND_SUCCESS"
#: Fields of the bodies that we send; a payload of nothing but these is our own request.
_REQUESTS: Final = frozenset(
    [
        "address_id",
        "after_sale_order_id",
        "amount",
        "begin_create_time",
        "count",
        "coupon_id",
        "create_time_range",
        "delivery_id",
        "desc",
        "discount_info",
        "end_create_time",
        "ext_info",
        "media_ids",
        "merchant_update_desc",
        "merchant_update_type",
        "name",
        "next_key",
        "on_aftersale_order_exist",
        "openid",
        "order_id",
        "page",
        "page_ctx",
        "page_num",
        "page_size",
        "present_order_id",
        "product_id",
        "promote_info",
        "reason",
        "receive_info",
        "refund_certificates",
        "reject_reason",
        "reject_reason_type",
        "request_id",
        "search_condition",
        "sku_id",
        "status",
        "type",
        "update_reason_type",
        "update_time_range",
        "user_coupon_id",
        "valid_info",
        "waybill_id",
    ]
)


def touches_from_payload(
    payload: Mapping[str, Any] | str, *, account: str, received_at_us: int, unionid_account: str = ""
) -> list[Touch]:
    """Translate one decrypted push or one answer of the API.

    Args:
        account: The shop's app id.
        unionid_account: The open-platform account whose unionids answers carry.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch; ``NamesOnly`` says what to read at the platform.
    """
    record = payload_of(payload)
    if "Event" in record:
        return _from_event(record, account, received_at_us)
    if "errcode" in record:
        return _from_answer(record, _Shop(account, unionid_account), received_at_us)
    if record.names() and record.names() <= _REQUESTS:
        raise Unmapped("request")
    raise BadInputError("neither a push nor an answer of a Weixin shop", mend="it needs Event or errcode")


@dataclass(frozen=True, slots=True)
class _Shop:
    """Whose answers these are, and whose unionids they carry."""

    account: str
    unionid_account: str


def order_from_answer(answer: Mapping[str, Any] | str, *, account: str, unionid_account: str = "") -> Order:
    """Read the answer of ``order/get`` into the normal form.

    Raises:
        BadInputError: it is none.
    """
    return _order(payload_of(answer).record("order"), _Shop(account, unionid_account))


def _from_event(push: Record, account: str, received_at_us: int) -> list[Touch]:
    event = push.text("Event")
    if event in _ORDER_NOTICES:
        raise NamesOnly("order_notice", what="order", ids=(push.record("order_info").text("order_id"),))
    if event in _AFTER_SALES:
        after_sale = push.record(_AFTER_SALES[event]).text("after_sale_order_id")
        raise NamesOnly("after_sale_notice", what="after_sale", ids=(after_sale,))
    if event == "channels_ec_coupon_receive":
        coupon = push.record("receive_info").text("user_coupon_id")
        raise NamesOnly("coupon_notice", what="user_coupon", ids=(coupon,))
    if event in {"channels_ec_order_settle", "channels_ec_vip_user_info_get"}:
        raise Unmapped(event)
    if event in _ORDER_ENDS:
        kind, how = _ORDER_ENDS[event]
        order = push.record("order_info")
        order_no = order.text("order_id")
        return [
            touch(
                CHANNEL,
                kind,
                happened_at_us=push.seconds("CreateTime"),
                received_at_us=received_at_us,
                event_key=order_no,
                account=account,
                actors=(order_identifier(CHANNEL, account, order_no),),
                about=order_no,
                properties={how: order.maybe(how)},
            )
        ]
    if event == "channels_ec_vip_user_auto_add":
        info = push.record("info")
        member = info.text("outer_userid")
        return [
            touch(
                CHANNEL,
                TouchKind.MEMBER_JOINED,
                happened_at_us=info.seconds("add_time"),
                received_at_us=received_at_us,
                event_key=member,
                account=account,
                actors=(Identifier(f"shop_member@{account}", member),),
                properties={"tier": info.maybe("identity")},
            )
        ]
    raise BadInputError(f"{event!r} is no push of a Weixin shop that we know", where="Event")


def _from_answer(answer: Record, shop: _Shop, received_at_us: int) -> list[Touch]:
    if answer.integer("errcode") != 0:
        raise Unmapped("failed_answer")
    if "order" in answer:
        return touches_of_order(_order(answer.record("order"), shop), received_at_us=received_at_us)
    if "after_sale_order" in answer:
        return _after_sale(answer.record("after_sale_order"), shop, received_at_us)
    if "user_coupon" in answer:
        return _coupon(answer, shop, received_at_us)
    for name, what in (
        ("order_id_list", "order"),
        ("order_ids", "order"),
        ("orders", "order"),
        ("after_sale_order_id_list", "after_sale"),
    ):
        if name in answer:
            raise NamesOnly(f"{what}_ids", what=what, ids=tuple(answer.texts(name)))
    raise Unmapped("answer")


def _order(order: Record, shop: _Shop) -> Order:
    detail = order.record("order_detail")
    price, pay = detail.record("price_info"), detail.maybe_record("pay_info")
    ext, sharer = detail.maybe_record("ext_info"), detail.maybe_record("sharer_info")
    order_no, scene = order.text("order_id"), ext.maybe("order_scene")
    return Order(
        channel=CHANNEL,
        account=shop.account,
        order_no=order_no,
        buyer=(*_who(order, shop, "openid", "unionid"), order_identifier(CHANNEL, shop.account, order_no)),
        status=order.maybe("status"),
        created_at_us=order.seconds("create_time"),
        paid_at_us=pay.maybe_seconds("pay_time"),
        shipped_at_us=detail.maybe_record("delivery_info").maybe_seconds("ship_done_time"),
        lines=[
            Line(
                product_id=line.text("product_id"),
                sku_id=line.maybe("sku_id"),
                title=line.maybe("title"),
                quantity=line.integer("sku_cnt"),
                unit_minor=line.fen("sale_price", 0),
                paid_minor=line.fen("real_price") if "real_price" in line else None,
            )
            for line in detail.records("product_infos")
        ],
        total_minor=price.fen("product_price", 0) + price.fen("freight", 0),
        paid_minor=price.fen("order_price"),
        freight_minor=price.fen("freight", 0),
        sharer=tuple(_who(sharer, shop, "sharer_openid", "sharer_unionid")),
        scene=f"order_scene_{scene}" if scene else "",
        source_code=ext.maybe("finder_id"),
        content_id=ext.maybe("live_id"),
        traits=_address(detail.maybe_record("delivery_info").maybe_record("address_info")),
        properties=_present(
            sharer_type=sharer.maybe("sharer_type"),
            share_scene=sharer.maybe("share_scene"),
            coupon=detail.maybe_record("coupon_info").maybe("user_coupon_id"),
        ),
    )


def _after_sale(sale: Record, shop: _Shop, received_at_us: int) -> list[Touch]:
    sale_no, order_no = sale.text("after_sale_order_id"), sale.text("order_id")
    opened_at_us, status = sale.seconds("create_time"), sale.text("status")
    buyer = (*_who(sale, shop, "openid", "unionid"), order_identifier(CHANNEL, shop.account, order_no))
    reason = sale.maybe("reason")
    touches = [
        touch(
            CHANNEL,
            TouchKind.AFTER_SALES_OPENED,
            happened_at_us=opened_at_us,
            received_at_us=received_at_us,
            event_key=sale_no,
            account=shop.account,
            actors=buyer,
            about=order_no,
            properties={"reason": reason, "type": sale.maybe("type")},
        )
    ]
    if status == _REFUNDED:
        # Dated when it was asked for: the shop gives no moment of the refund that stays the same when read again.
        refund = Refund(
            refund_id=sale_no, minor=sale.record("refund_info").fen("amount"), at_us=opened_at_us, reason=reason
        )
        order = Order(channel=CHANNEL, account=shop.account, order_no=order_no, buyer=buyer, refunds=[refund])
        touches += touches_of_order(order, received_at_us=received_at_us)
    return touches


def _coupon(answer: Record, shop: _Shop, received_at_us: int) -> list[Touch]:
    coupon = answer.record("user_coupon")
    order_no = coupon.maybe("order_id")
    steps = [
        (TouchKind.COUPON_GRANTED, coupon.maybe_seconds("create_time"), ""),
        (TouchKind.COUPON_USED, coupon.maybe_record("ext_info").maybe_seconds("use_time"), order_no),
    ]
    if all(at_us is None for _kind, at_us, _about in steps):
        coupon.fail("create_time", "is missing")
    return [
        touch(
            CHANNEL,
            kind,
            happened_at_us=at_us,
            received_at_us=received_at_us,
            event_key=coupon.text("user_coupon_id"),
            account=shop.account,
            actors=tuple(_who(answer, shop, "openid", "unionid")),
            about=about,
            properties={"coupon": coupon.maybe("coupon_id"), "discount_minor": coupon.fen("discount_fee", 0)},
        )
        for kind, at_us, about in steps
        if at_us is not None
    ]


def _who(record: Record, shop: _Shop, openid: str, unionid: str) -> list[Identifier]:
    found = []
    if union := record.maybe(unionid):
        found.append(union_identifier(union, shop.unionid_account))
    if own := record.maybe(openid):
        found.append(openid_identifier(own, shop.account))
    return found


def _address(address: Record) -> dict[str, str]:
    parts = [address.maybe(name) for name in ("province_name", "city_name", "county_name", "detail_info")]
    traits = {"name": address.maybe("user_name"), "phone": address.maybe("tel_number"), "address": "".join(parts)}
    return {name: value for name, value in traits.items() if value}


def _present(**values: str) -> dict[str, Scalar]:
    return {name: value for name, value in values.items() if value}
