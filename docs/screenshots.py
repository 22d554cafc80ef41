"""Take the pictures of the README: a fresh demo, the real console, a real browser. Run it by ``make docs``."""  # noqa: INP001  a program

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import msgspec
from playwright.sync_api import sync_playwright

from siyu.app.access.passwords import ADMIN, set_password
from siyu.app.demo.run import run_demo
from siyu.app.views.people import people_page
from siyu.app.workspace import open_workspace

IMAGES = Path(__file__).parent / "images"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK, PHONE = (1440, 900), (390, 844)


def main() -> None:
    """Make the demo, serve it, take every picture."""
    browser = which("chromium")
    if browser is None:
        sys.exit("docs/screenshots.py needs a browser: apt-get install chromium")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="siyu-docs-") as folder:
        shop = Path(folder) / "demo"
        run_demo(shop, fast=True, progress=lambda _what, _done, _of: None)
        workspace = open_workspace(shop)
        password = set_password(workspace)
        person = _somebody(workspace)
        workspace.close()
        with _served(shop) as url, sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
            session = _log_in(opened, url, password)
            for name, path, window, language, theme, height in (  # a height of 0 takes the whole page
                ("overview", "/", DESK, "en", "light", 0),
                ("overview-zh", "/", DESK, "zh", "light", 0),
                ("overview-dark", "/", DESK, "en", "dark", 0),
                ("person", f"/people/{person}", DESK, "en", "light", 900),
                ("person-zh", f"/people/{person}", DESK, "zh", "light", 900),
                ("plays", "/plays", DESK, "en", "light", 900),
                ("phone-zh", "/", PHONE, "zh", "dark", 844),
            ):
                context = opened.new_context(viewport={"width": window[0], "height": height or window[1]})
                kept = {"siyu_session": session, "siyu_language": language, "siyu_theme": theme}
                context.add_cookies([{"name": key, "value": value, "url": url} for key, value in kept.items()])
                page = context.new_page()
                page.goto(url + path)
                page.wait_for_selector(".main .card")  # a page that failed shows none
                page.wait_for_timeout(1500)
                page.screenshot(path=IMAGES / f"{name}.png", full_page=not height)
                context.close()
                sys.stderr.write(f"{IMAGES.name}/{name}.png\n")
            opened.close()


def _somebody(workspace: Any) -> int:
    """Pick somebody with a few orders whom we can reach, so that the page has something to say."""
    rows = people_page(workspace, most=2000).rows
    return max((row for row in rows if row.owned), key=lambda row: (4 <= row.orders <= 12, row.last_at_us)).person_id


@contextmanager
def _served(shop: Path) -> Iterator[str]:
    siyu = Path(sys.executable).parent / "siyu"
    command = [str(siyu), "serve", "--workspace", str(shop), "--port", "0", "--no-worker", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own program
    try:
        if server.stdout is None:
            sys.exit("siyu serve said nothing")
        yield msgspec.json.decode(server.stdout.readline())["url"]
    finally:
        server.terminate()
        server.wait(20)


def _log_in(browser: Any, url: str, password: str) -> str:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("input[name=user]", ADMIN)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector(".main")
    token = next(str(cookie["value"]) for cookie in context.cookies() if cookie["name"] == "siyu_session")
    context.close()
    return token


if __name__ == "__main__":
    main()
