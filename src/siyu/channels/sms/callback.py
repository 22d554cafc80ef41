"""Open a push of receipts or replies. Neither cloud signs them, so the address carries a key of ours. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.signatures import same
from siyu.kernel.errors import BadInputError

_ANSWERS: Final = {"aliyun": b'{"code":0,"msg":"OK"}', "tencent": b'{"result":0,"errmsg":"OK"}'}


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the shape of every channel
    """Check the key in the address, and take the push apart: a list, or one.

    Raises:
        BadInputError: a wrong key, or no JSON.
        ConfigError: the account has no ``callback_key``.
    """
    if not same(secret(secrets, "callback_key", channel="sms"), callback.query.get("key", "")):
        raise BadInputError("the key in the address is wrong", where="key")
    try:
        found = msgspec.json.decode(callback.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError("the push is no JSON") from error
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in rows):
        raise BadInputError("the push is no list of objects")
    return Opened(tuple(rows), _ANSWERS.get(secrets.get("provider", ""), _ANSWERS["aliyun"]))
