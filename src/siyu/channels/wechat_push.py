"""Open a push of an official account or a mini program: plain, compatible or encrypted. Pure.

Source: https://developers.weixin.qq.com/doc/service/guide/dev/push/, read 2026-11-22.
"""

from collections.abc import Mapping
from functools import lru_cache

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import same
from siyu.channels.wechat_crypto import CallbackCrypto, check_fresh, signature_of
from siyu.kernel.errors import BadInputError


def open_push(callback: Callback, *, channel: str, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check and, if need be, decrypt one push.

    An account with an ``encoding_aes_key`` takes encrypted pushes only: the signature of a plain one does not cover
    the body.

    Args:
        account: The app id; an encrypted push must be meant for it.

    Raises:
        BadInputError: wrong signature, too old, not for this account, or plain though a key is set.
        ConfigError: a secret is missing.
    """
    token, query = secret(secrets, "token", channel=channel), callback.query
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    encrypted = ""
    if not query.get("echostr"):
        encrypted = payload_of(callback.body).maybe("Encrypt")
    if encrypted:
        key = secret(secrets, "encoding_aes_key", channel=channel)
        message = _crypto(token, key, account).open(
            encrypted, signature=query.get("msg_signature", ""), timestamp=timestamp, nonce=nonce, now_us=now_us
        )
        return Opened((_text(message),), b"success", "text/plain")
    check_fresh(timestamp, now_us=now_us)
    if not same(signature_of(token, timestamp, nonce), query.get("signature", "")):
        raise BadInputError("the signature is wrong", where="signature", mend="check the token")
    if echo := query.get("echostr"):
        return Opened((), echo.encode(), "text/plain")
    if secrets.get("encoding_aes_key"):
        raise BadInputError("the push is not encrypted", mend="choose safe mode, or take the key out of the account")
    return Opened((_text(callback.body),), b"success", "text/plain")


@lru_cache(maxsize=256)
def _crypto(token: str, key: str, account: str) -> CallbackCrypto:
    return CallbackCrypto(token=token, encoding_aes_key=key, receive_ids=(account,))


def _text(message: bytes) -> str:
    try:
        return message.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError("the push is not UTF-8") from error
