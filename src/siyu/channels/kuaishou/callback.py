"""Open a webhook of Kuaishou: ``kwaisign`` is the MD5 of raw body and app secret. Pure."""

from collections.abc import Mapping
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import md5_hex, same
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR

_CHANNEL: Final = "kuaishou"
_WINDOW_US: Final = HOUR


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the webhook names the app, not the advertiser
    """Check one webhook; its moment (milliseconds, signed with the body) may be an hour away at most.

    Raises:
        BadInputError: wrong signature or too old.
        ConfigError: the app's secret is missing.
    """
    wanted = md5_hex(callback.body, secret(secrets, "app_secret", channel=_CHANNEL))
    if not same(wanted, callback.headers.get("kwaisign", "").lower()):
        raise BadInputError("the signature is wrong", where="kwaisign")
    record = payload_of(callback.body)
    if abs(record.millis("timestamp") - now_us) > _WINDOW_US:
        raise BadInputError("the webhook was signed more than an hour from now", where="timestamp")
    return Opened((callback.body.decode("utf-8-sig"),), b'{"result":1}', event_id=record.maybe("messageId"))
