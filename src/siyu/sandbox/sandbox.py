"""Run the sandbox: every played platform on one loopback port, from Python or from the command line."""

import asyncio
from importlib import import_module
from importlib.resources import files
from random import Random
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET
from socket import socket as Socket  # noqa: N812  a class in all but name
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siyu.channels.manifest import manifests
from siyu.dispatch.account import Account
from siyu.kernel.errors import ConfigError
from siyu.sandbox.courier import Courier
from siyu.sandbox.faults import LATE_S, Faults, dice
from siyu.sandbox.stage import Clock, OwnServer, Platform, SandboxClock, Stage

_START_TIMEOUT_S: Final = 10.0


def platform_names() -> tuple[str, ...]:
    """Return the platforms that can be played: ``sandbox/<name>.py`` (or a folder) beside ``channels/<name>/``."""
    channels = {entry.name for entry in files("siyu.channels").iterdir() if entry.is_dir()}
    played = {entry.name.removesuffix(".py") for entry in files("siyu.sandbox").iterdir()}
    return tuple(sorted(channels & played))


class Sandbox:
    """All platforms on one loopback port, in threads of this process.

    Args:
        clock: What time it is there; the machine's own, movable forward, if none is given.
        seed: The dice; the same seed plays the same way.
        platforms: Which to play; all if none are named.
        port: 0 takes a free one.

    Raises:
        ConfigError: a platform that cannot be played; or the port is taken.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        platforms: tuple[str, ...] | None = None,
        port: int = 0,
        faults: Faults | None = None,
    ) -> None:
        self.clock: Clock = clock or SandboxClock()
        self.faults = faults or Faults()
        self.courier = Courier(self.faults, dice(seed, "courier"))
        self._port, self._seed = port, seed
        self._stages: dict[str, Stage] = {}
        self._platforms: dict[str, Platform] = {}
        known = platform_names()
        for name in known if platforms is None else platforms:
            if name not in known:
                raise ConfigError(f"{name!r} cannot be played: the sandbox knows {', '.join(known)}")
            stage = Stage(name, self.clock, dice(seed, name), self.faults, self.courier)
            self._stages[name] = stage
            self._platforms[name] = import_module(f"siyu.sandbox.{name}").build(stage)
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve on loopback; returns once the port answers."""
        config = uvicorn.Config(
            self.app(), host="127.0.0.1", port=self._port, log_level="critical", access_log=False, lifespan="off"
        )
        socket = _bound(self._port)
        self._port = socket.getsockname()[1]
        for name, stage in self._stages.items():
            platform = self._platforms[name]
            if isinstance(platform, OwnServer):
                platform.start()
            stage.base_url = self.base_url(name)
        self._server = _Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [socket]}, name="sandbox-server", daemon=True)
        self._thread.start()
        self.courier.start()
        if not self._server.ready.wait(_START_TIMEOUT_S):
            raise ConfigError("the sandbox did not start")

    def stop(self) -> None:
        """Stop serving and delivering."""
        self.courier.stop()
        for platform in self._platforms.values():
            if isinstance(platform, OwnServer):
                platform.stop()
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(timeout=30)
            self._server = self._thread = None

    @property
    def url(self) -> str:
        """Where the sandbox is."""
        return f"http://127.0.0.1:{self._port}"

    def base_url(self, name: str) -> str:
        """Return where a platform's API is, in place of its real address."""
        platform = self._platforms[name]
        return platform.own_url if isinstance(platform, OwnServer) else f"{self.url}/{name}"

    def platform(self, name: str) -> Any:
        """Return the played platform itself, to load people, play staff and read what arrived."""
        return self._platforms[name]

    def credentials(self, name: str) -> dict[str, str]:
        """Return what one pastes to connect, by the names of the manifest's credentials."""
        return dict(self._platforms[name].secrets())

    def account(self, name: str) -> Account:
        """Return the platform's account, ready for a client."""
        return Account(name, self._platforms[name].account, self.base_url(name), self.credentials(name))

    def settle(self, timeout_s: float = 30.0) -> bool:
        """Wait until every callback has been tried; False if it took too long."""
        return self.courier.settle(timeout_s)

    def description(self) -> dict[str, Any]:
        """Return what ``siyu sandbox --json`` prints."""
        platforms = {name: self._described(name, platform) for name, platform in self._platforms.items()}
        return {"url": self.url, "base_url": self.url, "state_url": f"{self.url}/_sandbox", "platforms": platforms}

    def _described(self, name: str, platform: Platform) -> dict[str, Any]:
        credentials = self.credentials(name)
        signing = [one.name for one in manifests()[name].credentials if one.for_callbacks]
        return {
            "base_url": self.base_url(name),
            "account": platform.account,
            "credentials": credentials,
            "callback_secrets": {one: credentials[one] for one in signing if one in credentials},
            "callback_path": f"/callbacks/{name}/{platform.account}" if manifests()[name].callback_where else "",
            "state_url": f"{self.url}/_sandbox/{name}",
            "callbacks_to_url": f"{self.url}/_sandbox/{name}/callbacks_to",
            "doors": sorted({one.path.lstrip("/") for one in platform.doors() if isinstance(one, Route)}),
        }

    def app(self) -> ASGIApp:
        """Return the web application, for a server of one's own."""
        routes: list[BaseRoute] = [
            Route("/_sandbox", self._describe),
            Route("/_sandbox/clock", self._clock, methods=["GET", "POST"]),
            Route("/_sandbox/settle", self._settle, methods=["POST"]),
        ]
        for name, platform in self._platforms.items():
            own = [
                Route("/", self._state_of(platform)),
                Route("/callbacks_to", self._callbacks_of(platform), methods=["POST"]),
            ]
            routes.append(Route(f"/_sandbox/{name}", self._state_of(platform)))
            routes.append(Mount(f"/_sandbox/{name}", routes=[*platform.doors(), *own]))
            routes.append(Mount(f"/{name}", routes=list(platform.routes())))
        for platform in self._platforms.values():
            if getattr(platform, "at_root", False):
                routes += platform.routes()
        return _SpoilsAnswers(Starlette(routes=routes), self.faults, dice(self._seed, "answers"))

    async def _describe(self, _request: Request) -> Response:
        return json_response(self.description())

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            advance_to = getattr(self.clock, "advance_to", None)
            if advance_to is None:
                return json_response({"error": "this clock cannot be moved"}, status=409)
            try:
                wish = msgspec.json.decode(await request.body() or b"{}", type=dict[str, int])
            except msgspec.DecodeError as error:
                return json_response({"error": f"advance_us or to_us: {error}"}, status=400)
            advance_to(wish.get("to_us", self.clock.now_us() + wish.get("advance_us", 0)))
        return json_response({"now_us": self.clock.now_us()})

    def _settle(self, _request: Request) -> Response:
        settled = self.settle()
        return json_response({"settled": settled, **self.courier.counts})

    @staticmethod
    def _state_of(platform: Platform) -> Any:
        async def state(_request: Request) -> Response:
            return json_response(platform.state())

        return state

    @staticmethod
    def _callbacks_of(platform: Platform) -> Any:
        async def callbacks_to(request: Request) -> Response:
            try:
                url = msgspec.json.decode(await request.body(), type=dict[str, str])["url"]
            except (msgspec.DecodeError, KeyError):
                return json_response({"error": 'write {"url": "http://127.0.0.1:8000/callbacks/…"}'}, status=400)
            platform.send_callbacks_to(url)
            return json_response({"ok": True})

        return callbacks_to


