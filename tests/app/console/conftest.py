"""A served console and a browser that may speak with this machine only."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.console.served import PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_PATIENCE_S = 120  #: no test is about speed: a loaded machine may take its time


@dataclass
class Served:
    """A console that is up."""

    url: str
    folder: Path
    log: Path


@dataclass
class Visit:
    """A page, and what went wrong on it: messages of the browser, and requests that left this machine."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the console and wait until it is drawn."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector(".main .card, .main .notice")
        self.page.wait_for_function(
            "!document.querySelector('.nicegui-echart') || document.querySelector('.chart canvas, .chart svg')"
        )

    def text(self, selector: str) -> str:
        """Return the text of the first match."""
        return str(self.page.inner_text(selector))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The console over the small shop, in a process of its own."""
    folder = tmp_path_factory.mktemp("shop")
    log = folder.parent / "console.log"
    program = Path(__file__).parent / "served.py"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, str(program), str(folder / "shop")], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        for _ in range(10 * _PATIENCE_S):
            try:
                if httpx.get(f"{url}/login").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Served(url, folder / "shop", log)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium; closed after the module, for playwright keeps an event loop running on this thread."""
    if not shutil.which(CHROMIUM):
        pytest.skip("no browser: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def session_cookie(served: Served) -> dict[str, str]:
    """A session that is open, so that not every test pays for the slow hash."""
    answer = httpx.post(f"{served.url}/login", data={"user": "admin", "password": PASSWORD}, timeout=_PATIENCE_S)
    assert answer.status_code == 303, answer.text
    return {"name": "siyu_session", "value": answer.cookies["siyu_session"], "url": served.url}


@pytest.fixture
def visit(browser: Any, served: Served, session_cookie: dict[str, str]) -> Iterator[Callable[..., Visit]]:
    """Open a visit: ``visit(width=390, language="zh", theme="dark")``; ``logged_in=False`` for a stranger."""
    contexts = []

    def begin(
        *, width: int = 1440, height: int = 900, language: str = "en", theme: str = "light", logged_in: bool = True
    ) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        cookies = [
            {"name": "siyu_language", "value": language, "url": served.url},
            {"name": "siyu_theme", "value": theme, "url": served.url},
        ]
        context.add_cookies([*cookies, session_cookie] if logged_in else cookies)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_S * 1000)
        opened = Visit(page, served.url)
        page.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        here = (served.url, served.url.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda request: None if request.url.startswith(here) else opened.abroad.append(request.url))
        return opened

    yield begin
    for context in contexts:
        context.close()
