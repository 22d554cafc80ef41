"""Our clients against the played shops and video platforms: money, tokens that end, windows, signed callbacks."""

import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from doudian import AppType, DouDian

from hand_clock import HandClock
from sandbox.listening import Listener
from siyu.channels.doudian.client import DoudianClient
from siyu.channels.douyin.answers import comments
from siyu.channels.douyin.client import DouyinClient
from siyu.channels.douyin.sender import DouyinSender
from siyu.channels.kuaishou.client import KuaishouClient
from siyu.channels.oceanengine.client import FRIEND_ADDED, OceanEngineClient
from siyu.channels.oceanengine.mapping import spend_from_report
from siyu.channels.record import Record
from siyu.channels.tokens import MemoryTokens
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wechat_shop.client import WechatShopClient
from siyu.channels.weidian.client import WeidianClient
from siyu.channels.xiaohongshu.client import XiaohongshuClient
from siyu.channels.xiaohongshu.mapping import spend_from_report as xiaohongshu_spend
from siyu.channels.youzan.client import YouzanClient
from siyu.content.piece import Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import ConfigError, PermanentError, RefusedError
from siyu.kernel.period import DAY, HOUR, SECOND
from siyu.sandbox.sandbox import Sandbox
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

NOW = 1_772_328_600_000_000
PLATFORMS = ("doudian", "douyin", "kuaishou", "oceanengine", "wechat_shop", "weidian", "xiaohongshu", "youzan")


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture(scope="module")
def sandbox(clock: HandClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=7, platforms=PLATFORMS) as running:
        yield running


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


def mapped(platform: str, payload: Any, account: str = "a") -> list[Touch]:
    mapping = import_module(f"siyu.channels.{platform}.mapping")
    touches: list[Touch] = mapping.touches_from_payload(payload, account=account, received_at_us=NOW)
    return touches


def opened(sandbox: Sandbox, listener: Listener, platform: str, now_us: int) -> list[Any]:
    """Check and open everything that was delivered, and translate it."""
    assert sandbox.settle()
    account = sandbox.account(platform)
    module, found = import_module(f"siyu.channels.{platform}.callback"), []
    for callback in listener.heard:
        one = module.open_callback(callback, account=account.account, secrets=account.secrets, now_us=now_us)
        for payload in one.payloads:
            try:
                found += mapped(platform, payload, account.account)
            except NamesOnly as pointer:
                found.append(pointer)
            except Unmapped as unmapped:
                found.append(unmapped.name)
    listener.heard.clear()
    return found


def test_a_doudian_sale_is_pushed_read_and_refunded(sandbox: Sandbox, clock: HandClock, listener: Listener) -> None:
    shop, account = sandbox.platform("doudian"), sandbox.account("doudian")
    shop.send_callbacks_to(listener.url)
    order_no = shop.buy("#buyer1", 12_345, author="341234", video="889")
    pointers = opened(sandbox, listener, "doudian", clock.us)
    assert [pointer.ids for pointer in pointers] == [(order_no,), (order_no,)]
    client = DoudianClient(account, tokens=MemoryTokens())
    (answer,) = client.read("order", pointers[0].ids, now_us=clock.us)
    read = mapped("doudian", answer, account.account)
    (page,) = client.orders_changed(clock.us - HOUR, clock.us + HOUR, now_us=clock.us)
    assert {touch.touch_id for touch in mapped("doudian", page, account.account)} == {t.touch_id for t in read}
    assert sum(touch.value_minor for touch in read) == 12_345
    shop.refund(order_no, 345)
    after = [one for one in opened(sandbox, listener, "doudian", clock.us) if isinstance(one, Touch)]
    assert [touch.value_minor for touch in after] == [0, -345]
    assert after[1].actors[0] in read[0].actors
    shop.tokens.end_all()
    assert client.read("order", [order_no], now_us=clock.us)
    with pytest.raises(PermanentError, match="订单不存在"):
        client.read("order", ["1"], now_us=clock.us)
    client.close()


