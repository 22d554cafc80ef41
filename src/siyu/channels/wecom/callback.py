"""WeCom calls us: check, decrypt and translate a callback. Pure and fast; the caller stores the touches, then answers.

Source: https://developer.work.weixin.qq.com/document/path/90930 and 90968, read 2026-11-22.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from siyu.channels.callback import Callback, Opened
from siyu.channels.record import payload_of
from siyu.channels.wechat_crypto import REPLAY_WINDOW_US, CallbackCrypto
from siyu.channels.wechat_xml import Node, fields_of_xml, text_of
from siyu.channels.wecom.mapping import EventFields, node_of, touches_of_event
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.touchpoints.touch import Touch

#: What WeCom wants to hear once the touches are durable; anything but HTTP 200 is tried again, three times in all.
ANSWER: Final = b"success"
#: The envelope as WeCom writes it, word for word; anything else goes the long way through the XML or JSON reader.
_USUAL: Final = re.compile(
    rb"\s*<xml>\s*(?:<(?:ToUserName|AgentID)><!\[CDATA\[[^\]<>&]*\]\]></(?:ToUserName|AgentID)>\s*)*"
    rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>\s*"
    rb"(?:<(?:ToUserName|AgentID)><!\[CDATA\[[^\]<>&]*\]\]></(?:ToUserName|AgentID)>\s*)*</xml>\s*"
)


def touches_from_callback(
    account: Account,
    *,
    query: Mapping[str, str],
    body: bytes,
    received_at_us: int,
    window_us: int = REPLAY_WINDOW_US,
) -> tuple[Touch, ...]:
    """Turn one POST of WeCom into touches.

    Args:
        query: ``msg_signature``, ``timestamp`` and ``nonce`` as they came.
        body: XML or JSON with ``Encrypt``.
        received_at_us: Our clock, microseconds since 1970 UTC.
        window_us: How far the signature's time may be from it; older ones are replays.

    Raises:
        BadInputError: forged, replayed, meant for somebody else, or not understandable; answer HTTP 400.
        Unmapped: no touch on purpose; answer :data:`ANSWER`.
        NamesOnly: customer-service messages wait: call ``WeComClient.kf_messages(*ids)``; answer :data:`ANSWER`.
        ConfigError: the account lacks its callback secrets.
    """
    fields = fields_of_callback(account, query=query, body=body, received_at_us=received_at_us, window_us=window_us)
    _check_corp(fields, account.account)
    return touches_of_event(fields, account=account.account, received_at_us=received_at_us)


def fields_of_callback(
    account: Account, *, query: Mapping[str, str], body: bytes, received_at_us: int, window_us: int = REPLAY_WINDOW_US
) -> dict[str, Node]:
    """Check and decrypt one POST of WeCom; return its fields.

    Raises:
        BadInputError, ConfigError: as :func:`touches_from_callback`.
    """
    if usual := _USUAL.fullmatch(body):
        encrypted = usual[1].decode()
    else:
        envelope = _fields(body)
        encrypted = text_of(envelope, "Encrypt") or text_of(envelope, "encrypt")
    if not encrypted:
        raise BadInputError("the callback holds nothing encrypted", where="Encrypt")
    plain = _opened(account, query, encrypted, now_us=received_at_us, window_us=window_us)
    return _fields(plain)


def answer_to_check(
    account: Account, *, query: Mapping[str, str], received_at_us: int, window_us: int = REPLAY_WINDOW_US
) -> bytes:
    """Answer the GET by which WeCom checks a callback address: exactly these bytes, within a second.

    Raises:
        BadInputError, ConfigError: as :func:`touches_from_callback`.
    """
    return _opened(account, query, query.get("echostr", ""), now_us=received_at_us, window_us=window_us)


def _opened(account: Account, query: Mapping[str, str], encrypted: str, *, now_us: int, window_us: int) -> bytes:
    secrets = account.secrets
    crypto = _crypto(
        secrets.get("callback_token", ""),
        secrets.get("encoding_aes_key", ""),
        account.account,
        secrets.get("suite_id", ""),
    )
    return crypto.open(
        encrypted,
        signature=query.get("msg_signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        now_us=now_us,
        window_us=window_us,
    )


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check one request as every channel does it: the address check (GET) has no payload, and its own answer.

    Raises:
        BadInputError, ConfigError: as :func:`touches_from_callback`.
    """
    connected = Account("wecom", account, "", dict(secrets))
    if "echostr" in callback.query:
        answer = answer_to_check(connected, query=callback.query, received_at_us=now_us)
        return Opened((), answer, "text/plain")
    fields = fields_of_callback(connected, query=callback.query, body=callback.body, received_at_us=now_us)
    _check_corp(fields, account)
    return Opened((EventFields(fields),), ANSWER, "text/plain")


def _check_corp(fields: Mapping[str, Node], account: str) -> None:
    corp = text_of(fields, "AuthCorpId")
    if corp and corp != account:
        raise BadInputError("the suite's callback is about another corp", where="AuthCorpId")


@lru_cache(maxsize=256)
def _crypto(token: str, key: str, corp: str, suite: str) -> CallbackCrypto:
    if not token:
        raise ConfigError("this WeCom account has no callback token: paste it with `siyu channel connect`")
    return CallbackCrypto(token=token, encoding_aes_key=key, receive_ids={corp, suite} - {""})


def _fields(body: bytes) -> dict[str, Node]:
    if body.lstrip()[:1] != b"{":
        return fields_of_xml(body)
    record = payload_of(body)
    return {name: node_of(record.raw(name)) for name in record.names()}
