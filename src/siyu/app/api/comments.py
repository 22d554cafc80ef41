"""``/v1/comments/leads``: the comment desk for other programs. List with a key to read, act with a key of ``admin``."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.access.api_keys import ADMIN, READ
from siyu.app.api.context import Context
from siyu.app.api.gate import body_of, check, key_in
from siyu.app.comments.leads import claim, desk, relabel, settle_lead, suggestions
from siyu.app.comments.replies import reply, said_by_hand, under_way
from siyu.kernel.errors import BadInputError

_PATH: Final = "/v1/comments/leads"
_MOST: Final = 500
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Claim(msgspec.Struct, forbid_unknown_fields=True):
    """Take a lead, or have it handed over by ``from_staff``."""

    staff: _Name
    from_staff: str = ""


class Reply(msgspec.Struct, forbid_unknown_fields=True):
    """Answer a lead; ``promised`` goes to the promise ledger."""

    staff: _Name
    text: _Name
    promised: str = ""


class Relabel(msgspec.Struct, forbid_unknown_fields=True):
    """Say what a lead really asks."""

    intent: _Name


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""
    workspace = context.workspace

    async def leads(request: Request) -> Response:
        check(context, key_in(request), READ)
        asked = request.query_params.get("most", "50")
        if not asked.isdigit() or not 1 <= int(asked) <= _MOST:
            raise BadInputError(f"{asked!r} is no number of leads", where="most", mend=f"1 to {_MOST}")
        found = await asyncio.to_thread(desk, workspace, staff=request.query_params.get("staff", ""), most=int(asked))
        waits = await asyncio.to_thread(under_way, workspace, staff=request.query_params.get("staff", ""))
        return _json({"leads": found, "under_way": waits})

    async def suggest(request: Request) -> Response:
        check(context, key_in(request), READ)
        found = await asyncio.to_thread(suggestions, workspace, request.path_params["lead"])
        return _json({"suggestions": found})

    def act(kind: type[Any] | None, do: Callable[[str, Any], Any]) -> Callable[[Request], Any]:
        async def route(request: Request) -> Response:
            check(context, key_in(request), ADMIN)
            lead = request.path_params["lead"]
            done = await asyncio.to_thread(do, lead, _read(kind, await body_of(request)) if kind else None)
            return _json({"lead": lead} if done is None else msgspec.to_builtins(done))

        return route

    acts: dict[str, Callable[[Request], Any]] = {
        "claim": act(Claim, lambda lead, one: claim(workspace, lead, one.staff, from_staff=one.from_staff)),
        "reply": act(Reply, lambda lead, one: reply(workspace, lead, one.staff, one.text, promised=one.promised)),
        "relabel": act(Relabel, lambda lead, one: relabel(workspace, lead, one.intent)),
        "said": act(None, lambda lead, _one: said_by_hand(workspace, lead)),
        "dismiss": act(None, lambda lead, _one: settle_lead(workspace, lead, answered=False)),
    }
    return [
        Route(_PATH, leads, methods=["GET"]),
        Route(f"{_PATH}/{{lead}}/suggestions", suggest, methods=["GET"]),
        *(Route(f"{_PATH}/{{lead}}/{name}", route, methods=["POST"]) for name, route in acts.items()),
    ]


def _read(kind: type[Any], body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadInputError(str(error), where="body") from error


def _json(document: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")


def paths() -> dict[str, Any]:
    """Describe the routes for OpenAPI."""
    schemas, components = msgspec.json.schema_components(
        [Claim, Reply, Relabel], ref_template="#/components/schemas/{name}"
    )
    security: list[dict[str, list[str]]] = [{"key": []}, {"apiKey": []}]
    lead = {"name": "lead", "in": "path", "required": True, "schema": {"type": "string"}}
    queries = [
        {"name": "staff", "in": "query", "schema": {"type": "string"}},
        {"name": "most", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": _MOST}},
    ]
    good = {"200": {"description": "Done"}, "400": {"description": "It says what is wrong"}}
    described: dict[str, Any] = {
        _PATH: {
            "get": {
                "summary": "What to answer next", "security": security, "parameters": queries,
                "responses": {"200": {"description": "The most urgent first, and answers under way"}},
            }
        },
        f"{_PATH}/{{lead}}/suggestions": {
            "get": {
                "summary": "What the brand answered to comments like this one", "security": security,
                "parameters": [lead], "responses": good,
            }
        },
    }  # fmt: skip
    bodies = dict(zip(("claim", "reply", "relabel"), schemas, strict=True))
    told = {
        "claim": "Take a lead, or have it handed over",
        "reply": "Answer a lead, by hand where the platform has no API; words that it forbids are refused with 403",
        "said": "Say that an answer by hand was said where the comment stands",
        "relabel": "Say what a lead really asks",
        "dismiss": "Say that it is no lead",
    }
    for name, summary in told.items():
        post: dict[str, Any] = {"summary": summary, "security": security, "parameters": [lead], "responses": good}
        if name in bodies:
            post["requestBody"] = {"required": True, "content": {"application/json": {"schema": bodies[name]}}}
        described[f"{_PATH}/{{lead}}/{name}"] = {"post": post}
    return {"paths": described, "components": {"schemas": components}}
