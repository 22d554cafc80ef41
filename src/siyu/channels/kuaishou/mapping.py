"""Kuaishou's words and ours: comments under own advertisements, shop orders, leads. Pure.

Source: open SDKs of the marketing API (comments) and of the shop API (orders); the lead query's path and fields were
not found, so leads come in the form that the configured pull gives them: ``{"lead": {…}}`` with the names of ``_LEAD``.
Money is in fen, moments in milliseconds.
"""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.order import Line, Order, order_identifier, touches_of_order
from siyu.channels.public_words import public_words
from siyu.channels.record import Record, payload_of, phone_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CHANNEL: Final = "kuaishou"

_LEAD: Final = ("name", "phone", "wechat", "email", "city", "address")
_EVENTS: Final = {"test": "test", "authorize": "authorization", "unauthorize": "authorization"}


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one webhook, one answer of the API, or one pulled lead.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch.
    """
    record = payload_of(payload)
    if "eventType" in record:
        event = record.text("eventType")
        reason = next(
            (reason for name, reason in _EVENTS.items() if event.lower().replace("_", "").startswith(name)), ""
        )
        if not reason:
            raise BadInputError(f"{event!r} is no event of Kuaishou that we know", where="eventType")
        raise Unmapped(reason)
    if "lead" in record:
        return [_lead(record.record("lead"), account, received_at_us)]
    if "code" in record:
        return _from_marketing(record, account, received_at_us)
    if "result" in record:
        return _from_open(record, account, received_at_us)
    raise BadInputError("neither a webhook nor an answer of Kuaishou", mend="it needs eventType, code, result or lead")


def _from_marketing(answer: Record, account: str, received_at_us: int) -> list[Touch]:
    if answer.integer("code") != 0:
        raise Unmapped("failed_answer")
    data = answer.maybe_record("data") if isinstance(answer.raw("data"), dict) else Record({})
    rows = list(data.records("details")) if isinstance(data.raw("details"), list) else []
    rows += list(data.records("child_comment_detail_list"))
    if "root_comment_detail" in data:
        rows.append(data.record("root_comment_detail"))
    comments = [row for row in rows if "comment_id" in row]
    if not comments:
        raise Unmapped("answer")
    comments = [row for row in comments if not _is_own(row)]
    if not comments:
        raise Unmapped("own_comment")
    return [_comment(row, account, received_at_us) for row in comments]


def _from_open(answer: Record, account: str, received_at_us: int) -> list[Touch]:
    if answer.integer("result") != 1:
        raise Unmapped("failed_answer")
    data = answer.maybe_record("data") if isinstance(answer.raw("data"), dict) else Record({})
    orders = list(data.records("orderList")) or list(data.records("orderInfoList"))
    if "oid" in data:
        orders.append(data)
    if "orderBaseInfo" in data:
        orders.append(data)
    touches: list[Touch] = []
    for order in orders:
        touches += touches_of_order(_order(order, account), received_at_us=received_at_us)
    if not touches:
        raise Unmapped("answer")
    return touches


def _is_own(row: Record) -> bool:
    """Say whether the video's author wrote it: the brand's own answers stand among the comments."""
    return bool(row.maybe("photo_author_id")) and row.maybe("photo_author_id") == row.maybe("comment_author_id")


def _comment(row: Record, account: str, received_at_us: int) -> Touch:
    writer, comment, video = row.maybe("comment_author_id"), row.text("comment_id"), row.maybe("photo_id")
    author = row.maybe("photo_author_id")
    nickname = row.maybe("nick_name")
    return touch(
        CHANNEL,
        TouchKind.COMMENT,
        happened_at_us=row.millis("post_time"),
        received_at_us=received_at_us,
        event_key=comment,
        account=account,
        actors=(Identifier(f"kuaishou_user_id@{account}", writer),) if writer else (),
        scene="ad",
        content_id=video,
        about=row.maybe("root_comment_id"),
        properties={
            "likes": row.integer("fav_num", 0),
            "text": public_words(row.maybe("comment_content")),
            **({"reply_to": f"{video} {author} {comment}"} if video and author else {}),
        },
        traits={"nickname": nickname} if writer and nickname else {},
    )


def _order(order: Record, account: str) -> Order:
    base = order.record("orderBaseInfo") if "orderBaseInfo" in order else order
    order_no, buyer = base.text("oid"), base.maybe("buyerOpenId")
    lines = list(order.records("orderProductInfoList"))
    if "orderItemInfo" in order:
        lines.append(order.record("orderItemInfo"))
    known = []
    if buyer:
        known.append(Identifier(f"kuaishou_open_id@{account}", buyer))
    elif seller_side := base.maybe("buyerId"):
        known.append(Identifier(f"kuaishou_buyer@{account}", seller_side))
    if phone := phone_of(base.maybe("mobile")):
        known.append(Identifier("phone", phone))
    paid = base.fen("totalFee", 0)
    return Order(
        channel=CHANNEL,
        account=account,
        order_no=order_no,
        buyer=(*known, order_identifier(CHANNEL, account, order_no)),
        status=base.maybe("status"),
        created_at_us=base.millis("createTime"),
        paid_at_us=base.maybe_millis("payTime"),
        shipped_at_us=base.maybe_millis("sendTime"),
        lines=[
            Line(
                product_id=line.maybe("itemId") or line.text("relItemId"),
                sku_id=line.maybe("skuId"),
                title=line.maybe("itemTitle"),
                quantity=line.integer("num"),
                unit_minor=line.fen("originalPrice", 0),
            )
            for line in lines
        ],
        total_minor=paid + base.fen("discountFee", 0),
        paid_minor=paid,
        freight_minor=base.fen("expressFee", 0),
        scene="shop",
        properties={"cps_type": base.maybe("cpsType"), "activity_type": base.maybe("activityType")},
    )


def _lead(lead: Record, account: str, received_at_us: int) -> Touch:
    return touch_of_lead(
        Lead(
            channel=CHANNEL,
            account=account,
            lead_id=lead.text("lead_id"),
            left_at_us=lead.maybe_millis("left_at_ms") or lead.beijing("left_at"),
            scene=lead.maybe("scene") or "ad_lead",
            source_code=lead.maybe("source_code"),
            content_id=lead.maybe("content_id"),
            traits={name: value for name in _LEAD if (value := lead.maybe(name))},
        ),
        received_at_us=received_at_us,
    )
