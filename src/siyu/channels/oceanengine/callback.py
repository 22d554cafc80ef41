"""Open a push of Ocean Engine: signed over the raw body, with a window. Pure.

The header's name is a setting (``signature_header``): it could not be confirmed on the vendor's page.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import hmac_sha256_hex, same
from siyu.channels.wechat_crypto import check_fresh
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR

_CHANNEL: Final = "oceanengine"
_HEADER: Final = "x-open-signature"
#: The platform sends again for a while after a 5xx answer, so the window is wider than for a single delivery.
_WINDOW_US: Final = 24 * HOUR


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check one push.

    Raises:
        BadInputError: wrong signature, too old, or for another advertiser.
        ConfigError: the app's secret is missing.
    """
    record = payload_of(callback.body) if callback.body else payload_of(dict(callback.query))
    if record.maybe("event") == "verify_webhook":
        return Opened((), _answer(challenge=record.integer("challenge")))
    header = (secrets.get("signature_header") or _HEADER).lower()
    wanted = hmac_sha256_hex(secret(secrets, "secret", channel=_CHANNEL), callback.body)
    if not same(wanted, callback.headers.get(header, "").lower()):
        raise BadInputError("the signature is wrong", where=header)
    check_fresh(record.maybe("timestamp"), now_us=now_us, window_us=_WINDOW_US)
    advertisers = record.texts("advertiser_ids")
    if account and advertisers and account not in advertisers:
        raise BadInputError("the push is for another advertiser", where="advertiser_ids")
    return Opened((callback.body.decode("utf-8-sig"),), _answer(), event_id=record.text("message_id"))


def _answer(**more: int) -> bytes:
    return msgspec.json.encode({"BaseResp": {"StatusCode": 200, "StatusMessage": "ok"}, **more})
