"""Orders of every shop in one form: exact money, refunds, who shared, and the same step only once."""

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.order import Line, Order, Refund, order_identifier, touches_of_order
from siyu.channels.unmapped import NamesOnly
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch

HERE = Path(__file__).parent
RECEIVED_AT_US = 1_790_000_000_000_000
AT = 1_700_000_000_000_000


def read(platform: str, name: str) -> list[Touch]:
    mapping = import_module(f"siyu.channels.{platform}.mapping")
    text = (HERE / platform / "fixtures" / name).read_text("utf-8")
    touches: list[Touch] = mapping.touches_from_payload(text, account="s1", received_at_us=RECEIVED_AT_US)
    return touches


def of_kind(touches: list[Touch], kind: TouchKind) -> Touch:
    (found,) = [touch for touch in touches if touch.kind is kind]
    return found


def test_a_weixin_order_keeps_buyer_lines_sharer_and_source() -> None:
    touches = read("wechat_shop", "api/order_get_response.json")
    paid = of_kind(touches, TouchKind.ORDER_PAID)
    assert paid.value_minor == 10500
    assert paid.about == "37423523451235145"
    assert paid.actors == (Identifier("openid@s1", "OPENID"), order_identifier("wechat_shop", "s1", paid.about))
    assert paid.source_code == "sph3FZbOEY46mAB"
    assert paid.properties["freight_minor"] == 500
    assert msgspec.json.decode(str(paid.properties["lines"]))[0]["quantity"] == 10
    shared = of_kind(touches, TouchKind.SHARE)
    assert shared.actors == (Identifier("unionid", "SHARERUNIONID"), Identifier("openid@s1", "SHAREROPENID"))
    assert shared.about == paid.about
    assert of_kind(touches, TouchKind.ORDER_CREATED).traits["phone"] == "13800138000"


def test_a_weixin_push_says_what_to_read_in_place_of_a_sale_without_its_amount() -> None:
    with pytest.raises(NamesOnly) as named:
        read("wechat_shop", "events/channels_ec_order_pay_event.json")
    assert (named.value.what, named.value.ids) == ("order", ("3705115058471208928",))


def test_an_order_number_beyond_2_to_the_53_stays_exact_as_number_and_as_text() -> None:
    with pytest.raises(NamesOnly) as named:
        read("wechat_shop", "events/channels_ec_order_new_event.json")
    assert named.value.ids == ("3705115058471208928",)


def test_a_weixin_refund_is_money_back_dated_so_that_reading_it_again_changes_nothing() -> None:
    refunded = of_kind(read("wechat_shop", "api/aftersale_get_aftersale_order_response.json"), TouchKind.ORDER_REFUNDED)
    assert refunded.value_minor == -11
    assert refunded.happened_at_us == 1591319454_000_000


def test_the_xml_form_of_a_weixin_push_is_read_as_well() -> None:
    (received,) = read("wechat_shop", "made/order_confirm.xml")
    assert received.kind is TouchKind.ORDER_RECEIVED
    assert received.about == "3705115058471208928"


def test_a_doudian_order_knows_author_and_video_and_its_refund_finds_the_buyer_by_the_order() -> None:
    touches = read("doudian", "made/order_done_response.json")
    assert [touch.kind.slug for touch in touches] == [
        "order_created",
        "order_paid",
        "order_shipped",
        "order_received",
    ]
    paid = of_kind(touches, TouchKind.ORDER_PAID)
    assert (paid.value_minor, paid.source_code, paid.content_id, paid.scene) == (500, "341234", "889", "video")
    refunded = of_kind(read("doudian", "events/refund_success_event.json"), TouchKind.ORDER_REFUNDED)
    assert refunded.value_minor == -13200
    assert refunded.actors == (Identifier("order_no@doudian:s1", "4705288465508532862"),)


def test_yuan_of_a_youzan_order_become_exact_fen() -> None:
    touches = read("youzan", "trade_get_response.json")
    assert of_kind(touches, TouchKind.ORDER_PAID).value_minor == 100
    refunds = [touch for touch in touches if touch.kind is TouchKind.ORDER_REFUNDED]
    assert [refund.value_minor for refund in refunds] == [-50, -50]
    assert refunds[0].happened_at_us == 1_553_567_111_000_000  # 2019-03-26 10:25:11, Beijing
    assert sum(touch.value_minor for touch in touches) == 0