def _bound(port: int) -> Socket:
    """Take a port of loopback.

    Raises:
        ConfigError: somebody else has it, or there is no such port.
    """
    socket = Socket(AF_INET, SOCK_STREAM)
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        socket.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        socket.close()
        raise ConfigError(
            f"the sandbox cannot listen on port {port}: {getattr(error, 'strerror', '') or error}"
        ) from error
    return socket


def json_response(document: Any, *, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(msgspec.json.encode(document), status, media_type="application/json")


class _Server(uvicorn.Server):
    """A server that starts and stops at once, where uvicorn's looks ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self.ready = Event()

    async def main_loop(self) -> None:
        """Wait until told to stop."""
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        await self._ended.wait()

    def stop(self) -> None:
        """Stop, from another thread; breaks off what is still open."""
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)


class _SpoilsAnswers:
    """Breaks off some answers half-way, after the call took effect; others come late, or as the gateway's error."""

    def __init__(self, app: ASGIApp, faults: Faults, random: Random) -> None:
        self._app, self._faults, self._random = app, faults, random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return

        async def drop(_message: Message) -> None:
            return

        faults, roll = self._faults, self._random.random()
        if roll < faults.lost_answers:
            await self._app(scope, receive, drop)
            # More is promised than comes: the server then breaks the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
        elif roll < faults.lost_answers + faults.late_answers:
            kept: list[Message] = []

            async def keep(message: Message) -> None:
                kept.append(message)

            await self._app(scope, receive, keep)
            await asyncio.sleep(LATE_S)
            for message in kept:
                await send(message)
        elif roll < faults.lost_answers + faults.late_answers + faults.broken_answers:
            if self._random.random() < 0.5:
                await self._app(scope, receive, drop)
            await Response("bad gateway", 502)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
