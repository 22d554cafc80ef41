"""A server that is no HTTP server, on an event loop and a thread of its own."""

import asyncio
import ssl
from asyncio import AbstractEventLoop, AbstractServer, BaseProtocol
from collections.abc import Callable
from threading import Thread
from typing import Any
from weakref import WeakSet

_TIMEOUT_S = 30.0


class OwnLoop:
    """Listens on a free port of loopback.

    Args:
        new: Makes the protocol of one connection, given the loop.
        context: Speaks TLS from the first byte.
    """

    def __init__(
        self, new: Callable[[AbstractEventLoop], BaseProtocol], *, context: ssl.SSLContext | None = None
    ) -> None:
        self._new, self._context = new, context
        self._loop: AbstractEventLoop | None = None
        self._server: AbstractServer | None = None
        self._thread: Thread | None = None
        self._open: WeakSet[Any] = WeakSet()

    def start(self) -> int:
        """Begin to listen; returns the port."""
        loop = self._loop = asyncio.new_event_loop()

        def connected() -> BaseProtocol:
            protocol = self._new(loop)
            self._open.add(protocol)
            return protocol

        making = loop.create_server(connected, "127.0.0.1", 0, ssl=self._context)
        server = loop.run_until_complete(making)
        self._server = server
        self._thread = Thread(target=loop.run_forever, name="sandbox-own-loop", daemon=True)
        self._thread.start()
        return int(server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stop listening and break off what is still open."""
        if self._loop is None or self._server is None or self._thread is None:
            return
        loop, server = self._loop, self._server

        async def end() -> None:
            server.close()
            for protocol in list(self._open):
                if transport := getattr(protocol, "transport", None):
                    transport.abort()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            loop.stop()

        asyncio.run_coroutine_threadsafe(end(), loop)
        self._thread.join(timeout=_TIMEOUT_S)
        loop.close()
        self._loop = self._server = self._thread = None
