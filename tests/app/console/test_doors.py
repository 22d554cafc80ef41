"""The doors: plain forms over HTTP, without a browser."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request

from app.console.served import PASSWORD
from siyu.app.access.passwords import is_password, set_password
from siyu.app.access.sessions import COOKIE, Brake, Sessions
from siyu.app.clock import VirtualClock
from siyu.app.console.doors import doors, lost
from siyu.app.workspace import open_workspace


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    workspace = open_workspace(tmp_path_factory.mktemp("shop"), create=True)
    set_password(workspace, PASSWORD)
    app = FastAPI()
    app.include_router(doors(workspace, Sessions(workspace), Brake(VirtualClock(0))))
    return app


def client(app: FastAPI, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://siyu.test")


def form(**fields: str) -> dict[str, str]:
    return {"user": "admin", "password": PASSWORD, **fields}


def run(app: FastAPI, address: str, *requests: tuple[str, str, dict[str, str], dict[str, str]]) -> list[httpx.Response]:
    async def send() -> list[httpx.Response]:
        async with client(app, address) as browser:
            return [
                await browser.request(method, path, data=data or None, headers=headers)
                for method, path, data, headers in requests
            ]

    return asyncio.run(send())


def test_the_right_password_opens_a_session_that_scripts_cannot_read(app: FastAPI) -> None:
    (answer,) = run(app, "10.0.0.1", ("POST", "/login", form(to="/people?stage=4"), {}))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/people?stage=4"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


@pytest.mark.parametrize(
    "to", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "evil", "/a\r\nX: y"]
)
def test_after_the_login_one_stays_at_home(app: FastAPI, to: str) -> None:
    (answer,) = run(app, "10.0.0.2", ("GET", "/preferences", {}, {}))
    assert answer.headers["location"] == "/"
    (answer,) = run(app, "10.0.0.2", ("POST", "/login", form(to=to), {}))
    assert answer.headers["location"] == "/"


def test_a_wrong_password_slows_down_and_even_the_right_one_must_wait_then(app: FastAPI) -> None:
    wrong = ("POST", "/login", form(password="guess"), {})
    answers = run(app, "10.0.0.3", wrong, wrong, wrong, ("POST", "/login", form(), {}))
    assert [one.status_code for one in answers] == [401, 401, 401, 429]
    assert "Try again in 2 s." in answers[-1].text
    (elsewhere,) = run(app, "10.0.0.4", ("POST", "/login", form(), {}))
    assert elsewhere.status_code == 303


def test_a_form_from_another_site_is_refused(app: FastAPI) -> None:
    for origin in ("https://evil.test", "null"):
        (answer,) = run(app, "10.0.0.5", ("POST", "/login", form(), {"Origin": origin}))
        assert answer.status_code == 403
    (answer,) = run(app, "10.0.0.5", ("POST", "/login", form(), {"Origin": "http://siyu.test"}))
    assert answer.status_code == 303


def test_what_is_written_in_the_address_is_never_taken_for_markup(app: FastAPI) -> None:
    (answer,) = run(app, "10.0.0.6", ("GET", "/login?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", {}, {}))
    assert "<script>" not in answer.text


def test_the_login_speaks_the_language_of_the_browser(app: FastAPI) -> None:
    (answer,) = run(app, "10.0.0.7", ("GET", "/login", {}, {"Accept-Language": "zh-CN,zh;q=0.9"}))
    assert "登录" in answer.text


def test_at_the_first_run_the_password_is_said_once(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from fastapi import FastAPI, HTTPException, Request
from siyu.app.console import mount
from siyu.app.workspace import open_workspace
workspace = open_workspace(Path({str(tmp_path)!r}), create=True)
mount(FastAPI(), workspace)
mount(FastAPI(), workspace)
workspace.close()
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr
    _, *passwords = said.split("the password ")
    assert len(passwords) == 1, said
    workspace = open_workspace(tmp_path)
    assert is_password(workspace, passwords[0].partition(" ")[0])
    workspace.close()


def test_only_the_admin_exists(app: FastAPI, tmp_path: Path) -> None:
    (answer,) = run(app, "10.0.0.8", ("POST", "/login", form(user="root"), {}))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v1/nosuch", "application/problem+json"), ("/callbacks/a/b", "application/problem+json"), ("/x", "text/html")],
)
def test_an_address_that_leads_nowhere_answers_a_program_as_one_and_a_person_with_a_page(path: str, kind: str) -> None:
    scope = {
        "type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "server": ("siyu.test", 80),
        "scheme": "http",
    }  # fmt: skip
    answer = asyncio.run(lost(Request(scope), HTTPException(404)))
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
    assert ("leads nowhere" in bytes(answer.body).decode()) == (kind != "text/html")
