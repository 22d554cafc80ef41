"""Serve: API, console and worker in one process."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import uvicorn
from fastapi import FastAPI

from siyu.app.api import build
from siyu.app.workspace import Workspace
from siyu.kernel.collector import calm_the_collector
from siyu.kernel.errors import ConfigError

_SECONDS_TO_FINISH: Final = 10
_CONNECTIONS: Final = 2_048
_CONSOLE: Final = "siyu.app.console"
_WORKER: Final = "siyu.app.worker"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server can be reached."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address for a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    console: bool = True,
    worker: bool = True,
    listening: Callable[[Listening], None],
) -> None:
    """Serve until a signal asks to stop; then finish what has begun, write what waits, and return.

    Args:
        port: 0 takes a free one.
        console, worker: Whether the console and the worker run in this process too.
        listening: Is told the address as soon as requests are taken.

    Raises:
        ConfigError: the address cannot be listened at.
    """
    app = build(workspace)
    _attach(app, workspace, [name for name, wanted in ((_CONSOLE, console), (_WORKER, worker)) if wanted])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = error.strerror if isinstance(error, OSError) else "no such port"
        raise ConfigError(f"cannot listen at {host}:{port}: {why}") from error
    listener.listen(_CONNECTIONS)
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", lifespan="on", timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        timeout_keep_alive=75,
    )  # fmt: skip
    server = _Server(config, lambda: listening(Listening(host, listener.getsockname()[1])))
    calm_the_collector()
    if threading.current_thread() is threading.main_thread():
        # uvicorn stops at a signal and then raises it again: a stop that was asked for and went well is no failure
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda _number, _frame: None)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """Uvicorn that says when it has started."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._said = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._said)


def _attach(app: FastAPI, workspace: Workspace, names: Sequence[str]) -> None:
    """Add the console and the worker where they are there: a module with ``mount(app, workspace)``."""
    for name in names:
        if find_spec(name) is not None:
            import_module(name).mount(app, workspace)