def test_wrong_secrets_are_a_set_up_fault_and_never_a_lost_order(sandbox: Sandbox, clock: HandClock) -> None:
    for platform, wrong in (("doudian", "app_secret"), ("wechat_shop", "app_secret"), ("oceanengine", "secret")):
        right = sandbox.account(platform)
        account = Account(platform, right.account, right.base_url, {**right.secrets, wrong: "other"})
        module = import_module(f"siyu.channels.{platform}.client")
        with pytest.raises(ConfigError):
            module.live_check(account, tokens=MemoryTokens(), now_us=clock.us)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_connected_account_passes_its_live_check(sandbox: Sandbox, clock: HandClock, platform: str) -> None:
    module = import_module(f"siyu.channels.{platform}.client")
    assert module.live_check(sandbox.account(platform), tokens=MemoryTokens(), now_us=clock.us)


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The SDK writes the machine's own time where the platform wants Beijing time."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_china")
def test_a_real_doudian_sdk_works_against_the_sandbox_but_for_its_address() -> None:
    with Sandbox(seed=3, platforms=("doudian",)) as running:
        secrets = running.credentials("doudian")
        shop = running.platform("doudian")
        sdk = DouDian(secrets["app_key"], secrets["app_secret"], AppType.TOOL)
        sdk._gate_way = running.base_url("doudian")
        assert sdk.init_token("code")
        order_no = shop.buy("#buyer9", 999)
        found = sdk.request("/order/orderDetail", {"shop_order_id": order_no})
        assert found["data"]["shop_order_detail"]["pay_amount"] == 999
        listed = sdk.request("/order/searchList", {"page": 0, "size": 20})
        assert [row["order_id"] for row in listed["data"]["shop_order_list"]] == [order_no]
        wrong = DouDian(secrets["app_key"], "other", AppType.TOOL)
        wrong._gate_way = running.base_url("doudian")
        assert not wrong.init_token("code")


def test_a_real_doudian_sdk_accepts_the_pushes_of_the_sandbox(listener: Listener) -> None:
    with Sandbox(seed=3, platforms=("doudian",)) as running:
        secrets = running.credentials("doudian")
        shop = running.platform("doudian")
        shop.send_callbacks_to(listener.url)
        shop.buy("#buyer9", 999)
        assert running.settle()
        sdk = DouDian(secrets["app_key"], secrets["app_secret"], AppType.TOOL)
        messages = [sdk.callback(dict(one.headers), one.body) for one in listener.heard]
        assert [message[0]["tag"] for message in messages] == ["100", "110"]
        assert sdk.callback({**listener.heard[0].headers, "event-sign": "0" * 32}, listener.heard[0].body) is None


def test_a_weixin_sale_comes_with_buyer_and_sharer(sandbox: Sandbox, clock: HandClock, listener: Listener) -> None:
    shop, account = sandbox.platform("wechat_shop"), sandbox.account("wechat_shop")
    shop.send_callbacks_to(listener.url)
    order_no = shop.buy("oBUYER", 5000, sharer="oSHARER")
    sale = shop.refund(order_no, 1200)
    shop.confirm(order_no)
    *pointers, received = opened(sandbox, listener, "wechat_shop", clock.us)
    client = WechatShopClient(account, tokens=MemoryTokens(), now_us=clock.now_us)
    touches = []
    for pointer in pointers:
        for answer in client.read_named(pointer.what, pointer.ids):
            touches += mapped("wechat_shop", answer, account.account)
    worth = {touch.touch_id: touch.value_minor for touch in touches}
    assert sum(worth.values()) == 5000 - 1200
    assert TouchKind.SHARE in {touch.kind for touch in touches}
    assert received.kind is TouchKind.ORDER_RECEIVED
    assert received.actors[0] in touches[0].actors
    assert list(client.orders_changed(clock.us - HOUR, clock.us + HOUR)) == [order_no]
    assert list(client.after_sales_changed(clock.us - HOUR, clock.us + HOUR)) == [sale]
    client.close()


