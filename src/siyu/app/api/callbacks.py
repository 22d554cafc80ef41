"""Where platforms call us: ``/callbacks/<channel>/<account>``. Durable first, then the answer the platform wants.

A channel that calls back has ``channels/<name>/callback.py`` with ``open_callback`` (see ``app/receive.py``), or with
``touches_from_callback``, ``answer_to_check`` and ``ANSWER``.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import structlog
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.api.context import Context
from siyu.app.api.problems import problem
from siyu.app.receive import read_named, receive
from siyu.channels.callback import Callback
from siyu.channels.manifest import manifests
from siyu.channels.unmapped import Unmapped
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, RefusedError, SiyuError
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens

_log: Any = structlog.get_logger(__name__)


def routes(context: Context) -> list[BaseRoute]:
    """Make the route of every channel that calls back."""
    accounts: dict[tuple[str, str], Account] = {}

    def account_of(channel: str, name: str) -> Account | None:
        if (channel, name) not in accounts:
            with context.workspace.database.read() as connection:
                connected = SqlAccounts(connection, context.workspace.vault).all()
            accounts.update({(one.channel, one.account): one for one in connected})
        return accounts.get((channel, name))

    async def take(request: Request) -> Response:
        channel, name = request.path_params["channel"], request.path_params["account"]
        account, calls = account_of(channel, name), _calls_of(channel)
        if account is None or calls is None:
            return problem(404, f"no account {name!r} of {channel!r} is connected here")
        now_us = context.workspace.clock.now_us()
        query = dict(request.query_params)
        if hasattr(calls, "open_callback"):
            headers = {name.lower(): value for name, value in request.headers.items()}
            return await _take_opened(context, account, Callback(await request.body(), headers, query), now_us)
        try:
            if request.method == "GET":
                return Response(calls.answer_to_check(account, query=query, received_at_us=now_us))
            touches = calls.touches_from_callback(
                account, query=query, body=await request.body(), received_at_us=now_us
            )
        except Unmapped:
            return Response(calls.ANSWER)
        except BadInputError as error:
            _log.warning("callback refused", channel=channel, account=name, reason=str(error))
            return problem(400, str(error))
        await context.writer.write(touches, source=f"callback {channel}")
        return Response(calls.ANSWER)

    return [Route("/callbacks/{channel}/{account}", take, methods=["GET", "POST"])]


async def _take_opened(context: Context, account: Account, callback: Callback, now_us: int) -> Response:
    """Store what a callback holds, answer, then read at the platform what it only named."""
    try:
        received = receive(account, callback, received_at_us=now_us)
    except (BadInputError, RefusedError) as error:
        _log.warning("callback refused", channel=account.channel, account=account.account, reason=str(error))
        return problem(400, str(error))
    for reason in received.refused:
        _log.warning("message refused", channel=account.channel, account=account.account, reason=reason)
    source = f"callback {account.channel}"
    if received.touches:
        await context.writer.write(received.touches, source=source)

    async def read_later() -> None:
        tokens = SqlTokens(context.workspace.database, context.workspace.vault)
        try:
            touches = await run_in_threadpool(read_named, received.named, account, tokens=tokens, now_us=now_us)
        except SiyuError as error:
            _log.warning("to be read by the next pull", channel=account.channel, reason=str(error))
            return
        if touches:
            await context.writer.write(touches, source=source)

    later = BackgroundTask(read_later) if received.named else None
    return Response(received.answer, media_type=received.content_type, background=later)


def _calls_of(channel: str) -> ModuleType | None:
    """Return the callback module of a channel; None for a channel that does not call."""
    if channel not in manifests() or find_spec(f"siyu.channels.{channel}.callback") is None:
        return None
    return import_module(f"siyu.channels.{channel}.callback")
