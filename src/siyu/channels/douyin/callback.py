"""Open a webhook of Douyin, or a push of its mini program. Pure.

Webhook: ``X-Douyin-Signature`` is the SHA-1 of client secret and raw body; it signs no moment, so a replay is told by
the touch's own id. Mini program: the WeChat envelope with 32 random bytes in front, and a window.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import same, sha1_hex
from siyu.channels.wechat_crypto import CallbackCrypto
from siyu.kernel.errors import BadInputError

_CHANNEL: Final = "douyin"
_PREFIX: Final = 32


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check one webhook, or decrypt one push of the mini program.

    Raises:
        BadInputError: wrong signature, or (mini program) too old.
        ConfigError: a secret is missing.
    """
    record = payload_of(callback.body)
    if "Encrypt" in record:
        crypto = CallbackCrypto(
            token=secret(secrets, "mini_program_token", channel=_CHANNEL),
            encoding_aes_key=secret(secrets, "mini_program_aes_key", channel=_CHANNEL),
            receive_ids=(secret(secrets, "mini_program_app_id", channel=_CHANNEL),),
            prefix_bytes=_PREFIX,
        )
        plain = crypto.open(
            record.exact("Encrypt"),
            signature=record.text("MsgSignature"),
            timestamp=record.text("TimeStamp"),
            nonce=record.text("Nonce"),
            now_us=now_us,
        )
        return Opened((plain.decode("utf-8", "replace"),), b"success", "text/plain")
    wanted = sha1_hex(secret(secrets, "client_secret", channel=_CHANNEL), callback.body)
    if not same(wanted, callback.headers.get("x-douyin-signature", "").lower()):
        raise BadInputError("the signature is wrong", where="x-douyin-signature")
    if record.maybe("event") == "verify_webhook":
        challenge = record.inner_json("content").integer("challenge")
        return Opened((), msgspec.json.encode({"challenge": challenge}))
    if (given := record.maybe("client_key")) and given != account:
        raise BadInputError("the webhook is for another app", where="client_key")
    return Opened((callback.body.decode("utf-8-sig"),), event_id=callback.headers.get("msg-id", ""))