def test_a_youzan_sale_is_the_same_touch_by_push_and_by_reading_30_seconds_later(
    sandbox: Sandbox, clock: HandClock, listener: Listener
) -> None:
    shop, account = sandbox.platform("youzan"), sandbox.account("youzan")
    shop.send_callbacks_to(listener.url)
    shop.beat()
    tid = shop.buy(1_000_000_001, 2990, phone="13800138000")
    pushed = opened(sandbox, listener, "youzan", clock.us)
    client = YouzanClient(account, tokens=MemoryTokens())
    with pytest.raises(PermanentError, match="订单不存在"):
        client.read("order", [tid], now_us=clock.us)
    clock.us += 31 * SECOND
    (answer,) = client.read("order", [tid], now_us=clock.us)
    assert mapped("youzan", answer, account.account) == pushed
    shop.refund(tid, 990)
    (page,) = client.orders_changed(clock.us - HOUR, clock.us + HOUR, now_us=clock.us)
    assert sum(touch.value_minor for touch in mapped("youzan", page, account.account)) == 2000
    client.close()


def test_weidian_orders_are_read_page_by_page(sandbox: Sandbox, clock: HandClock) -> None:
    shop, account = sandbox.platform("weidian"), sandbox.account("weidian")
    for number in range(201):
        shop.buy("13800138000", 100 + number)
    client = WeidianClient(account, tokens=MemoryTokens())
    pages = list(client.orders_changed(clock.us - HOUR, clock.us + HOUR, now_us=clock.us))
    touches = [touch for page in pages for touch in mapped("weidian", page, account.account)]
    assert len(pages) == 2
    assert sum(touch.value_minor for touch in touches) == sum(100 + number for number in range(201))
    client.close()


def test_comments_under_own_videos_are_read_answered_and_set_on_top(
    sandbox: Sandbox, clock: HandClock, listener: Listener
) -> None:
    douyin, account = sandbox.platform("douyin"), sandbox.account("douyin")
    douyin.send_callbacks_to(listener.url)
    item = douyin.publish("春季新品")
    ids = [douyin.comment(f"p{number}", item, "多少钱") for number in range(60)]
    pushed = [one for one in opened(sandbox, listener, "douyin", clock.us) if one.kind is TouchKind.COMMENT]
    client = DouyinClient(account, tokens=MemoryTokens())
    pages = list(client.comments(item, now_us=clock.us))
    read = [
        touch
        for page in pages
        for touch in comments(Record(page), item_id=item, account=account.account, received_at_us=NOW)
    ]
    assert len(pages) == 2
    assert {touch.touch_id for touch in read} == {touch.touch_id for touch in pushed}
    assert {touch.content_id for touch in read} == {item}
    reply = client.reply_to_comment(item, ids[0], "私信我们，给您报价", now_us=clock.us)
    (replies,) = client.comment_replies(item, ids[0], now_us=clock.us)
    assert [row["comment_id"] for row in replies["data"]["list"]] == [reply]
    client.top_comment(item, ids[0], top=True, now_us=clock.us)
    assert douyin.comments[item][0]["top"] is True
    douyin.tokens.end_all()
    assert [video["item_id"] for video in client.videos(now_us=clock.us)] == [item]
    assert client.video_figures([item], now_us=clock.us)[0]["statistics"]["comment_count"] == 61
    assert client.video_totals(item, now_us=clock.us)["avg_play_duration"] == "7.5"
    client.close()


def message(action: str, recipient: str, text: str = "您好") -> OutboundMessage:
    return OutboundMessage(b"m" * 16, "douyin", "a", "", recipient, action, Piece(content_id="c", text=text))


