"""SensorsData-compatible door (神策): ``/sa`` takes ``data`` and ``data_list`` as form or query, zipped or not."""

from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.access.api_keys import INTAKE
from siyu.app.api.context import Context
from siyu.app.api.gate import body_of, check, key_in
from siyu.app.intake.sensors import touch_of_event, unpacked
from siyu.app.intake.understood import SetAside
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

_PATH: Final = "/sa"
_MOST_EVENTS: Final = 2_500
# one transparent pixel: what a browser gets that asks with an image
_PIXEL: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def take(request: Request) -> Response:
        key = check(context, key_in(request), INTAKE)
        form = dict(request.query_params)
        if request.method == "POST":
            body = (await body_of(request)).decode("utf-8", "replace")
            form.update({name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()})
        events = _events(form)
        now_us, currency = context.workspace.clock.now_us(), context.workspace.settings.brand.currency
        account = form.get("project") or key.label
        touches: list[Touch] = []
        aside: list[SetAside] = []
        for position, event in enumerate(events, start=1):
            try:
                touches.append(touch_of_event(event, received_at_us=now_us, currency=currency, account=account))
            except (BadInputError, UnicodeError, ValueError) as error:
                where = error.where if isinstance(error, BadInputError) else ""
                aside.append(SetAside(position, f"bad_{where or 'event'}"[:64], str(error), msgspec.json.encode(event)))
        await context.writer.write(touches, aside, source=_PATH, how={"what": "sensors", "account": account})
        if request.method == "GET":
            return Response(_PIXEL, media_type="image/gif")
        return Response(b"", media_type="text/plain")

    return [Route(_PATH, take, methods=["POST", "GET"])]


def paths() -> dict[str, Any]:
    """Describe the routes for OpenAPI."""
    form = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("data", "data_list", "gzip")},
    }
    answers = {
        "200": {"description": "Durable"},
        "400": {"description": "Not to be understood"},
        "401": {"description": "Without a key that holds"},
    }
    post = {
        "summary": "SensorsData-compatible events",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": answers,
    }
    return {"paths": {_PATH: {"post": post}}}


def _events(form: dict[str, str]) -> list[Any]:
    said = form.get("gzip")
    zipped = None if said is None else said not in {"", "0"}
    # a plus in a query that nobody escaped arrives as a blank
    packed = (form.get("data_list") or form.get("data") or "").replace(" ", "+")
    if not packed:
        raise BadInputError("there is neither data nor data_list", where="data")
    try:
        found = msgspec.json.decode(unpacked(packed, zipped=zipped))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadInputError(f"what was packed is no JSON: {error}", where="data") from error
    events = found if isinstance(found, list) else [found]
    if len(events) > _MOST_EVENTS:
        raise BadInputError(f"{len(events)} events are too many (at most {_MOST_EVENTS})", where="data_list")
    return events
