"""Segment-compatible doors: ``/v1/batch`` and one for each call, so that SDKs people already run can point here."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.access.api_keys import INTAKE
from siyu.app.api.context import Context
from siyu.app.api.gate import body_of, check, key_in
from siyu.app.intake.segment import TYPES, touch_of_call
from siyu.app.intake.understood import SetAside
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

_table = msgspec.json.Decoder(dict[str, Any])
#: The largest batch of the original; a larger one is refused as there.
_MOST_CALLS: Final = 2_500


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def one(request: Request) -> Response:
        body = await _body(request)
        kind = request.url.path.rsplit("/", 1)[-1]
        return await _take(context, request, body, [{**body, "type": kind}])

    async def batch(request: Request) -> Response:
        body = await _body(request)
        calls = body.get("batch")
        if not isinstance(calls, list) or not calls:
            raise BadInputError("a batch needs calls", where="batch")
        if len(calls) > _MOST_CALLS:
            raise BadInputError(f"{len(calls)} calls are too many (at most {_MOST_CALLS})", where="batch")
        return await _take(context, request, body, calls)

    single = [Route(f"/v1/{name}", one, methods=["POST"]) for name in TYPES]
    return [Route("/v1/batch", batch, methods=["POST"]), Route("/v1/import", batch, methods=["POST"]), *single]


def paths() -> dict[str, Any]:
    """Describe the routes for OpenAPI."""
    described: dict[str, Any] = {}
    for name in ("batch", *TYPES):
        described[f"/v1/{name}"] = {
            "post": {
                "summary": f"Segment-compatible {name}",
                "security": [{"key": []}, {"basic": []}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "200": {"description": "Durable", "content": {"application/json": {"schema": {"type": "object"}}}},
                    "400": {"description": "Not to be understood"},
                    "401": {"description": "Without a key that holds"},
                },
            }
        }
    return {"paths": described}


async def _body(request: Request) -> dict[str, Any]:
    try:
        return _table.decode(await body_of(request))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadInputError(f"the body is no JSON object: {error}", where="body") from error


async def _take(context: Context, request: Request, body: dict[str, Any], calls: list[Any]) -> Response:
    # browsers send the key inside the body
    key = check(context, key_in(request) or str(body.get("writeKey") or ""), INTAKE)
    now_us, currency = context.workspace.clock.now_us(), context.workspace.settings.brand.currency
    shared = {name: body[name] for name in ("context", "sentAt") if name in body}
    touches: list[Touch] = []
    aside: list[SetAside] = []
    for position, call in enumerate(calls, start=1):
        try:
            whole = {**shared, **call} if isinstance(call, dict) else call
            touches.append(touch_of_call(whole, received_at_us=now_us, currency=currency, account=key.label))
        except (BadInputError, UnicodeError, ValueError) as error:
            where = error.where if isinstance(error, BadInputError) else ""
            raw = msgspec.json.encode(call)
            aside.append(SetAside(position, f"bad_{where or 'call'}"[:64], str(error), raw))
    how = {"what": "segment", "account": key.label}
    written = await context.writer.write(touches, aside, source=f"POST {request.url.path}", how=how)
    duplicates = written.fresh.count(False) if isinstance(written.fresh, list) else 0
    answer = {
        "success": True,
        "accepted": len(touches) - duplicates,
        "duplicates": duplicates,
        "quarantined": len(aside),
        "reasons": [one.reason for one in aside],
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")
