"""Doors of the console: login, logout, language and theme, as plain HTML forms that need no script."""

import asyncio
from typing import Final, Literal, cast
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from siyu.app.access.passwords import ADMIN, is_password
from siyu.app.access.sessions import COOKIE, LASTS, Brake, Sessions
from siyu.app.api.problems import problem
from siyu.app.console.plain import page_html
from siyu.app.console.screen import Language
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, SECOND

LANGUAGE_COOKIE: Final = "siyu_language"
THEME_COOKIE: Final = "siyu_theme"
_YEAR_S: Final = 365 * DAY // SECOND
_LARGEST_FORM: Final = 4096
#: Where no person looks: what calls here is answered as a program.
_FOR_PROGRAMS: Final = ("/v1/", "/sa", "/callbacks/")
#: No other site may show our pages in a frame, guess types, or learn where our visitors were.
SAFE_HEADERS: Final = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
Theme = Literal["light", "dark"]


def language_of(request: Request) -> Language:
    """Return the language a visitor chose; else Chinese if the browser prefers it, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in {"en", "zh"}:
        return cast("Language", chosen)
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def theme_of(request: Request) -> Theme:
    """Return the theme a visitor chose, light at first."""
    return "dark" if request.cookies.get(THEME_COOKIE) == "dark" else "light"


def way_in(request: Request) -> str:
    """Return the address of the login that leads back to where the visitor wanted to go."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if wanted == "/" else f"/login?to={quote(wanted)}"


def doors(workspace: Workspace, sessions: Sessions, brake: Brake | None = None) -> APIRouter:
    """Return the routes ``/login``, ``/logout`` and ``/preferences``."""
    brake = brake or Brake()
    router = APIRouter()

    @router.get("/login")
    async def ask(request: Request) -> Response:
        if await asyncio.to_thread(sessions.holds, request.cookies.get(COOKIE)):
            return RedirectResponse(_back(request.query_params.get("to", "")), status_code=303)
        return _login_page(request, workspace)

    @router.post("/login")
    async def enter(request: Request) -> Response:
        if not _from_here(request):
            return _login_page(request, workspace, "elsewhere", status=403)
        address = request.client.host if request.client else ""
        wait_s = brake.wait_s(address)
        if wait_s:
            return _login_page(request, workspace, "wait", wait_s=wait_s, status=429)
        form = await _form(request)
        brake.wrong(address)  # counted before the slow check, so that guesses in parallel wait as well
        right = await asyncio.to_thread(is_password, workspace, form.get("password", ""))
        if not right or form.get("user", "").strip() != ADMIN:
            return _login_page(request, workspace, "wrong", wait_s=brake.wait_s(address), status=401)
        brake.right(address)
        token = await asyncio.to_thread(sessions.begin)
        answer = RedirectResponse(_back(form.get("to", "")), status_code=303)
        answer.set_cookie(
            COOKIE, token, max_age=LASTS // SECOND, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return answer

    @router.post("/logout")
    async def leave(request: Request) -> Response:
        if _from_here(request):
            await asyncio.to_thread(sessions.end, request.cookies.get(COOKIE))
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    @router.get("/preferences")
    async def prefer(request: Request) -> Response:
        answer = RedirectResponse(_back(request.query_params.get("to", "")), status_code=303)
        language, theme = request.query_params.get("language"), request.query_params.get("theme")
        if language in {"en", "zh"}:
            answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="lax")
        if theme in {"light", "dark"}:
            answer.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, samesite="lax")
        return answer

    return router


async def lost(request: Request, _error: Exception) -> Response:
    """Answer an address that leads nowhere."""
    if request.url.path.startswith(("/_nicegui", "/console")):
        return Response(status_code=404)
    if request.url.path.startswith(_FOR_PROGRAMS):
        return problem(404, f"{request.method} {request.url.path} leads nowhere; GET /v1/openapi.json says what does")
    chinese = language_of(request) == "zh"
    body = Markup(
        '<main class="door"><div class="door-card"><div class="mark">私</div><h1>{}</h1><p>{}</p>'
        '<a class="button primary" href="/">{}</a></div></main>'
    ).format(
        "没有这个页面" if chinese else "There is no such page",
        "链接可能写错了，或页面已经搬走。" if chinese else "The address may be mistyped, or the page has moved.",
        "回到总览" if chinese else "Back to the overview",
    )
    return HTMLResponse(page_html(body, language_of(request), theme_of(request)), status_code=404)


def _login_page(
    request: Request, workspace: Workspace, fault: str = "", *, wait_s: int = 0, status: int = 200
) -> HTMLResponse:
    language, theme = language_of(request), theme_of(request)
    chinese = language == "zh"
    faults = {
        "": "",
        "wrong": "用户名或密码不对。" if chinese else "That user name or password is not right.",
        "wait": "",
        "elsewhere": "请在本页面登录。" if chinese else "Please log in from this page.",
    }
    said = faults[fault]
    if wait_s:
        said += f"{wait_s} 秒后再试。" if chinese else f" Try again in {wait_s} s."
    to = request.query_params.get("to", "")
    other = "en" if chinese else "zh"
    body = Markup("""
<main class="door"><form class="door-card" method="post" action="/login{query}">
  <div class="mark">私</div>
  <h1>{brand}</h1>
  <p>{lead}</p>
  {fault}
  <label>{user}<input name="user" value="admin" autocomplete="username" required></label>
  <label>{password}<input name="password" type="password" autocomplete="current-password" required autofocus></label>
  <input type="hidden" name="to" value="{to}">
  <button class="button primary" type="submit">{enter}</button>
  <p class="hint">{hint} <code>siyu password new</code></p>
  <p class="door-language"><a href="/preferences?language={other}&amp;to={here}">{other_name}</a></p>
</form></main>""").format(
        query=f"?to={quote(to)}" if to else "",
        brand=workspace.settings.brand.name,
        lead="登录私域控制台" if chinese else "Log in to the Siyu console",
        fault=Markup('<p class="fault" role="alert">{}</p>').format(said) if said else "",
        user="用户名" if chinese else "User name",
        password="密码" if chinese else "Password",
        to=to,
        enter="登录" if chinese else "Log in",
        hint="首次运行时会打印一次密码。忘了就运行"
        if chinese
        else "The first run prints the password once. Forgotten? Run",
        other=other,
        here=quote(f"/login?to={quote(to)}" if to else "/login"),
        other_name="English" if chinese else "中文",
    )
    return HTMLResponse(
        page_html(body, language, theme), status_code=status, headers={"Cache-Control": "no-store", **SAFE_HEADERS}
    )


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _LARGEST_FORM:
        return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _from_here(request: Request) -> bool:
    """Tell whether a form was sent from our own page; browsers say where a form comes from."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _back(to: str) -> str:
    """Return where to go next: only to our own pages."""
    parts = urlsplit(to)
    mine = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return to if mine and "\n" not in to and "\r" not in to else "/"
