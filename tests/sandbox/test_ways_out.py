"""SMS, e-mail, webhook out and the signed order webhook: our clients against the sandbox, and what comes back."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from hand_clock import HandClock
from sandbox.listening import Listener
from siyu.channels.callback import Callback
from siyu.channels.email.sender import open_sender as open_email
from siyu.channels.sms.client import live_check as sms_check
from siyu.channels.sms.pull import pull as sms_pull
from siyu.channels.sms.sender import open_sender as open_sms
from siyu.channels.tokens import MemoryTokens
from siyu.channels.webhook.sender import open_sender as open_webhook
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError, ConfigError, RetryLaterError
from siyu.kernel.period import HOUR, MINUTE
from siyu.sandbox.sandbox import Sandbox
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

NOW = 1_772_328_600_000_000  # 2026-03-01 09:30 in Beijing
PLATFORMS = ("email", "order_webhook", "sms", "webhook")
ADVERT = Piece(
    content_id="c", text="name: 小明\ncode: A1", attachments=(Attachment(kind="template", media_id="100002"),)
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def sandbox(clock: HandClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=3, platforms=PLATFORMS) as running:
        yield running


@pytest.fixture
def heard(sandbox: Sandbox) -> Iterator[Callable[[str], list[Touch]]]:
    """Collect what a platform calls back, opened and mapped as the server does."""
    with Listener() as listener:
        for name in PLATFORMS:
            sandbox.platform(name).send_callbacks_to(listener.url)

        def touches(name: str) -> list[Touch]:
            assert sandbox.settle()
            found: list[Touch] = []
            while listener.heard:
                found += opened(sandbox.account(name), listener.heard.pop(0), sandbox.clock.now_us())
            return found

        yield touches


def opened(account: Account, callback: Callback, now_us: int) -> list[Touch]:
    calls: Any = import_module(f"siyu.channels.{account.channel}.callback")
    mapping: Any = import_module(f"siyu.channels.{account.channel}.mapping")
    unsealed = calls.open_callback(callback, account=account.account, secrets=account.secrets, now_us=now_us)
    return [
        touch
        for payload in unsealed.payloads
        for touch in mapping.touches_from_payload(payload, account=account.account, received_at_us=now_us)
    ]


def message(action: str, recipient: str, piece: Piece, number: int = 7) -> OutboundMessage:
    return OutboundMessage(bytes(15) + bytes([number]), action, "a", "", recipient, action, piece)


def sms(sandbox: Sandbox, provider: str) -> Account:
    account = sandbox.account("sms")
    return Account("sms", account.account, account.base_url, {**account.secrets, "provider": provider})


def send_sms(account: Account, clock: HandClock, phone: str = "13800138000", number: int = 7) -> Receipt:
    sender = open_sms(account, tokens=MemoryTokens(), now_us=clock.now_us)
    (receipt,) = sender.send([message("sms", phone, ADVERT, number)])
    sender.client.close()
    return receipt


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_an_sms_arrives_and_its_receipt_comes_back(
    sandbox: Sandbox, clock: HandClock, heard: Callable[[str], list[Touch]], provider: str
) -> None:
    account = sms(sandbox, provider)
    assert provider in sms_check(account, tokens=MemoryTokens(), now_us=NOW)
    receipt = send_sms(account, clock)
    assert receipt.state is MessageState.SENT
    (arrived,) = sandbox.platform("sms").arrived("13800138000")
    assert arrived["text"] == "小明，春茶到店，凭码A1享九折。拒收请回复R"
    (delivered,) = heard("sms")
    assert delivered.kind is TouchKind.MESSAGE_DELIVERED
    assert delivered.actors[0].value == "+8613800138000"
    sandbox.platform("sms").unreachable("13800138000")
    clock.us += HOUR
    assert send_sms(account, clock, number=8).state is MessageState.SENT
    assert [one.kind for one in heard("sms")] == [TouchKind.MESSAGE_FAILED]


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_the_clouds_refuse_wrong_keys_old_signatures_and_too_many_in_a_row(
    sandbox: Sandbox, clock: HandClock, provider: str
) -> None:
    account = sms(sandbox, provider)
    wrong = Account("sms", "a", account.base_url, {**account.secrets, "key_secret": "no"})
    with pytest.raises(ConfigError):
        send_sms(wrong, clock)
    late = HandClock(NOW)
    late.us = NOW - HOUR
    assert "imestamp" in send_late(account, late) or "Expire" in send_late(account, late)
    assert send_sms(account, clock).state is MessageState.SENT
    with pytest.raises(RetryLaterError):  # one in 30 seconds
        send_sms(account, clock, number=8)
    clock.us += MINUTE
    assert send_sms(account, clock, number=8).state is MessageState.SENT


def send_late(account: Account, clock: HandClock) -> str:
    try:
        return send_sms(account, clock).detail
    except ConfigError as error:
        return str(error)


def test_a_reply_td_withdraws_by_push_and_by_pull_and_the_cloud_then_refuses(
    sandbox: Sandbox, clock: HandClock, heard: Callable[[str], list[Touch]]
) -> None:
    cloud, account = sandbox.platform("sms"), sms(sandbox, "tencent")
    cloud.reply("13800138000", "TD", cloud="tencent")
    cloud.reply("13900139000", "谢谢", cloud="tencent")
    pushed = heard("sms")
    pulled = [
        touch
        for touches in sms_pull(account, tokens=MemoryTokens(), start_us=0, end_us=NOW, now_us=NOW)
        for touch in touches
    ]
    kinds = [TouchKind.MESSAGE_IN, TouchKind.CONSENT_WITHDRAWN, TouchKind.MESSAGE_IN]
    assert [one.kind for one in pushed] == [one.kind for one in pulled] == kinds
    assert {one.touch_id for one in pushed} == {one.touch_id for one in pulled}  # told twice, counted once
    assert not list(sms_pull(account, tokens=MemoryTokens(), start_us=0, end_us=NOW, now_us=NOW))
    refused = send_sms(account, clock)
    assert (refused.state, refused.detail) == (MessageState.FAILED, "no_consent")


def test_advertising_leaves_tencent_by_day_only(sandbox: Sandbox, clock: HandClock) -> None:
    clock.us += 13 * HOUR  # 22:30
    with pytest.raises(RetryLaterError):
        send_sms(sms(sandbox, "tencent"), clock)


def test_an_empty_account_is_a_set_up_fault_and_an_unknown_template_fails_alone(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sender = open_sms(sandbox.account("sms"), tokens=MemoryTokens(), now_us=clock.now_us)
    unknown = Piece(content_id="c", attachments=(Attachment(kind="template", media_id="999"),))
    (receipt,) = sender.send([message("sms", "13800138000", unknown)])
    assert receipt.state is MessageState.FAILED
    sandbox.platform("sms").pay(0)
    with pytest.raises(ConfigError):
        sender.send([message("sms", "13800138000", ADVERT)])
    sender.client.close()


def letter() -> Piece:
    return Piece(content_id="c", text="春茶到店\n欢迎来店里喝一杯。")


def mailbox(sandbox: Sandbox, public_url: str = "") -> Account:
    account = sandbox.account("email")
    return Account("email", account.account, account.base_url, {**account.secrets, "public_url": public_url})


def send_mail(account: Account, clock: HandClock, to: str, number: int = 7) -> Receipt:
    (receipt,) = open_email(account, tokens=MemoryTokens(), now_us=clock.now_us).send(
        [message("email", to, letter(), number)]
    )
    return receipt


def test_a_mail_arrives_after_a_log_in_and_a_wrong_password_is_a_set_up_fault(
    sandbox: Sandbox, clock: HandClock
) -> None:
    account = mailbox(sandbox)
    assert send_mail(account, clock, "ann@example.com").state is MessageState.SENT
    (arrived,) = sandbox.platform("email").at("ann@example.com")
    assert (arrived.subject, arrived.text) == ("春茶到店", "欢迎来店里喝一杯。")
    wrong = Account("email", "a", account.base_url, {**account.secrets, "password": "no"})
    with pytest.raises(ConfigError):
        send_mail(wrong, clock, "ann@example.com")
    without = Account("email", "a", account.base_url, {"from_address": "shop@brand.sandbox.invalid"})
    with pytest.raises(ConfigError):
        send_mail(without, clock, "ann@example.com")


def test_a_mailbox_that_refuses_fails_one_that_is_full_is_tried_later_and_a_bounce_comes_back(
    sandbox: Sandbox, clock: HandClock, heard: Callable[[str], list[Touch]]
) -> None:
    mails, account = sandbox.platform("email"), mailbox(sandbox)
    mails.refuse("gone@example.com")
    mails.refuse("full@example.com", code=451)
    mails.bounce("old@example.com")
    assert send_mail(account, clock, "gone@example.com").state is MessageState.FAILED
    with pytest.raises(RetryLaterError):
        send_mail(account, clock, "full@example.com")
    assert send_mail(account, clock, "old@example.com", 9).state is MessageState.SENT
    (bounced,) = heard("email")
    assert (bounced.kind, bounced.actors[0].value) == (TouchKind.MESSAGE_FAILED, "old@example.com")
    assert bounced.about == (bytes(15) + b"\x09").hex()
    assert bounced.properties["code"] == "5.1.1"


@pytest.mark.parametrize("one_click", [True, False])
def test_a_refusal_by_one_click_or_by_mail_and_a_complaint_withdraw(
    sandbox: Sandbox, clock: HandClock, heard: Callable[[str], list[Touch]], one_click: bool
) -> None:
    mails = sandbox.platform("email")
    url = mails.ears.url.removesuffix("/callbacks") if one_click else ""
    assert send_mail(mailbox(sandbox, url), clock, "Ann@example.com").state is MessageState.SENT
    name = mails.arrived[-1].message_id
    mails.unsubscribe(name)
    (refused,) = heard("email")
    mails.complain(name)
    (complained,) = heard("email")
    for touch, cause in ((refused, "one_click" if one_click else "mail"), (complained, "complaint")):
        assert touch.kind is TouchKind.CONSENT_WITHDRAWN
        assert touch.actors[0].value == "ann@example.com"
        assert touch.properties == {"for_channel": "email", "cause": cause}
    mails.answer("ann@example.com", "Re: 春茶到店", "几点开门？")
    mails.answer("ann@example.com", "unsubscribe", automatic=True)  # a machine cannot refuse for a person
    account = sandbox.account("email")
    for callback in ("letter", "automatic"):
        with pytest.raises(Exception, match=callback):
            heard("email")
    forged = Callback(b"List-Unsubscribe=One-Click", {}, {"m": "AAAA"})
    with pytest.raises(BadInputError):
        opened(account, forged, NOW)


def test_an_address_takes_each_signed_call_once_and_refuses_the_others(sandbox: Sandbox, clock: HandClock) -> None:
    account, address = sandbox.account("webhook"), sandbox.platform("webhook")
    sender = open_webhook(account, tokens=MemoryTokens(), now_us=clock.now_us)
    one = message("webhook", "u-1", Piece(content_id="c", text="你好"))
    address.fail_next(503, times=2)
    for _ in range(2):
        with pytest.raises(RetryLaterError):
            sender.send([one])
    assert [sender.send([one])[0].state for _ in range(2)] == [MessageState.SENT, MessageState.SENT]
    (taken,) = address.taken.values()
    assert (taken["body"]["to"], address.repeats) == ("u-1", 1)
    sender.client.close()
    for secrets in ({"secret": "wrong"}, account.secrets):
        sender = open_webhook(
            Account("webhook", "a", account.base_url, secrets), tokens=MemoryTokens(), now_us=lambda: NOW - HOUR
        )
        with pytest.raises(ConfigError):  # a wrong secret, and a right one an hour ago
            sender.send([message("webhook", "u-2", Piece(content_id="c"), 8)])
        sender.client.close()
    assert len(address.taken) == 1


def test_an_order_handed_over_twice_counts_once_and_its_refund_is_of_it(
    sandbox: Sandbox, heard: Callable[[str], list[Touch]]
) -> None:
    shop = sandbox.platform("order_webhook")
    number = shop.buy("13800138000", 12_850, "t.S1.T1")
    first = heard("order_webhook")
    shop.again(f"{number}-paid")
    assert {one.touch_id for one in heard("order_webhook")} == {one.touch_id for one in first}
    shop.refund(number, 2_850)
    refunds = [one for one in heard("order_webhook") if one.kind is TouchKind.ORDER_REFUNDED]
    assert [one.value_minor for one in refunds] == [-2_850]


def test_the_sandbox_says_what_to_paste_and_what_callbacks_are_checked_with(sandbox: Sandbox) -> None:
    told = httpx.get(f"{sandbox.url}/_sandbox", trust_env=False).json()
    assert told["base_url"] == sandbox.url
    assert set(told["platforms"]) == set(PLATFORMS)
    assert told["platforms"]["email"]["base_url"].startswith("smtp://127.0.0.1:")
    assert told["platforms"]["sms"]["callback_secrets"] == {
        "callback_key": told["platforms"]["sms"]["credentials"]["callback_key"]
    }
    bad = httpx.post(f"{told['platforms']['sms']['state_url']}/reply", json={"phon": 1}, trust_env=False)
    assert (bad.status_code, "phon" in bad.json()["error"]) == (400, True)
