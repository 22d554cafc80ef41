"""Open one delivery of the order webhook: signature, window of 300 s, event id. Pure."""

import base64
import hmac
from collections.abc import Mapping
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.order_webhook.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, WINDOW_S, signature
from siyu.channels.record import payload_of
from siyu.channels.signatures import same
from siyu.channels.wechat_crypto import check_fresh
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND

_CHANNEL: Final = "order_webhook"


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the address says whose it is
    """Check one delivery.

    Raises:
        BadInputError: unsigned, signed wrongly, signed more than 300 s from now, or without an event id.
        ConfigError: the secret is missing.
    """
    timestamp = callback.headers.get(TIMESTAMP_HEADER, "")
    check_fresh(timestamp, now_us=now_us, window_us=WINDOW_S * SECOND)
    wanted = signature(secret(secrets, "secret", channel=_CHANNEL), timestamp, callback.body)
    if not same(wanted, callback.headers.get(SIGNATURE_HEADER, "")):
        raise BadInputError("the signature is wrong", where=SIGNATURE_HEADER)
    record = payload_of(callback.body)
    return Opened((callback.body.decode("utf-8-sig"),), b'{"ok":true}', event_id=record.text("event_id"))


def check_base64_signature(body: bytes, given: str, *, key: str) -> None:
    """Check a source that signs the body alone in Base64 (``X-Shopify-Hmac-Sha256`` and its like).

    Such a signature carries no moment, so the same delivery is told by its event id only.

    Raises:
        BadInputError: the signature is wrong.
    """
    wanted = base64.b64encode(hmac.new(key.encode(), body, "sha256").digest()).decode()
    if not same(wanted, given):
        raise BadInputError("the signature is wrong")
