"""Mount the console on the one web app: pages by NiceGUI, login and settings as plain HTML."""

import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siyu.app.access.passwords import ADMIN, first_password
from siyu.app.access.sessions import COOKIE, Sessions
from siyu.app.console.doors import SAFE_HEADERS, doors, language_of, lost, theme_of, way_in
from siyu.app.console.menu import pages
from siyu.app.console.page import Page
from siyu.app.console.screen import Screen
from siyu.app.console.shell import frame, trouble
from siyu.app.workspace import Workspace

STATIC: Final = Path(__file__).parent / "static"
_LONGEST_S: Final = 120.0
_log = logging.getLogger(__name__)


def mount(app: FastAPI, workspace: Workspace) -> None:
    """Put the console at ``/`` of ``app``; mount everything else first, for this takes every address that is left.

    NiceGUI has one app in a process, so a process shows one workspace. At the first run of a workspace the admin's
    password is said on standard error, once.
    """
    password = first_password(workspace)
    if password is not None:
        said = (
            f"The console's user is {ADMIN}, the password {password} (shown once; `siyu password new` makes another)\n"
        )
        sys.stderr.write(said)
        sys.stderr.flush()
    sessions = Sessions(workspace)
    app.include_router(doors(workspace, sessions), include_in_schema=False)
    app.mount("/console", StaticFiles(directory=STATIC), name="console")
    for page in pages():
        ui.page(page.path, response_timeout=_LONGEST_S)(_shown(page, workspace, sessions))
    nicegui_app.exception_handler(404)(lost)
    nicegui_app.add_middleware(Unframed)
    ui.run_with(
        app,
        title="Siyu 私域",
        favicon=STATIC / "favicon.svg",
        tailwind=False,
        show_welcome_message=False,
        binding_refresh_interval=None,
        reconnect_timeout=10.0,
    )


class Unframed:
    """Adds headers that keep other sites from showing our pages inside theirs and from learning their addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SAFE_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _shown(page: Page, workspace: Workspace, sessions: Sessions) -> Callable[[Request], Awaitable[Response | None]]:
    async def show(request: Request) -> Response | None:
        token = request.cookies.get(COOKIE)
        if not sessions.holds(token):
            return RedirectResponse(way_in(request), status_code=303)
        of_path: Mapping[str, str] = {name: str(value) for name, value in request.path_params.items()}
        screen = Screen(
            workspace=workspace,
            language=language_of(request),
            dark=theme_of(request) == "dark",
            path=request.url.path,
            query=dict(request.query_params),
            of_path=of_path,
            is_open=lambda: sessions.holds(token),
        )
        async with frame(screen, page, pages()):
            try:
                await page.build(screen)
            except Exception as error:  # noqa: BLE001  a page that fails says so on the page and leaves the others alone
                _log.warning("page %s failed", page.path, exc_info=error)
                trouble(screen, error)
        return None

    show.__name__ = show.__qualname__ = f"show_{page.path.strip('/').replace('/', '_') or 'overview'}"
    return show
