"""What a till sold and who scanned at it, as touches. Pure.

A receipt is one JSON object, by the names below or by the Chinese ones that tills write::

    {"receipt_no", "sold_at", "paid", "total"?, "store"?, "till"?, "cashier"?, "phone"?, "member_no"?,
     "refund_of"?, "lines"?: [{"product_id", "title"?, "quantity"?, "price"?, "paid"?}]}

Amounts are yuan, moments Beijing time; ``refund_of`` makes it a receipt of money given back. A scan is
``{"scanned_at", "store" and "till", or "code" of the till, "cashier"?, "phone" or "member_no" or "openid" with
"openid_app"}``. Its source is ``store/till``, as that of a receipt from there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from siyu.channels.order import Line, Order, Refund, order_identifier, touches_of_order
from siyu.channels.record import Record, payload_of, phone_of
from siyu.channels.store.codes import Till, till_named_in
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CHANNEL: Final = "store"
#: How tills write their columns.
_NAMES: Final = {
    "小票号": "receipt_no", "流水号": "receipt_no", "单号": "receipt_no", "销售时间": "sold_at", "交易时间": "sold_at",
    "实收": "paid", "实收金额": "paid", "应收": "total", "应收金额": "total", "门店": "store", "门店编号": "store",
    "收银台": "till", "机号": "till", "收银员": "cashier", "手机号": "phone", "会员手机": "phone",
    "会员号": "member_no",
    "会员卡号": "member_no", "原小票号": "refund_of", "商品编码": "product_id", "商品名称": "title", "数量": "quantity",
    "单价": "price", "明细": "lines", "扫码时间": "scanned_at", "收银台码": "code",
}  # fmt: skip


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one receipt or one scan.

    Args:
        account: The store, or the chain; its own numbers of receipts are unique within it.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch, on purpose.
    """
    record = _renamed(payload_of(payload))
    if "scanned_at" in record:
        return [_scan(record, account, received_at_us)]
    if "receipt_no" not in record:
        raise BadInputError("neither a receipt nor a scan", mend="it needs receipt_no or scanned_at")
    if record.maybe("status") in {"void", "作废"}:
        raise Unmapped("void")
    return touches_of_order(_order(record, account), received_at_us=received_at_us)


def _order(record: Record, account: str) -> Order:
    number, at_us, paid = record.text("receipt_no"), record.beijing("sold_at"), record.yuan("paid")
    of = record.maybe("refund_of")
    order_no = of or number
    buyer = (*_who(record), order_identifier(CHANNEL, account, order_no))
    traits = {"phone": phone} if (phone := phone_of(record.maybe("phone"))) else {}
    if of:
        refund = Refund(refund_id=number, minor=abs(paid), at_us=at_us)
        return Order(channel=CHANNEL, account=account, order_no=of, buyer=buyer, refunds=[refund], scene="till")
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=number,
        buyer=buyer,
        paid_at_us=at_us,
        lines=list(_lines(record)),
        total_minor=record.yuan("total", paid),
        paid_minor=paid,
        scene="till",
        source_code="/".join(filter(None, (record.maybe("store"), record.maybe("till")))),
        staff=record.maybe("cashier"),
        traits=traits,
    )


def _lines(record: Record) -> Iterator[Line]:
    for one in map(_renamed, record.records("lines")):
        yield Line(
            product_id=one.text("product_id"),
            title=one.maybe("title"),
            quantity=one.integer("quantity", 1),
            unit_minor=one.yuan("price", 0),
            paid_minor=one.yuan("paid") if "paid" in one else None,
        )


def _scan(record: Record, account: str, received_at_us: int) -> Touch:
    who = _who(record)
    if not who:
        raise BadInputError("nobody is named in the scan", where="phone", mend="phone, member_no or openid")
    if code := record.maybe("code"):
        place = till_named_in(code) or record.fail("code", "is no code of a till")
    else:
        place = Till(record.text("store"), record.text("till"))
    return touch(
        CHANNEL,
        TouchKind.SCAN,
        happened_at_us=record.beijing("scanned_at"),
        received_at_us=received_at_us,
        account=account,
        actors=who,
        scene="till",
        source_code=f"{place.store}/{place.till}",
        staff=record.maybe("cashier"),
    )


def _who(record: Record) -> tuple[Identifier, ...]:
    found = []
    if member := record.maybe("member_no"):
        found.append(Identifier("member_no", member))
    if openid := record.maybe("openid"):
        found.append(Identifier(f"openid@{record.text('openid_app')}", openid))
    if phone := phone_of(record.maybe("phone")):
        found.append(Identifier("phone", phone))
    return tuple(found)


def _renamed(record: Record) -> Record:
    return Record({_NAMES.get(name, name): record.raw(name) for name in sorted(record.names())})
