"""The envelope of WeChat-family callbacks, by every vector we have."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.signatures import same, sha1_hex
from siyu.channels.wechat_crypto import (
    CallbackCrypto,
    jsapi_signature,
    key_of,
    mini_program_data,
    signature_of,
)
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.kernel.period import SECOND

VECTORS = json.loads((Path(__file__).parent / "fixtures" / "crypto.json").read_text("utf-8"))["vectors"]
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
NOW = 1_700_000_000


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] in kinds], ids=lambda v: v["id"])


def crypto_of(vector: dict[str, Any], **changed: Any) -> CallbackCrypto:
    known = {
        "token": vector.get("token", ""),
        "encoding_aes_key": vector["encoding_aes_key"],
        "receive_ids": (vector["receiveid"],),
        "prefix_bytes": 32 if vector["kind"] == "dy_decrypt" else 16,
    }
    return CallbackCrypto(**(known | changed))


def signed(vector: dict[str, Any]) -> dict[str, Any]:
    timestamp, nonce = vector.get("timestamp", str(NOW)), vector.get("nonce", "n")
    signature = vector.get("msg_signature") or signature_of(
        vector.get("token", ""), timestamp, nonce, vector["encrypt"]
    )
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "now_us": int(timestamp) * SECOND}


def test_there_are_all_41_vectors_and_every_kind_is_tested() -> None:
    assert len(VECTORS) == 41
    assert {v["kind"] for v in VECTORS} == {
        "wx_decrypt", "dy_decrypt", "wx_encrypt", "wx_msg_signature", "wx_bad_key", "mp_signature", "jsapi_signature",
        "wxa_rawdata_signature", "wxa_decrypt", "sha1_concat", "md5_concat", "hmac_sha256", "hmac_sha256_b64",
    }  # fmt: skip


@of_kind("wx_decrypt", "dy_decrypt")
def test_a_known_message_opens(vector: dict[str, Any]) -> None:
    assert crypto_of(vector).open(vector["encrypt"], **signed(vector)).decode() == vector["plaintext"]


@of_kind("wx_decrypt", "dy_decrypt")
def test_a_known_message_for_somebody_else_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match="another account"):
        crypto_of(vector, receive_ids=("wx0000000000000000",)).open(vector["encrypt"], **signed(vector))


@of_kind("wx_decrypt", "dy_decrypt")
def test_a_wrong_signature_is_refused_before_anything_is_decrypted(vector: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match="signature"):
        crypto_of(vector).open(vector["encrypt"], **(signed(vector) | {"signature": "0" * 40}))


@of_kind("wx_encrypt")
def test_sealing_gives_the_known_bytes(vector: dict[str, Any]) -> None:
    sealed = crypto_of(vector).seal(
        vector["plaintext"].encode(),
        receive_id=vector["receiveid"],
        random=vector["random16"].encode(),
        timestamp=vector.get("timestamp", "0"),
        nonce=vector.get("nonce", ""),
    )
    assert sealed.encrypted == vector["encrypt"]
    if "msg_signature" in vector:
        assert sealed.signature == vector["msg_signature"]


@of_kind("wx_msg_signature")
def test_a_known_message_signature_comes_out_and_a_wrong_one_does_not(vector: dict[str, Any]) -> None:
    signature = signature_of(vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert same(signature, vector["msg_signature"]) is vector.get("valid", True)


@of_kind("mp_signature")
def test_a_known_plain_signature_comes_out_and_a_wrong_one_does_not(vector: dict[str, Any]) -> None:
    signature = signature_of(vector["token"], vector["timestamp"], vector["nonce"])
    assert same(signature, vector["signature"]) is vector.get("valid", True)


@of_kind("jsapi_signature")
def test_a_known_page_signature_comes_out(vector: dict[str, Any]) -> None:
    signature = jsapi_signature(
        ticket=vector["ticket"], nonce=vector["noncestr"], timestamp=vector["timestamp"], url=vector["url"]
    )
    assert signature == vector["signature"]


@of_kind("wxa_rawdata_signature")
def test_a_known_mini_program_signature_comes_out(vector: dict[str, Any]) -> None:
    assert sha1_hex(vector["raw_data"], vector["session_key"]) == vector["signature"]


@of_kind("wxa_decrypt")
def test_known_mini_program_data_opens(vector: dict[str, Any]) -> None:
    opened = mini_program_data(vector["encrypted_data"], session_key=vector["session_key"], iv=vector["iv"])
    assert opened.decode() == vector["plaintext"]


@of_kind("wx_bad_key")
def test_a_key_that_is_none_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="43"):
        key_of(vector["encoding_aes_key"])


@pytest.mark.parametrize("late_s", [-301, 301, 10**6])
def test_a_replay_outside_the_window_is_refused(late_s: int) -> None:
    crypto = CallbackCrypto(token="t", encoding_aes_key=KEY, receive_ids=("ww1",))
    sealed = crypto.seal(b"<xml/>", receive_id="ww1", random=b"r" * 16, timestamp=str(NOW), nonce="n")
    kept = {"signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    with pytest.raises(BadInputError, match="300 s"):
        crypto.open(sealed.encrypted, **kept, now_us=(NOW + late_s) * SECOND)
    assert crypto.open(sealed.encrypted, **kept, now_us=(NOW + 299) * SECOND) == b"<xml/>"
    assert crypto.open(sealed.encrypted, **kept, now_us=(NOW + late_s) * SECOND, window_us=2 * 10**6 * SECOND)


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "９９", "9" * 40, "17000000000.5"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(timestamp: str) -> None:
    crypto = CallbackCrypto(token="t", encoding_aes_key=KEY, receive_ids=("ww1",))
    with pytest.raises(BadInputError):
        crypto.open("AAAA", signature="", timestamp=timestamp, nonce="", now_us=NOW * SECOND)


@given(message=st.binary(max_size=300), receive_id=st.text(max_size=30), random=st.binary(min_size=16, max_size=16))
def test_whatever_is_sealed_opens_again(message: bytes, receive_id: str, random: bytes) -> None:
    crypto = CallbackCrypto(token="t", encoding_aes_key=KEY, receive_ids=(receive_id,))
    sealed = crypto.seal(message, receive_id=receive_id, random=random, timestamp=str(NOW), nonce="n")
    kept = {"signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    assert crypto.open(sealed.encrypted, **kept, now_us=NOW * SECOND) == message


@given(encrypted=st.one_of(st.text(max_size=80), st.binary(max_size=96).map(lambda raw: raw.hex())))
def test_rubbish_with_a_right_signature_is_refused_and_breaks_nothing(encrypted: str) -> None:
    crypto = CallbackCrypto(token="t", encoding_aes_key=KEY, receive_ids=("ww1",))
    try:
        signature = crypto.signature(str(NOW), "n", encrypted)
    except UnicodeEncodeError:
        return
    with pytest.raises(BadInputError):
        crypto.open(encrypted, signature=signature, timestamp=str(NOW), nonce="n", now_us=NOW * SECOND)
