"""Open a push of Youzan: one JSON object that carries its own signature. Pure."""

from collections.abc import Mapping
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.record import payload_of
from siyu.channels.signatures import md5_hex, same
from siyu.kernel.errors import BadInputError

_CHANNEL: Final = "youzan"
_ANSWER: Final = b'{"code":0,"msg":"success"}'


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  Youzan signs no moment; the version grows instead
    """Check one push: ``sign`` is the MD5 of client id, ``msg`` as it came (still encoded) and client secret.

    A heartbeat is not signed and holds nothing, so it is only answered.

    Raises:
        BadInputError: wrong signature, another app, another shop, or no push.
        ConfigError: a secret is missing.
    """
    client_id = secret(secrets, "client_id", channel=_CHANNEL)
    push = payload_of(callback.body)
    if push.raw("test") is True:
        return Opened((), _ANSWER)
    if not same(push.maybe("client_id"), client_id):
        raise BadInputError("the push is for another app", where="client_id")
    message = push.raw("msg")
    if not isinstance(message, str) or not message.isascii():
        raise BadInputError("is no URL-encoded text", where="msg")
    wanted = md5_hex(client_id, message, secret(secrets, "client_secret", channel=_CHANNEL))
    given = callback.headers.get("event-sign") or push.maybe("sign")
    if not same(wanted, given.lower()):
        raise BadInputError("the signature is wrong", where="sign")
    if account and push.maybe("kdt_id") != account:
        raise BadInputError("the push is of another shop", where="kdt_id")
    return Opened((callback.body.decode("utf-8-sig"),), _ANSWER, event_id=f"{push.maybe('id')}:{push.maybe('version')}")
