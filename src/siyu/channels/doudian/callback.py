"""Open a push of Doudian: an array of messages, signed over the raw body. Pure."""

import json
from collections.abc import Mapping
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.signatures import md5_hex, same
from siyu.kernel.errors import BadInputError

_CHANNEL: Final = "doudian"
_MOST: Final = 1000


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  Doudian signs no moment and one app serves many shops
    """Check one push: header ``event-sign`` is the MD5 of app key, raw body and app secret.

    Raises:
        BadInputError: wrong signature, another app, or no array of messages.
        ConfigError: a secret is missing.
    """
    key = secret(secrets, "app_key", channel=_CHANNEL)
    wanted = md5_hex(key, callback.body, secret(secrets, "app_secret", channel=_CHANNEL))
    if not same(callback.headers.get("app-id", ""), key):
        raise BadInputError("the push is for another app", where="app-id")
    if not same(wanted, callback.headers.get("event-sign", "").lower()):
        raise BadInputError("the signature is wrong", where="event-sign")
    try:
        messages = json.loads(callback.body)
    except (ValueError, RecursionError) as error:
        raise BadInputError("the push is no JSON") from error
    if isinstance(messages, dict):
        messages = [messages]
    if not isinstance(messages, list) or len(messages) > _MOST or not all(isinstance(one, dict) for one in messages):
        raise BadInputError("the push is no array of messages")
    kept = tuple(one for one in messages if str(one.get("tag")) != "0")
    return Opened(kept, b'{"code":0,"msg":"success"}')
