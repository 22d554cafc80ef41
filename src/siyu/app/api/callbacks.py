"""Where platforms call us: ``/callbacks/<channel>/<account>``. Durable first, then the answer the platform wants.

A channel that calls back has ``channels/<name>/callback.py`` with ``open_callback`` (see ``app/channels/receive.py``).
Callbacks come one by one and by the thousand, so they are taken before all routing.
"""

import asyncio
import time
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from siyu.app.api.context import Context
from siyu.app.api.gate import MOST_BYTES
from siyu.app.api.problems import of_accident, of_siyu_error, problem
from siyu.app.channels.receive import Received, read_named, receive
from siyu.app.log import get_logger
from siyu.channels.callback import Callback
from siyu.channels.manifest import manifests
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, RefusedError, SiyuError
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens

_log = get_logger(__name__)
_PREFIX: Final = "/callbacks/"
#: So long an account is believed to be as it was read.
_KNOWN_S: Final = 5.0
_NO_QUERY: Final[Mapping[str, str]] = {}
#: The same few answers are given again and again.
_HEADERS: Final[dict[tuple[str, int], list[tuple[bytes, bytes]]]] = {}


def routes(_context: Context) -> list[BaseRoute]:
    """Make no routes: :func:`in_front` takes every callback."""
    return []


def in_front(context: Context, rest: ASGIApp) -> ASGIApp:
    """Take callbacks before all routing, which would cost more than to check, decrypt and translate one."""
    desk = _Desk(context)

    async def door(scope: Scope, receive_part: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await rest(scope, receive_part, send)
            return
        await desk.serve(scope, receive_part, send)

    return door


class _Desk:
    """Takes the callbacks of every connected account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._accounts: dict[str, tuple[Account, float]] = {}
        self._later: set[asyncio.Task[None]] = set()

    async def serve(self, scope: Scope, receive_part: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._serve(scope, receive_part, send)
        except SiyuError as error:
            await (await of_siyu_error(Request(scope), error))(scope, receive_part, send)
        except Exception as error:
            await (await of_accident(Request(scope), error))(scope, receive_part, send)
            raise  # for the log of the server

    async def _serve(self, scope: Scope, receive_part: Receive, send: Send) -> None:
        account = self._account(scope["path"])
        if scope["method"] not in {"GET", "POST"}:
            await problem(405, "callbacks are GET or POST", headers={"Allow": "GET, POST"})(scope, receive_part, send)
            return
        if account is None:
            await problem(404, "no such account is connected here")(scope, receive_part, send)
            return
        body = await _body(receive_part)
        if body is None:
            return
        context = self._context
        now_us = context.workspace.clock.now_us()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            query = _query(scope["query_string"])
            received = receive(account, Callback(body, headers, query), received_at_us=now_us)
        except (BadInputError, RefusedError) as error:
            _log.warning("callback refused", channel=account.channel, account=account.account, reason=str(error))
            await problem(400, str(error))(scope, receive_part, send)
            return
        for reason in received.refused:
            _log.warning("message refused", channel=account.channel, account=account.account, reason=reason)
        if received.touches:
            await context.writer.write(received.touches, source=f"callback {account.channel}")
        answer, kind = received.answer, received.content_type
        await send({"type": "http.response.start", "status": 200, "headers": _headers(kind, len(answer))})
        await send({"type": "http.response.body", "body": answer})
        if received.named:
            later = asyncio.get_running_loop().create_task(self._read_later(account, received, now_us))
            self._later.add(later)
            later.add_done_callback(self._later.discard)

    async def _read_later(self, account: Account, received: Received, now_us: int) -> None:
        """Read at the platform what a callback only named."""
        workspace = self._context.workspace
        tokens = SqlTokens(workspace.database, workspace.vault)
        try:
            touches = await asyncio.to_thread(read_named, received.named, account, tokens=tokens, now_us=now_us)
            if touches:
                await self._context.writer.write(touches, source=f"callback {account.channel}")
        except SiyuError as error:
            _log.warning("to be read by the next pull", channel=account.channel, reason=str(error))

    def _account(self, path: str) -> Account | None:
        """Return the account behind an address; another process may have connected it anew a moment ago."""
        known, until = self._accounts.get(path, (None, 0.0))
        return known if time.monotonic() < until else self._look_for(path)

    def _look_for(self, path: str) -> Account | None:
        """Find the account behind an address; one that is not connected is looked for again the next time."""
        self._accounts.pop(path, None)
        channel, _, name = path.removeprefix(_PREFIX).partition("/")
        if not name or not _calls_back(channel):
            return None
        workspace = self._context.workspace
        with workspace.database.read() as connection:
            connected = SqlAccounts(connection, workspace.vault).all()
        for one in connected:
            if (one.channel, one.account) in {(channel, name), (channel, unquote(name))}:
                self._accounts[path] = one, time.monotonic() + _KNOWN_S
                return one
        return None


def _query(written: bytes) -> Mapping[str, str]:
    """Read an address's query; the last of several values counts.

    Raises:
        BadInputError: it is no query.
    """
    if not written:
        return _NO_QUERY
    try:
        text = written.decode("ascii")
        if "%" in text or "+" in text:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        return dict([part.partition("=")[::2] for part in text.split("&", 100)])
    except ValueError as error:
        raise BadInputError("the address's query cannot be read") from error


def _headers(kind: str, length: int) -> list[tuple[bytes, bytes]]:
    known = _HEADERS.get((kind, length))
    if known is None:
        media = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        known = [(b"content-type", media.encode()), (b"content-length", str(length).encode())]
        if len(_HEADERS) < 1000:
            _HEADERS[kind, length] = known
    return known


async def _body(receive_part: Receive) -> bytes | None:
    """Read a body; ``None`` if the client went away.

    Raises:
        BadInputError: it is too large.
    """
    message = await receive_part()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body", False):
        if len(body) > MOST_BYTES:
            break
        message = await receive_part()
        body += message.get("body", b"")
    if len(body) > MOST_BYTES:
        raise BadInputError("more bytes than may be in one request", where="body")
    return body if message["type"] == "http.request" else None


@cache
def _calls_back(channel: str) -> bool:
    """Tell whether a channel calls back at all."""
    return channel in manifests() and find_spec(f"siyu.channels.{channel}.callback") is not None
