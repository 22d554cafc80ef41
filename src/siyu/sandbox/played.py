"""What the played shops and video platforms share: routes under the platform's lock, tokens that end, callbacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from siyu.sandbox.courier import Parcel
from siyu.sandbox.stage import Stage

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: path parts, query, headers (lower case) and body."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """Return the body as a JSON object; an empty or wrong one is empty."""
        try:
            found = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def form(self) -> dict[str, str]:
        """Return the body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no answer: an HTTP status and why."""

    status: int
    reason: str


def route(stage: Stage, path: str, act: Callable[[Ask], Any], *methods: str) -> Route:
    """Make a route whose handler runs alone on the platform's state and answers with JSON."""

    async def handle(request: Request) -> Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        ask = Ask(dict(request.path_params), dict(request.query_params), headers, body)

        def run() -> Any:
            with stage.lock:
                return act(ask)

        answer = await run_in_threadpool(run)
        status = answer.status if isinstance(answer, Refusal) else 200
        document = {"error": answer.reason} if isinstance(answer, Refusal) else answer
        return Response(msgspec.json.encode(document), status, media_type="application/json")

    return Route(path, handle, methods=list(methods or ("GET", "POST")))


@dataclass
class Tokens:
    """Access tokens that end; a token of yesterday is known but over."""

    stage: Stage
    life_s: int
    _ends_us: dict[str, int] = field(default_factory=dict)

    def issue(self) -> str:
        """Give a new token."""
        token = f"tok{self.stage.random.getrandbits(96):024x}"
        self._ends_us[token] = self.stage.now_us() + self.life_s * 1_000_000
        return token

    def good(self, token: str) -> bool:
        """Tell whether the token lives."""
        return self._ends_us.get(token, 0) > self.stage.now_us()

    def end_all(self) -> int:
        """End every token, as platforms do at times; return how many lived."""
        ended = len(self._ends_us)
        self._ends_us.clear()
        return ended


def door(stage: Stage, name: str, act: Callable[..., Any]) -> Route:
    """Make a route to play people: POST the arguments of ``act`` as a JSON object; the answer is ``{"made": …}``.

    Arguments that ``act`` cannot do anything with are answered with 400 and ``{"error": …}``.
    """

    def run(ask: Ask) -> Any:
        try:
            return {"made": act(**ask.json())}
        except (LookupError, TypeError, ValueError) as error:
            return Refusal(400, f"{name}: {error}")

    return route(stage, f"/{name}", run, "POST")


def shelf(stage: Stage, look: Callable[..., Any]) -> Route:
    """Make the route that shows what arrived at people: ``GET arrived?…``; the query narrows it as ``look`` allows."""

    def run(ask: Ask) -> Any:
        try:
            return {"arrived": look(**ask.query)}
        except TypeError as error:
            return Refusal(400, f"arrived: {error}")

    return route(stage, "/arrived", run, "GET")


@dataclass
class Ears:
    """Where callbacks of a platform go."""

    stage: Stage
    url: str = ""

    def tell(
        self, body: bytes, *, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
    ) -> bool:
        """Hand a callback to the courier; false if nobody listens."""
        if not self.url:
            return False
        sent = {"content-type": "application/json", **(headers or {})}
        self.stage.courier.hand_in(Parcel(self.stage.name, self.url, body, query or {}, sent))
        return True


def page_of(rows: list[Any], number: int, size: int) -> list[Any]:
    """Return page ``number`` (0 is the first) of ``rows``."""
    return rows[number * size : (number + 1) * size]
