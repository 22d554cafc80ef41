"""SMS, webhook out and the offline store: signatures, what leaves, what comes back."""

import base64
import hmac
import json
from collections.abc import Callable

import httpx
import pytest

from siyu.channels.callback import Callback
from siyu.channels.http import HttpCaller
from siyu.channels.sms.callback import open_callback
from siyu.channels.sms.client import SmsClient
from siyu.channels.sms.mapping import touches_from_payload as sms_touches
from siyu.channels.sms.sender import SmsSender
from siyu.channels.sms.signing import aliyun_signature, tencent_authorization
from siyu.channels.store.codes import Till, read_till_code, till_code
from siyu.channels.store.mapping import touches_from_payload as store_touches
from siyu.channels.webhook.client import WebhookClient
from siyu.channels.webhook.sender import WebhookSender
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import BadInputError, ConfigError, RetryLaterError
from siyu.touchpoints.kind import TouchKind

NOW_US = 1_772_328_600_000_000
TEMPLATE = Piece(content_id="c", text="code: 春季", attachments=(Attachment(kind="template", media_id="SMS_1"),))


def caller(answer: Callable[[httpx.Request], httpx.Response]) -> HttpCaller:
    return HttpCaller("http://cloud.test", transport=httpx.MockTransport(answer))


def sms_sender(provider: str, answer: Callable[[httpx.Request], httpx.Response]) -> SmsSender:
    secrets = {"provider": provider, "key_id": "id", "key_secret": "key", "sign_name": "s", "sdk_app_id": "14"}
    return SmsSender(
        SmsClient(Account("sms", "a", "http://cloud.test", secrets), now_us=lambda: NOW_US, http=caller(answer))
    )


def message(action: str, recipient: str, piece: Piece) -> OutboundMessage:
    return OutboundMessage(bytes(15) + b"\x07", action, "a", "", recipient, action, piece)


def test_aliyun_calls_are_signed_as_the_vendor_shows() -> None:
    query = {
        "Timestamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26", "SignatureVersion": "1.0",
    }  # fmt: skip
    assert aliyun_signature(query, secret="testsecret", method="GET") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


