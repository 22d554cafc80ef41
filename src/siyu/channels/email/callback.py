"""Open what comes back from e-mails: one-click refusals, and mails that a mail server pipes to us. Pure.

A refusal is ``POST ?m=<mark>`` (RFC 8058); anything else is a raw mail (a bounce, a complaint, an answer) with our key
in the address, because mails are not signed. A GET shows a button only: link scanners press links, never buttons.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from siyu.channels.callback import Callback, Opened, secret
from siyu.channels.email.unsubscribe import refuser_of
from siyu.channels.signatures import same
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND

#: As a form, or as a form of several parts.
_ONE_CLICK: Final = re.compile(rb'List-Unsubscribe(?:=|"\r?\n\r?\n)One-Click')
_HTML: Final = "text/html"
_ASKED: Final = (
    '<!doctype html><meta charset="utf-8"><title>退订 Unsubscribe</title><form method="post">'
    '<button name="List-Unsubscribe" value="One-Click">退订，不再发邮件给我 · Send me no more e-mails</button></form>'
).encode()
_DONE: Final = (
    '<!doctype html><meta charset="utf-8"><title>已退订 Unsubscribed</title>'
    "<p>已退订。不会再发邮件给你。<p>You will get no more e-mails."
).encode()


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the shape of every channel
    """Check the mark or the key, and take what came.

    Raises:
        BadInputError: the mark was made up, or the key is wrong.
        ConfigError: the account has no ``callback_key``.
    """
    key = secret(secrets, "callback_key", channel="email")
    if mark := callback.query.get("m"):
        refuser = refuser_of(mark, key=key)
        if not callback.body:
            return Opened((), _ASKED, _HTML)
        if not _ONE_CLICK.search(callback.body):
            raise BadInputError("this is no one-click refusal", mend="POST List-Unsubscribe=One-Click")
        said = {"refused": {"address": refuser.address, "message": refuser.message, "at_s": now_us // SECOND}}
        return Opened((said,), _DONE, _HTML)
    if not same(key, callback.query.get("key", "")):
        raise BadInputError("the key in the address is wrong", where="key")
    mail = callback.body.decode("utf-8", "replace").replace("\0", "")
    if not mail.lstrip().lower().startswith(("received:", "date:")) and "\ndate:" not in mail.lower():
        mail = f"Date: {format_datetime(datetime.fromtimestamp(now_us // SECOND, UTC))}\n{mail}"
    return Opened((mail,), b"ok", "text/plain")