def test_only_people_who_wrote_can_be_answered_and_only_in_their_window(
    sandbox: Sandbox, clock: HandClock, listener: Listener
) -> None:
    douyin, account = sandbox.platform("douyin"), sandbox.account("douyin")
    douyin.send_callbacks_to(listener.url)
    client = DouyinClient(account, tokens=MemoryTokens())
    sender = DouyinSender(client, now_us=clock.now_us)
    inbound = douyin.write("person-1", "在吗")
    recipient = f"im_reply_msg person-1 {inbound} @cperson-1"
    receipts = sender.send([message("private_message", recipient) for _ in range(7)])
    assert [receipt.state for receipt in receipts] == [MessageState.SENT] * 6 + [MessageState.FAILED]
    assert "window" in receipts[6].detail
    (cold,) = sender.send([message("private_message", "im_reply_msg person-2 @x @y")])
    assert cold.state is MessageState.FAILED
    echoes = [one for one in opened(sandbox, listener, "douyin", clock.us) if isinstance(one, Touch)]
    assert [one.kind.slug for one in echoes] == ["message_in"] + ["message_out"] * 6
    clock.us += DAY
    with pytest.raises(RefusedError, match="window"):
        client.send(
            "person-1",
            [{"msg_type": 1, "text": {"text": "x"}}],
            scene="im_reply_msg",
            message_id=inbound,
            conversation="@cperson-1",
            now_us=clock.us,
        )
    client.close()


def test_active_messages_need_leave_a_card_and_a_new_day(sandbox: Sandbox, clock: HandClock) -> None:
    douyin, account = sandbox.platform("douyin"), sandbox.account("douyin")
    client = DouyinClient(account, tokens=MemoryTokens())
    card = {"msg_type": 10, "applet_card": {"card_template_id": "t", "app_id": "tt1"}}
    send = {"scene": "im_authorize_message", "now_us": clock.us}
    with pytest.raises(ConfigError):
        client.send("person-3", [card], **send)  # type: ignore[arg-type]  # the same two for every call
    douyin.allow("person-3")
    assert client.allows_messages("person-3", now_us=clock.us)
    with pytest.raises(RefusedError):
        client.send("person-3", [{"msg_type": 1, "text": {"text": "x"}}], **send)  # type: ignore[arg-type]  # as above
    assert client.send("person-3", [card], **send)  # type: ignore[arg-type]  # as above
    with pytest.raises(RefusedError):
        client.send("person-3", [card], **send)  # type: ignore[arg-type]  # as above
    client.close()


def test_leads_costs_and_comments_of_ocean_engine_come_and_go(
    sandbox: Sandbox, clock: HandClock, listener: Listener
) -> None:
    ocean, account = sandbox.platform("oceanengine"), sandbox.account("oceanengine")
    ocean.send_callbacks_to(listener.url)
    clue = ocean.lead("沙盒用户", "13800138000")
    number = ocean.comment("_000abc", "多少钱")
    pushed_lead, pushed_comment = opened(sandbox, listener, "oceanengine", clock.us)
    client = OceanEngineClient(account, tokens=MemoryTokens())
    (page,) = client.leads("2026-01-01", "2026-12-31", now_us=clock.us)
    assert [touch.touch_id for touch in mapped("oceanengine", page, account.account)] == [pushed_lead.touch_id]
    assert pushed_comment.actors[0].value == "_000abc"
    (page,) = client.comments("2026-01-01", "2026-12-31", now_us=clock.us)
    assert mapped("oceanengine", page, account.account)[0].actors == ()
    assert client.reply_to_comments([number, 5], "请留言", now_us=clock.us) == [number]
    client.top_comment(number, top=True, now_us=clock.us)
    client.say_of_lead(clue, FRIEND_ADDED, now_us=clock.us)
    assert ocean.said[0]["clue_convert_state"] == 195
    ocean.spend("2026-03-01", "1234.56", clicks=50)
    ocean.tokens.end_all()
    (page,) = client.spend("2026-03-01", "2026-03-02", by=["promotion_id"], now_us=clock.us)
    (row,) = spend_from_report(page)
    assert (row.cost_minor, row.clicks, row.dimensions) == (123_456, 50, {"promotion_id": "3"})
    client.close()


