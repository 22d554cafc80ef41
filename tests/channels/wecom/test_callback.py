"""A callback of WeCom is checked, opened and translated; anything else is refused."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.channels.callback import Callback
from siyu.channels.unmapped import Unmapped
from siyu.channels.wechat_crypto import CallbackCrypto
from siyu.channels.wecom.callback import answer_to_check, open_callback, touches_from_callback
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.kernel.period import SECOND

KEPT = json.loads((Path(__file__).parent / "fixtures" / "encrypted_callbacks.json").read_text("utf-8"))
ACCOUNT = Account(
    "wecom",
    KEPT["receiveid"],
    "",
    {"callback_token": KEPT["token"], "encoding_aes_key": KEPT["encoding_aes_key"], "suite_id": "wwsuite"},
)
CRYPTO = CallbackCrypto(
    token=KEPT["token"], encoding_aes_key=KEPT["encoding_aes_key"], receive_ids=(KEPT["receiveid"], "wwsuite")
)
NOW = 1_700_000_000
ADDED = KEPT["requests"][7]


def sent_at_us(request: dict[str, Any]) -> int:
    return int(request["query"]["timestamp"]) * SECOND


def sealed(plain: bytes, *, receive_id: str = ACCOUNT.account) -> tuple[dict[str, str], str]:
    seal = CRYPTO.seal(plain, receive_id=receive_id, random=b"r" * 16, timestamp=str(NOW), nonce="n")
    return {"msg_signature": seal.signature, "timestamp": str(NOW), "nonce": "n"}, seal.encrypted


def opened(query: dict[str, str], body: bytes) -> Any:
    return touches_from_callback(ACCOUNT, query=query, body=body, received_at_us=NOW * SECOND)


@pytest.mark.parametrize("request_", KEPT["requests"], ids=[one["event"] for one in KEPT["requests"]])
def test_each_kept_request_opens_and_becomes_touches(request_: dict[str, Any]) -> None:
    at_us = sent_at_us(request_)
    got = touches_from_callback(ACCOUNT, query=request_["query"], body=request_["body"].encode(), received_at_us=at_us)
    assert got
    assert all(one.received_at_us == at_us for one in got)


def test_the_same_callback_twice_is_one_touch() -> None:
    first, second = (
        touches_from_callback(ACCOUNT, query=ADDED["query"], body=ADDED["body"].encode(), received_at_us=at_us)
        for at_us in (sent_at_us(ADDED), sent_at_us(ADDED) + 5 * SECOND)
    )
    assert [one.touch_id for one in first] == [one.touch_id for one in second]


def test_a_json_envelope_and_a_json_message_are_read_too() -> None:
    event = {
        "ToUserName": ACCOUNT.account, "CreateTime": NOW, "MsgType": "event", "Event": "change_external_contact",
        "ChangeType": "del_follow_user", "UserID": "zhangsan", "ExternalUserID": "wm1",
    }  # fmt: skip
    query, encrypted = sealed(json.dumps(event).encode())
    (touch,) = opened(query, json.dumps({"encrypt": encrypted}).encode())
    assert (touch.kind.slug, touch.happened_at_us) == ("contact_removed", NOW * SECOND)


def suite_event(corp: str) -> tuple[dict[str, str], bytes]:
    plain = (
        f"<xml><SuiteId>wwsuite</SuiteId><AuthCorpId>{corp}</AuthCorpId><InfoType>change_external_tag</InfoType>"
        f"<TimeStamp>{NOW}</TimeStamp><ChangeType>create</ChangeType><Id>et1</Id></xml>"
    )
    query, encrypted = sealed(plain.encode(), receive_id="wwsuite")
    return query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()


def test_a_suite_callback_is_taken_for_our_corp_alone() -> None:
    assert opened(*suite_event(ACCOUNT.account))[0].kind.slug == "account_changed"
    with pytest.raises(BadInputError, match="another corp"):
        opened(*suite_event("ww_somebody_else"))


def test_the_address_check_is_answered_with_the_exact_bytes() -> None:
    query, encrypted = sealed(b"1616140317555161061")
    query["echostr"] = encrypted
    assert answer_to_check(ACCOUNT, query=query, received_at_us=NOW * SECOND) == b"1616140317555161061"
    secrets = ACCOUNT.secrets
    got = open_callback(Callback(b"", query=query), account=ACCOUNT.account, secrets=secrets, now_us=NOW * SECOND)
    assert (got.payloads, got.answer) == ((), b"1616140317555161061")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"msg_signature": "0" * 40}, "signature"),
        ({"msg_signature": ""}, "signature"),
        ({"nonce": "other"}, "signature"),
        ({"timestamp": str(NOW - 301)}, "signed more than"),
        ({"timestamp": "now"}, "Unix seconds"),
    ],
)
def test_a_forged_or_replayed_request_is_refused(change: dict[str, str], says: str) -> None:
    query, encrypted = sealed(b"<xml/>")
    with pytest.raises(BadInputError, match=says):
        opened(query | change, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode())


def test_an_account_without_its_callback_secrets_says_so() -> None:
    with pytest.raises(ConfigError, match="callback token"):
        touches_from_callback(
            Account("wecom", "ww1", "", {}),
            query=ADDED["query"],
            body=ADDED["body"].encode(),
            received_at_us=sent_at_us(ADDED),
        )


@given(
    body=st.one_of(
        st.binary(max_size=120), st.text(max_size=60).map(lambda text: b"{" + text.encode("utf-8", "replace"))
    )
)
@settings(deadline=None)
def test_any_body_is_refused_without_breaking(body: bytes) -> None:
    with pytest.raises(BadInputError):
        opened(ADDED["query"], body)


@given(
    plain=st.one_of(
        st.binary(max_size=150),
        st.dictionaries(st.text(max_size=8), st.text(max_size=8)).map(lambda fields: json.dumps(fields).encode()),
    )
)
@settings(deadline=None)
def test_any_message_inside_a_right_envelope_is_refused_without_breaking(plain: bytes) -> None:
    query, encrypted = sealed(plain)
    with suppress(Unmapped), pytest.raises(BadInputError):
        opened(query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode())
