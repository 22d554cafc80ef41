"""``POST /v1/touches``: a batch of touches, durable when it is answered."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.api.context import Context
from siyu.app.api.gate import body_of, check, key_in
from siyu.app.api_keys import INTAKE
from siyu.app.intake.wire_touch import MOST_TOUCHES, WireTouch, touches_of

_NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_PATH: Final = "/v1/touches"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def take(request: Request) -> Response:
        check(context, key_in(request), INTAKE)
        body = await body_of(request)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        touches, positions, aside = touches_of(body, context.workspace.clock.now_us(), ndjson=media in _NDJSON)
        written = await context.writer.write(touches, aside, source=f"POST {_PATH}", how={"what": "touches"})
        duplicates = [at for at, fresh in zip(positions, written.fresh, strict=True) if not fresh]
        rows: list[dict[str, Any]] = [{"row": at, "result": "duplicate"} for at in duplicates]
        rows += [
            {"row": one.line - 1, "result": "quarantined", "heading": one.heading, "reason": one.reason}
            for one in aside
        ]
        rows.sort(key=lambda row: row["row"])
        answer = {
            "accepted": len(touches) - len(duplicates),
            "duplicates": len(duplicates),
            "quarantined": len(aside),
            "rows": rows,
        }
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return [Route(_PATH, take, methods=["POST"])]


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
