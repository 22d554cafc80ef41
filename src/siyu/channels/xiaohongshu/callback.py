"""Open a push of a Xiaohongshu mini program: the WeChat envelope, JSON, always encrypted. Pure.

Source: miniapp.xiaohongshu.com, message push.
"""

from collections.abc import Mapping
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import same
from siyu.channels.wechat_crypto import CallbackCrypto, check_fresh, signature_of
from siyu.kernel.errors import BadInputError

_CHANNEL: Final = "xiaohongshu"


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the mini program has an app id of its own
    """Check and decrypt one push, or answer the check of the address.

    Raises:
        BadInputError: wrong signature or too old.
        ConfigError: a secret is missing.
    """
    token, query = secret(secrets, "mini_program_token", channel=_CHANNEL), callback.query
    if echo := query.get("echostr"):
        check_fresh(query.get("timestamp", ""), now_us=now_us)
        wanted = signature_of(token, query.get("timestamp", ""), query.get("nonce", ""))
        if not same(wanted, query.get("signature", "")):
            raise BadInputError("the signature is wrong", where="signature")
        return Opened((), echo.encode(), "text/plain")
    record = payload_of(callback.body)
    crypto = CallbackCrypto(
        token=token,
        encoding_aes_key=secret(secrets, "mini_program_aes_key", channel=_CHANNEL),
        receive_ids=(secret(secrets, "mini_program_app_id", channel=_CHANNEL),),
    )
    plain = crypto.open(
        record.exact("Encrypt" if "Encrypt" in record else "encrypt"),
        signature=query.get("msg_signature") or query.get("signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        now_us=now_us,
    )
    return Opened((plain.decode("utf-8", "replace"),), b"success", "text/plain")