def test_kuaishou_comments_orders_and_configured_leads_are_read(sandbox: Sandbox, clock: HandClock) -> None:
    kuaishou, account = sandbox.platform("kuaishou"), sandbox.account("kuaishou")
    client = KuaishouClient(account, tokens=MemoryTokens())
    number = kuaishou.comment(3_000_000_001, "怎么买")
    (page,) = client.comments(clock.us - HOUR, clock.us + HOUR, now_us=clock.us)
    (touch,) = mapped("kuaishou", page, account.account)
    row = page["data"]["details"][0]
    client.reply_to_comment(row, "看商品页", now_us=clock.us)
    client.top_comment(number, 4, top=True, now_us=clock.us)
    assert kuaishou.replies[0]["reply_to_comment_id"] == number > 2**53
    assert touch.actors[0].value == "3000000001"
    for _ in range(51):
        kuaishou.buy("7000000001", 100)
    pages = list(client.orders(clock.us - HOUR, clock.us + HOUR, now_us=clock.us))
    assert sum(touch.value_minor for page in pages for touch in mapped("kuaishou", page, account.account)) == 5100
    kuaishou.lead("沙盒用户", "13800138000")
    (lead,) = client.leads(clock.us - HOUR, clock.us + HOUR, now_us=clock.us)
    assert mapped("kuaishou", lead, account.account)[0].kind is TouchKind.LEAD
    bare = Account("kuaishou", account.account, account.base_url, {**account.secrets, "lead_path": ""})
    with pytest.raises(ConfigError, match="siyu import"):
        list(KuaishouClient(bare, tokens=MemoryTokens()).leads(0, 1, now_us=clock.us))
    client.close()


def test_xiaohongshu_hears_what_a_click_became(sandbox: Sandbox, clock: HandClock) -> None:
    platform, account = sandbox.platform("xiaohongshu"), sandbox.account("xiaohongshu")
    client = XiaohongshuClient(account, tokens=MemoryTokens())
    click = platform.click()
    client.say_of_click(click, "wechat_added", at_us=clock.us, now_us=clock.us)
    assert platform.conversions[0]["event_type"] == 122
    with pytest.raises(PermanentError, match="click_id"):
        client.say_of_click("cid.other", "purchase", at_us=clock.us, now_us=clock.us)
    platform.spend(123.45)
    assert xiaohongshu_spend(client.spend("2026-03-01", "2026-03-02", now_us=clock.us)).cost_minor == 12_345
    client.close()


@pytest.mark.parametrize(
    ("name", "client_of"),
    [("oceanengine", OceanEngineClient), ("kuaishou", KuaishouClient), ("xiaohongshu", XiaohongshuClient)],
)
def test_a_refresh_token_that_changes_with_each_renewal_is_kept_and_shared(
    sandbox: Sandbox, clock: HandClock, name: str, client_of: Any
) -> None:
    account, tokens = sandbox.account(name), MemoryTokens()
    for _ in range(3):
        client = client_of(account, tokens=tokens)  # a process of its own: only the store is shared
        assert client.check(now_us=clock.us)
        client.close()
        clock.us += DAY
    pasted_again = client_of(sandbox.account(name), tokens=tokens)
    clock.us += DAY
    assert pasted_again.check(now_us=clock.us)
    pasted_again.close()
    old = client_of(account, tokens=MemoryTokens())
    with pytest.raises((ConfigError, PermanentError)):  # what was pasted first is long over
        old.check(now_us=clock.us)
    old.close()


def test_a_consent_on_douyin_is_prolonged_before_it_ends(clock: HandClock) -> None:
    with Sandbox(clock=clock, seed=9, platforms=("douyin",)) as sandbox:
        account, tokens = sandbox.account("douyin"), MemoryTokens()
        for _ in range(4):  # 60 days, where a consent ends after 30
            client = DouyinClient(account, tokens=tokens)
            assert client.check(now_us=clock.us)
            client.close()
            clock.us += 15 * DAY