def test_tencent_calls_are_signed_as_the_vendor_shows() -> None:
    body = json.dumps({"Limit": 1, "Filters": [{"Values": ["未命名"], "Name": "instance-name"}]}).encode()
    found = tencent_authorization(
        body, secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        host="cvm.tencentcloudapi.com", service="cvm", at_s=1_551_113_065,
    )  # fmt: skip
    assert "Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request" in found
    assert len(found.rpartition("Signature=")[2]) == 64


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_an_sms_leaves_by_template_with_our_own_id(provider: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        status = {"Code": "Ok", "SerialNo": "n1"}
        ours = {"Code": "OK", "BizId": "n1", "Response": {"SendStatusSet": [status]}}
        return httpx.Response(200, json=ours)

    (receipt,) = sms_sender(provider, answer).send([message("sms", "13800138000", TEMPLATE)])
    assert (receipt.state, receipt.task) == (MessageState.SENT, "n1")
    sent = dict(seen[0].url.params) or json.loads(seen[0].content)
    assert (bytes(15) + b"\x07").hex() in {sent.get("OutId"), sent.get("SessionContext")}


def test_a_lost_answer_of_aliyun_is_looked_up_and_a_number_on_the_blacklist_is_no_consent() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        if request.url.params["Action"] == "SendSms":
            raise httpx.ReadTimeout("lost", request=request)
        row = {"OutId": (bytes(15) + b"\x07").hex(), "SendStatus": 3}
        return httpx.Response(200, json={"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}})

    sender = sms_sender("aliyun", lost)
    (receipt,) = sender.send([message("sms", "13800138000", TEMPLATE)])
    assert receipt.state is MessageState.UNKNOWN
    (found,) = sender.look_up({receipt.message_id: (receipt.task, "", "13800138000")})
    assert found.state is MessageState.SENT

    def refused(_request: httpx.Request) -> httpx.Response:
        error = {"Code": "FailedOperation.PhoneNumberInBlacklist", "Message": "x"}
        return httpx.Response(200, json={"Response": {"Error": error}})

    (failed,) = sms_sender("tencent", refused).send([message("sms", "13800138000", TEMPLATE)])
    assert (failed.state, failed.detail) == (MessageState.FAILED, "no_consent")


@pytest.mark.parametrize(("words", "stops"), [("TD", True), ("t", True), ("退订。", True), ("谢谢", False)])
def test_a_reply_that_says_stop_withdraws_the_consent(words: str, stops: bool) -> None:
    body = json.dumps([{"phone_number": "13800138000", "send_time": "2026-03-01 09:10:00", "content": words}])
    callback = Callback(body.encode(), {}, {"key": "k"})
    opened = open_callback(callback, account="a", secrets={"callback_key": "k", "provider": "aliyun"}, now_us=NOW_US)
    found = sms_touches(opened.payloads[0], account="a", received_at_us=NOW_US)
    assert (TouchKind.CONSENT_WITHDRAWN in {one.kind for one in found}) is stops
    with pytest.raises(BadInputError):
        open_callback(Callback(body.encode(), {}, {"key": "x"}), account="a", secrets={"callback_key": "k"}, now_us=0)


def webhook(answers: list[int]) -> tuple[WebhookSender, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        status = answers.pop(0)
        if not status:
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.Response(status)

    account = Account("webhook", "a", "http://cloud.test", {"secret": "s3"})
    return WebhookSender(WebhookClient(account, now_us=lambda: NOW_US, http=caller(answer))), seen


def test_a_call_out_is_signed_and_repeated_with_the_same_key_until_it_is_taken() -> None:
    sender, seen = webhook([503, 0, 409])
    one = message("webhook", "u-1", Piece(content_id="c", text="你好"))
    for _ in range(2):
        with pytest.raises(RetryLaterError):
            sender.send([one])
    (receipt,) = sender.send([one])
    assert receipt.state is MessageState.SENT
    assert len({request.headers["idempotency-key"] for request in seen}) == 1
    head, body = seen[0].headers, seen[0].content
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(b"s3", signed, "sha256")).decode()
    assert head["webhook-signature"] == f"v1,{wanted}"


def test_an_address_that_refuses_the_signature_is_a_set_up_fault_and_one_that_is_gone_fails() -> None:
    sender, _ = webhook([401, 410])
    one = message("webhook", "u-1", Piece(content_id="c"))
    with pytest.raises(ConfigError):
        sender.send([one])
    assert sender.send([one])[0].state is MessageState.FAILED


def test_a_till_s_code_is_read_back_and_a_made_up_one_refused() -> None:
    code = till_code(Till("S1", "T2"), key="k")
    assert len(code) <= 32
    assert read_till_code(code, key="k") == Till("S1", "T2")
    for wrong in (code.replace("T2", "T3"), "t.S1.T2", ""):
        with pytest.raises(BadInputError):
            read_till_code(wrong, key="k")
    with pytest.raises(BadInputError):
        till_code(Till("门店", "1"), key="k")


def test_a_sale_and_its_refund_at_the_till_are_of_one_order() -> None:
    sale = {"小票号": "r1", "销售时间": "2026-03-01 09:30:00", "实收": "128.50", "手机号": "13800138000"}
    back = {"receipt_no": "r2", "sold_at": "2026-03-02 09:30:00", "paid": "-28.50", "refund_of": "r1"}
    (paid,) = store_touches(sale, account="s", received_at_us=NOW_US)
    (refund,) = store_touches(back, account="s", received_at_us=NOW_US)
    assert (paid.value_minor, refund.value_minor, paid.about) == (12_850, -2_850, refund.about)
    assert refund.actors[0] in paid.actors
