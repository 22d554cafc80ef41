"""Open a push of a Weixin shop: the WeChat envelope, with a JSON body. Pure."""

from collections.abc import Mapping

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import same
from siyu.channels.wechat_crypto import CallbackCrypto, check_fresh, signature_of
from siyu.kernel.errors import BadInputError

_CHANNEL = "wechat_shop"


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check and decrypt one push. ``account`` is the shop's app id.

    Raises:
        BadInputError: wrong signature, too old, or not for this shop.
        ConfigError: a secret is missing.
    """
    token, query = secret(secrets, "token", channel=_CHANNEL), callback.query
    if echo := query.get("echostr"):
        check_fresh(query.get("timestamp", ""), now_us=now_us)
        wanted = signature_of(token, query.get("timestamp", ""), query.get("nonce", ""))
        if not same(wanted, query.get("signature", "")):
            raise BadInputError("the signature is wrong", where="signature")
        return Opened((), echo.encode(), "text/plain")
    crypto = CallbackCrypto(
        token=token,
        encoding_aes_key=secret(secrets, "encoding_aes_key", channel=_CHANNEL),
        receive_ids=(account,),
    )
    message = crypto.open(
        payload_of(callback.body).exact("Encrypt"),
        signature=query.get("msg_signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        now_us=now_us,
    )
    try:
        return Opened((message.decode(),), b"success", "text/plain")
    except UnicodeDecodeError as error:
        raise BadInputError("the push is not UTF-8") from error
