"""Callbacks of shops and video platforms: right signatures open, wrong ones and replays are refused."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from siyu.channels.callback import Callback, Opened
from siyu.channels.doudian.signing import sign as doudian_sign
from siyu.channels.kuaishou.signing import sign as kuaishou_sign
from siyu.channels.order_webhook.callback import check_base64_signature
from siyu.channels.order_webhook.signing import signature
from siyu.channels.signatures import hmac_sha256_base64, hmac_sha256_hex, md5_hex, sha1_hex
from siyu.channels.wechat_crypto import CallbackCrypto, signature_of
from siyu.kernel.errors import BadInputError, ConfigError, RefusedError
from siyu.kernel.period import HOUR, SECOND

HERE = Path(__file__).parent
NOW_US = 1_772_328_601 * SECOND
VECTORS = {
    vector["id"]: vector for vector in json.loads((HERE / "fixtures" / "crypto.json").read_text("utf-8"))["vectors"]
}


def opened(
    platform: str, callback: Callback, secrets: dict[str, str], *, account: str = "", now_us: int = NOW_US
) -> Opened:
    module = import_module(f"siyu.channels.{platform}.callback")
    found: Opened = module.open_callback(callback, account=account, secrets=secrets, now_us=now_us)
    return found


@pytest.mark.parametrize(
    "name",
    ["douyin-webhook-signature-computed", "douyin-webhook-signature-utf8-computed", "douyin-webhook-doc-body-computed"],
)
def test_douyin_webhooks_open_by_the_known_vectors(name: str) -> None:
    vector = VECTORS[name]
    body = vector["body"].encode()
    callback = Callback(body, {"x-douyin-signature": vector["signature"], "msg-id": "m-1"})
    found = opened("douyin", callback, {"client_secret": vector["secret"]}, account=json.loads(body)["client_key"])
    if "verify_webhook" in vector["body"]:
        assert found.answer == b'{"challenge":12345}'
        assert found.payloads == ()
    else:
        assert found.payloads == (vector["body"],)
        assert found.event_id == "m-1"


def test_a_douyin_webhook_for_another_app_is_refused() -> None:
    body = b'{"event":"im_receive_msg","client_key":"other","content":{}}'
    callback = Callback(body, {"x-douyin-signature": sha1_hex("s", body)})
    with pytest.raises(BadInputError, match="another app"):
        opened("douyin", callback, {"client_secret": "s"}, account="mine")


@pytest.mark.parametrize("name", [name for name, one in VECTORS.items() if one["kind"] == "dy_decrypt"])
def test_douyin_mini_program_pushes_decrypt_with_their_32_byte_prefix(name: str) -> None:
    vector = VECTORS[name]
    body = json.dumps(
        {
            "Nonce": vector["nonce"],
            "TimeStamp": vector["timestamp"],
            "Encrypt": vector["encrypt"],
            "MsgSignature": vector["msg_signature"],
        }
    ).encode()
    secrets = {
        "mini_program_token": vector["token"],
        "mini_program_aes_key": vector["encoding_aes_key"],
        "mini_program_app_id": vector["receiveid"],
    }
    now_us = int(vector["timestamp"]) * SECOND
    assert opened("douyin", Callback(body), secrets, now_us=now_us).payloads == (vector["plaintext"],)
    with pytest.raises(BadInputError, match="300 s"):
        opened("douyin", Callback(body), secrets, now_us=now_us + 301 * SECOND)
    with pytest.raises(BadInputError, match="signature"):
        opened("douyin", Callback(body), {**secrets, "mini_program_token": "wrong"}, now_us=now_us)


def test_requests_are_signed_as_the_known_vectors_say() -> None:
    vector = VECTORS["doudian-request-sign-computed"]
    body = '{"page":0,"size":20}'
    signed = doudian_sign(vector["key"], "3409409348479354011", "order.searchList", body, "2024-01-01 00:00:00")
    assert signed == vector["signature"]
    vector = VECTORS["kuaishou-shop-request-sign-computed"]
    parameters = {
        "appkey": "ks1",
        "method": "open.order.cursor.list",
        "version": "1",
        "param": '{"pageSize":20}',
        "access_token": "AT",
        "timestamp": "1700000000000",
        "signMethod": "HMAC_SHA256",
    }
    assert kuaishou_sign(vector["key"], parameters) == vector["signature"]


def test_doudian_pushes_open_by_the_known_vector_and_tests_are_left_out() -> None:
    key, body, secret = VECTORS["doudian-event-sign-computed"]["parts"]
    headers = {"app-id": key, "event-sign": VECTORS["doudian-event-sign-computed"]["signature"]}
    found = opened("doudian", Callback(body.encode(), headers), {"app_key": key, "app_secret": secret})
    assert found.payloads == ({"tag": "101", "msg_id": "m1", "data": '{"p_id":1}'},)
    assert found.answer == b'{"code":0,"msg":"success"}'
    both = b'[{"tag":0,"msgId":"t","data":{}},{"tag":"100","msg_id":"m","data":{"p_id":5}}]'
    headers = {"app-id": key, "event-sign": md5_hex(key, both, secret)}
    assert len(opened("doudian", Callback(both, headers), {"app_key": key, "app_secret": secret}).payloads) == 1


def test_youzan_pushes_open_by_the_known_vector_and_by_the_shop() -> None:
    client_id, message, secret = VECTORS["youzan-push-sign-computed"]["parts"]
    push = {"client_id": client_id, "msg": message, "sign": VECTORS["youzan-push-sign-computed"]["signature"]}
    push |= {"kdt_id": 7, "id": "E1", "version": 3, "type": "trade_TradePaid", "test": False}
    secrets = {"client_id": client_id, "client_secret": secret}
    found = opened("youzan", Callback(json.dumps(push).encode()), secrets, account="7")
    assert found.event_id == "E1:3"
    with pytest.raises(BadInputError, match="another shop"):
        opened("youzan", Callback(json.dumps(push).encode()), secrets, account="8")


def test_the_youzan_fixture_carries_a_good_sign_and_heartbeats_are_only_answered() -> None:
    folder = HERE / "youzan" / "fixtures"
    push = (folder / "push_trade_paid.json").read_bytes()
    secrets = {"client_id": "testclientid000001", "client_secret": "testclientsecret0000000000000001"}
    assert len(opened("youzan", Callback(push), secrets, account="10000001").payloads) == 1
    beat = (folder / "push_heartbeat.json").read_bytes()
    assert opened("youzan", Callback(beat), secrets).payloads == ()


def test_kuaishou_webhooks_open_by_the_known_vector_inside_an_hour() -> None:
    vector = VECTORS["kuaishou-kwaisign-computed"]
    body, secret = vector["parts"]
    callback = Callback(body.encode(), {"kwaisign": vector["signature"]})
    at_us = 1_700_000_000 * SECOND
    assert opened("kuaishou", callback, {"app_secret": secret}, now_us=at_us).event_id == "m1"
    with pytest.raises(BadInputError, match="hour"):
        opened("kuaishou", callback, {"app_secret": secret}, now_us=at_us + 2 * HOUR)


def test_ocean_engine_pushes_open_by_the_known_vector_in_any_header_that_was_set() -> None:
    vector = VECTORS["oceanengine-spi-sign-computed"]
    at_us = 1_700_000_000 * SECOND
    body = vector["data"].encode()
    for header, more in (("x-open-signature", {}), ("x-other", {"signature_header": "X-Other"})):
        callback = Callback(body, {header: vector["signature"]})
        assert opened("oceanengine", callback, {"secret": vector["key"], **more}, now_us=at_us).event_id == "1"
    callback = Callback(body, {"x-open-signature": vector["signature"]})
    with pytest.raises(BadInputError, match="from now"):
        opened("oceanengine", callback, {"secret": vector["key"]}, now_us=at_us + 25 * HOUR)


def test_ocean_engine_asks_for_its_challenge_by_get_or_post() -> None:
    wanted = b'{"BaseResp":{"StatusCode":200,"StatusMessage":"ok"},"challenge":77}'
    asked = Callback(b"", query={"event": "verify_webhook", "challenge": "77"})
    assert opened("oceanengine", asked, {"secret": "s"}).answer == wanted
    posted = Callback(b'{"event":"verify_webhook","challenge":77}')
    assert opened("oceanengine", posted, {"secret": "s"}).answer == wanted


def order_delivery(now_us: int, *, secret: str = "k" * 32, body: bytes | None = None) -> Callback:
    body = body or (HERE / "order_webhook" / "fixtures" / "order.json").read_bytes()
    timestamp = str(now_us // SECOND)
    return Callback(body, {"x-siyu-timestamp": timestamp, "x-siyu-signature": signature(secret, timestamp, body)})


def test_an_order_webhook_opens_within_300_seconds_and_never_later() -> None:
    secrets = {"secret": "k" * 32}
    delivery = order_delivery(NOW_US)
    assert opened("order_webhook", delivery, secrets, now_us=NOW_US + 299 * SECOND).event_id == "evt-1"
    for late_us in (-301 * SECOND, 301 * SECOND):
        with pytest.raises(BadInputError, match="300 s"):
            opened("order_webhook", delivery, secrets, now_us=NOW_US + late_us)


def test_an_order_webhook_without_an_event_id_is_refused() -> None:
    with pytest.raises(BadInputError, match="event_id"):
        opened("order_webhook", order_delivery(NOW_US, body=b'{"order":{}}'), {"secret": "k" * 32})


def test_a_source_that_signs_the_body_alone_in_base64_is_checked_too() -> None:
    good = hmac_sha256_base64("key", b"{}")
    check_base64_signature(b"{}", good, key="key")
    with pytest.raises(BadInputError):
        check_base64_signature(b"{ }", good, key="key")


def wechat_callback(platform: str, message: bytes) -> tuple[Callback, dict[str, str], str]:
    key, token = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "tok"
    crypto = CallbackCrypto(token=token, encoding_aes_key=key, receive_ids={"wxapp"})
    timestamp = str(NOW_US // SECOND)
    sealed = crypto.seal(message, receive_id="wxapp", random=b"r" * 16, timestamp=timestamp, nonce="n")
    query = {"msg_signature": sealed.signature, "timestamp": timestamp, "nonce": "n"}
    prefix = "" if platform == "wechat_shop" else "mini_program_"
    names = ("token", "encoding_aes_key") if not prefix else ("mini_program_token", "mini_program_aes_key")
    secrets = dict(zip(names, (token, key), strict=True)) | {"mini_program_app_id": "wxapp"}
    return Callback(json.dumps({"Encrypt": sealed.encrypted}).encode(), query=query), secrets, "wxapp"


@pytest.mark.parametrize("platform", ["wechat_shop", "xiaohongshu"])
def test_wechat_family_pushes_decrypt_and_the_address_check_is_echoed(platform: str) -> None:
    callback, secrets, account = wechat_callback(platform, b'{"Event":"x"}')
    assert opened(platform, callback, secrets, account=account).payloads == ('{"Event":"x"}',)
    timestamp = str(NOW_US // SECOND)
    query = {"echostr": "e-1", "timestamp": timestamp, "nonce": "n", "signature": signature_of("tok", timestamp, "n")}
    assert opened(platform, Callback(b"", query=query), secrets, account=account).answer == b"e-1"
    with pytest.raises(BadInputError):
        opened(platform, Callback(b"", query={**query, "signature": "0" * 40}), secrets, account=account)


Signed = tuple[str, Callback, dict[str, str]]


def signed() -> list[Signed]:
    douyin = b'{"event":"im_receive_msg","client_key":"","content":{}}'
    ocean = json.dumps({"message_id": "1", "timestamp": NOW_US // SECOND, "advertiser_ids": []}).encode()
    kuaishou = json.dumps({"eventType": "test", "timestamp": NOW_US // 1000}).encode()
    doudian = b'[{"tag":100,"msg_id":"m","data":{}}]'
    youzan = {"client_id": "c", "msg": "%7B%7D", "kdt_id": 1, "sign": md5_hex("c", "%7B%7D", "s")}
    return [
        ("douyin", Callback(douyin, {"x-douyin-signature": sha1_hex("s", douyin)}), {"client_secret": "s"}),
        ("oceanengine", Callback(ocean, {"x-open-signature": hmac_sha256_hex("s", ocean)}), {"secret": "s"}),
        ("kuaishou", Callback(kuaishou, {"kwaisign": md5_hex(kuaishou, "s")}), {"app_secret": "s"}),
        (
            "doudian",
            Callback(doudian, {"app-id": "k", "event-sign": md5_hex("k", doudian, "s")}),
            {"app_key": "k", "app_secret": "s"},
        ),
        ("youzan", Callback(json.dumps(youzan).encode()), {"client_id": "c", "client_secret": "s"}),
        ("order_webhook", order_delivery(NOW_US, secret="s"), {"secret": "s"}),
    ]


def tampered(callback: Callback) -> Callback:
    return Callback(callback.body.replace(b"{", b"{ ", 1), callback.headers, callback.query)


def resealed(callback: Callback) -> Callback:
    body = callback.body
    if b'"sign"' in body:
        body = json.dumps({**json.loads(body), "msg": "%7B%22a%22%3A1%7D"}).encode()
    headers = {name: "ü" if name != "app-id" else value for name, value in callback.headers.items()}
    return Callback(body, headers, callback.query)


@pytest.mark.parametrize("one", signed(), ids=[name for name, _, _ in signed()])
def test_a_right_signature_opens_and_a_wrong_secret_a_changed_body_or_no_signature_do_not(one: Signed) -> None:
    platform, callback, secrets = one
    assert opened(platform, callback, secrets).answer
    wrong = {name: value if name in {"client_id", "app_key"} else "other" for name, value in secrets.items()}
    with pytest.raises(BadInputError):
        opened(platform, callback, wrong)
    changes: list[Callable[[Callback], Callback]] = [resealed]
    if platform != "youzan":  # its signature is over the message inside, not over the body
        changes += [tampered, lambda one: Callback(one.body)]
    for change in changes:
        with pytest.raises(BadInputError):
            opened(platform, change(callback), secrets)


@pytest.mark.parametrize("one", signed(), ids=[name for name, _, _ in signed()])
def test_an_account_without_its_secret_says_so(one: Signed) -> None:
    platform, callback, _secrets = one
    with pytest.raises(ConfigError, match="connect it again"):
        opened(platform, callback, {})


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"{", b"null", b"[1]", b'{"a":' * 5000])
@pytest.mark.parametrize("one", signed(), ids=[name for name, _, _ in signed()])
def test_a_body_that_is_nothing_is_one_clear_error(one: Signed, body: bytes) -> None:
    platform, callback, secrets = one
    with pytest.raises(BadInputError):
        opened(platform, Callback(body, callback.headers, callback.query), secrets)


def test_a_push_of_weidian_is_refused_with_the_way_that_is_open() -> None:
    with pytest.raises(RefusedError, match="read the orders"):
        opened("weidian", Callback(b"{}"), {})


def test_payloads_of_an_opened_push_go_straight_into_the_mapping() -> None:
    folder: Any = HERE / "youzan" / "fixtures"
    secrets = {"client_id": "testclientid000001", "client_secret": "testclientsecret0000000000000001"}
    (payload,) = opened("youzan", Callback((folder / "push_trade_paid.json").read_bytes()), secrets).payloads
    mapping = import_module("siyu.channels.youzan.mapping")
    touches = mapping.touches_from_payload(payload, account="10000001", received_at_us=NOW_US)
    assert [touch.value_minor for touch in touches] == [0, 1]