def test_a_youzan_push_and_its_decoded_message_are_the_same_touches() -> None:
    assert read("youzan", "push_trade_paid.json") == read("youzan", "trade_paid_msg_decoded.json")


def test_the_order_webhook_takes_yuan_and_fen_and_keeps_the_sharer_apart() -> None:
    touches = read("order_webhook", "order.json")
    paid = of_kind(touches, TouchKind.ORDER_PAID)
    assert paid.value_minor == 119_999
    assert paid.happened_at_us - of_kind(touches, TouchKind.ORDER_CREATED).happened_at_us == 60_000_000
    assert Identifier("phone", "+8613800138000") in paid.actors
    assert of_kind(touches, TouchKind.SHARE).actors == (Identifier("member_no", "M-1"),)
    assert of_kind(touches, TouchKind.ORDER_REFUNDED).value_minor == -1
    assert of_kind(read("order_webhook", "order_in_fen.json"), TouchKind.ORDER_PAID).value_minor == 12_999


@given(fen=st.integers(0, 10**12))
def test_every_whole_fen_written_in_yuan_comes_back_exactly(fen: int) -> None:
    mapping: Any = import_module("siyu.channels.order_webhook.mapping")
    yuan = f"{Decimal(fen) / 100:.2f}"
    order = {"order_no": "1", "paid_at": "2026-03-01 09:30:00", "paid": yuan}
    (paid,) = mapping.touches_from_payload({"order": order}, account="a", received_at_us=RECEIVED_AT_US)
    assert paid.value_minor == fen


def test_a_third_decimal_place_of_yuan_is_refused_and_not_rounded() -> None:
    mapping: Any = import_module("siyu.channels.order_webhook.mapping")
    order = {"order_no": "1", "paid_at": "2026-03-01 09:30:00", "paid": "1.005"}
    with pytest.raises(BadInputError, match="decimal places"):
        mapping.touches_from_payload({"order": order}, account="a", received_at_us=RECEIVED_AT_US)


def order(**more: Any) -> Order:
    return Order(channel="shop", account="s", order_no="1", buyer=(Identifier("member_no", "m"),), **more)


moments = st.none() | st.integers(AT, AT + 10**12)


@given(
    created=moments,
    paid=moments,
    shipped=moments,
    received=moments,
    amount=st.integers(0, 10**9),
    refunds=st.lists(st.integers(0, 10**9), max_size=3),
)
def test_an_order_is_worth_what_was_paid_less_what_was_given_back_however_often_it_is_read(
    *,
    created: int | None,
    paid: int | None,
    shipped: int | None,
    received: int | None,
    amount: int,
    refunds: list[int],
) -> None:
    one = order(
        created_at_us=created,
        paid_at_us=paid,
        shipped_at_us=shipped,
        received_at_us=received,
        paid_minor=amount,
        refunds=[Refund(refund_id=f"r{i}", minor=minor, at_us=AT) for i, minor in enumerate(refunds)],
    )
    if created is None and paid is None and shipped is None and received is None and not refunds:
        with pytest.raises(BadInputError, match="no moment"):
            touches_of_order(one, received_at_us=RECEIVED_AT_US)
        return
    once = touches_of_order(one, received_at_us=RECEIVED_AT_US)
    twice = {touch.touch_id: touch for touch in once + touches_of_order(one, received_at_us=RECEIVED_AT_US + 1)}
    assert len(twice) == len(once)
    assert sum(touch.value_minor for touch in twice.values()) == (amount if paid is not None else 0) - sum(refunds)


@pytest.mark.parametrize(
    "wrong",
    [
        {"paid_minor": -1},
        {"total_minor": -1},
        {"freight_minor": 2**62},
        {"lines": [Line(product_id="p", quantity=0)]},
        {"lines": [Line(product_id="p", unit_minor=-1)]},
        {"lines": [Line(product_id="p")] * 501},
        {"refunds": [Refund(refund_id="r", minor=-1, at_us=AT)]},
    ],
)
def test_an_order_with_an_impossible_amount_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        touches_of_order(order(created_at_us=AT, **wrong), received_at_us=RECEIVED_AT_US)
