"""``POST /v1/touches``: a batch of touches, durable when it is answered."""

from functools import lru_cache
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from siyu.app.access.api_keys import INTAKE
from siyu.app.api.context import Context
from siyu.app.api.gate import MOST_BYTES, body_of, check, key_in
from siyu.app.api.problems import of_accident, of_siyu_error
from siyu.app.intake.wire_touch import MOST_TOUCHES, WireTouch, touches_of
from siyu.kernel.errors import BadInputError, SiyuError

_NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_PLAIN: Final = frozenset(
    {
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/json;charset=utf-8",
        b"application/x-www-form-urlencoded",  # what curl says of whatever it sends
    }
)
_PATH: Final = "/v1/touches"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def take(request: Request) -> Response:
        check(context, key_in(request), INTAKE)
        body = await body_of(request)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Response(await _take(context, body, ndjson=media in _NDJSON), media_type="application/json")

    return [Route(_PATH, take, methods=["POST"])]


def in_front(context: Context, rest: ASGIApp) -> ASGIApp:
    """Take the plain case before all routing: a JSON batch, not zipped, whose key is in a header and holds.

    The way through the frame costs as much as to read the batch. Whatever is not the plain case goes on to the frame,
    untouched: it decides, and it says what is wrong.
    """

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        key = _plain_key(scope)
        if not key or context.keys.opened_by(key, INTAKE) is None:
            await rest(scope, receive, send)
            return
        try:
            body = await _body(receive)
            if body is None:
                return
            answer = await _take(context, body, ndjson=False)
        except SiyuError as error:
            await (await of_siyu_error(Request(scope), error))(scope, receive, send)
            return
        except Exception as error:
            await (await of_accident(Request(scope), error))(scope, receive, send)
            raise  # for the log of the server
        length = str(len(answer)).encode()
        headers = [(b"content-length", length), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return door


def _plain_key(scope: Scope) -> str:
    """Return the key of a plain request; empty if it is not plain."""
    if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
        return ""
    keys = []
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            keys.append(value)
        elif name == b"authorization":
            if value[:7].lower() != b"bearer ":
                return ""
            keys.append(value[7:].strip())
        elif name == b"content-length":
            if not value.isdigit() or int(value) > MOST_BYTES:
                return ""
        elif name == b"content-encoding" or (name == b"content-type" and value not in _PLAIN):
            return ""
    return keys[0].decode("latin-1") if len(keys) == 1 else ""


async def _body(receive: Receive) -> bytes | None:
    """Read a body; ``None`` if the client went away.

    Raises:
        BadInputError: it is too large.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise BadInputError("more bytes than may be in one request", where="body")
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _take(context: Context, body: bytes, *, ndjson: bool) -> bytes:
    """Take a batch in; return the answer, which may be given as soon as this returns.

    Raises:
        BadInputError: it cannot be understood as a whole.
        RetryLaterError: nothing of it was taken.
    """
    touches, positions, aside = touches_of(body, context.workspace.clock.now_us(), ndjson=ndjson)
    written = await context.writer.write(touches, aside, source=f"POST {_PATH}", how={"what": "touches"})
    if not aside and all(written.fresh):
        return _all_accepted(len(touches))
    duplicates = [at for at, fresh in zip(positions, written.fresh, strict=True) if not fresh]
    rows: list[dict[str, Any]] = [{"row": at, "result": "duplicate"} for at in duplicates]
    rows += [
        {"row": one.line - 1, "result": "quarantined", "heading": one.heading, "reason": one.reason} for one in aside
    ]
    rows.sort(key=lambda row: row["row"])
    return _answer(len(touches) - len(duplicates), len(duplicates), len(aside), rows)


@lru_cache(maxsize=MOST_TOUCHES)
def _all_accepted(count: int) -> bytes:
    return _answer(count, 0, 0, [])


def _answer(accepted: int, duplicates: int, quarantined: int, rows: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode(
        {"accepted": accepted, "duplicates": duplicates, "quarantined": quarantined, "rows": rows}
    )


def paths() -> dict[str, Any]:
    """Describe the routes for OpenAPI."""
    (schema,), components = msgspec.json.schema_components([WireTouch], ref_template="#/components/schemas/{name}")
    batch = {"type": "array", "items": schema, "minItems": 1, "maxItems": MOST_TOUCHES}
    answer = {
        "type": "object",
        "required": ["accepted", "duplicates", "quarantined", "rows"],
        "properties": {
            "accepted": {"type": "integer"},
            "duplicates": {"type": "integer"},
            "quarantined": {"type": "integer"},
            "rows": {"type": "array", "items": {"type": "object"}},
        },
    }
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        "paths": {
            _PATH: {
                "post": {
                    "summary": "Take touches in",
                    "description": "Up to 1,000 touches; what is accepted is durable. The same touch again is a "
                    "duplicate. Rows that cannot be understood are set aside, the others are taken.",
                    "security": [{"key": []}, {"apiKey": []}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": batch},
                            "application/x-ndjson": {"schema": schema},
                        },
                    },
                    "responses": {
                        "200": {"description": "Durable", "content": {"application/json": {"schema": answer}}},
                        "400": {"description": "Not to be understood as a whole", "content": problem},
                        "401": {"description": "Without a key that holds", "content": problem},
                        "503": {"description": "Come again later", "content": problem},
                    },
                }
            }
        },
        "components": {"schemas": components},
    }
