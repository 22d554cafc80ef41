"""``GET /c/<code>``: what is printed on a code. Decides, writes the scan down, and leads on. Needs no key."""

import asyncio
import re
from collections import deque
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from siyu.app.api.context import Context
from siyu.app.api.problems import problem
from siyu.app.live_codes.desk import CodeDesk, Scan
from siyu.app.live_codes.surroundings import guide_of
from siyu.app.log import get_logger
from siyu.kernel.errors import BadInputError, RetryLaterError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import Choice, LiveCode, Visitor
from siyu.touchpoints.touch import Identifier, Touch, touch

#: Remembers a browser for a year: the same visitor is led to the same guide, and is one person.
COOKIE: Final = "siyu_visitor"
_YEAR_S: Final = int(timedelta(days=365).total_seconds())
#: A visitor waits no longer than this for the store; what it did not take is written when it is back.
_PATIENCE_S: Final = 0.5
_MOST_LATE: Final = 100_000
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_log = get_logger(__name__)


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""
    door = _Door(context)
    return [Route("/c/{code}", door.scan, methods=["GET"])]


class _Door:
    """Answers scans; touches that the store did not take wait here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._desk = CodeDesk(context.workspace)
        context.at_the_end.append(self._desk.close)
        self._late: deque[Touch] = deque(maxlen=_MOST_LATE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def scan(self, request: Request) -> Response:
        """Decide one scan."""
        code, query = request.path_params["code"], request.query_params
        if not _CODE.fullmatch(code):
            return problem(404, "there is no such code")
        brought = request.cookies.get(COOKIE, "")
        name = brought if _NAME.fullmatch(brought) else token_urlsafe(16)
        visitor = Visitor(
            name=name,
            place=query.get("place", "")[:128],
            language=_language(request),
            scene=query.get("scene", "")[:128],
            guide=await self._guide(brought) if name == brought else "",
        )
        at_us = self._context.workspace.clock.now_us()
        try:
            choice, in_force = await self._desk.answer(Scan(code, visitor, at_us), most_s=_PATIENCE_S)
        except BadInputError:
            return problem(404, "there is no such code")
        if request.method == "GET":  # a preview asks with HEAD, and nobody scanned
            await self._write_down(_touch_of(visitor, choice, in_force, at_us))
        answer = RedirectResponse(
            choice.target.url, 302, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        )
        answer.set_cookie(
            COOKIE, name, max_age=_YEAR_S, path="/c/", httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    async def _guide(self, name: str) -> str:
        """Return who looks after somebody who was here before; the store's silence holds nobody up."""
        who = Identifier("anonymous_id", name)
        looking = asyncio.get_running_loop().run_in_executor(None, guide_of, self._context.workspace, who)
        try:
            return await asyncio.wait_for(looking, _PATIENCE_S)
        except (SQLAlchemyError, TimeoutError) as error:
            _log.warning("the guide is not known", error=str(error).splitlines()[:1])
            return ""

    async def _write_down(self, one: Touch) -> None:
        task = asyncio.get_running_loop().create_task(self._write([one, *self._take_late()]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task], timeout=_PATIENCE_S)

    def _take_late(self) -> list[Touch]:
        late = list(self._late)
        self._late.clear()
        return late

    async def _write(self, touches: list[Touch]) -> None:
        try:
            await self._context.writer.write(touches, source="GET /c", how={"what": "scans"})
        except RetryLaterError as error:
            self._late.extend(touches)  # the same touch again counts once, so what was half done is no harm
            _log.warning("touches of scans wait for the store", waiting=len(self._late), error=str(error))


def _touch_of(visitor: Visitor, choice: Choice, code: LiveCode, at_us: int) -> Touch:
    target = choice.target
    properties = {"target": target.name, "reason": choice.reason, "bait": code.bait, "place": visitor.place}
    return touch(
        "live_code", TouchKind.SCAN, happened_at_us=at_us, received_at_us=at_us, scene=visitor.scene,
        actors=(Identifier("anonymous_id", visitor.name),), source_code=code.code, content_id=code.content,
        staff=target.name if target.kind == "staff" else "",
        properties={key: value for key, value in properties.items() if value},
        event_key=f"{code.code} {visitor.name} {at_us}",
    )  # fmt: skip


def _language(request: Request) -> str:
    """Return the first language that the browser asks for, without its country: ``zh``."""
    asked = request.query_params.get("language") or request.headers.get("accept-language", "")
    found = re.match(r"[A-Za-z]{2,3}", asked)
    return found.group().lower() if found else ""


def paths() -> dict[str, Any]:
    """Describe the routes for OpenAPI."""
    told = {
        name: {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("place", "scene", "language")
    }
    return {
        "paths": {
            "/c/{code}": {
                "get": {
                    "summary": "Scan a live code",
                    "description": "Leads on to whoever is there now, and writes the scan down. Answers without the "
                    "platforms, and by the last known routing without the store.",
                    "parameters": [
                        {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}},
                        *told.values(),
                    ],
                    "responses": {
                        "302": {"description": "The target's link"},
                        "404": {"description": "There is no such code"},
                        "503": {"description": "The store is down, and this code was never seen before"},
                    },
                }
            }
        }
    }
