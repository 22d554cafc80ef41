"""The console as a person sees it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.console.conftest import Served, Visit
from app.console.served import PASSWORD
from app.console.small_shop import NOW_US, PEOPLE, phone
from siyu.app.clock import VirtualClock
from siyu.app.views.people import find_people
from siyu.app.workspace import Workspace, open_workspace
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.people import profile

pytestmark = pytest.mark.browser
Begin = Callable[..., Visit]
PAGES = ["/", "/people", "/plays", "/metrics", "/decisions", "/outbox", "/channels", "/quarantine", "/settings"]


@contextmanager
def shop(served: Served) -> Iterator[Workspace]:
    with open_workspace(served.folder, clock=VirtualClock(NOW_US)) as workspace:
        yield workspace


def number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def test_a_stranger_is_led_to_the_login_and_from_there_to_where_they_wanted(visit: Begin) -> None:
    seen = visit(logged_in=False)
    seen.page.goto(f"{seen.url}/decisions?state=denied")
    assert "/login" in seen.page.url
    seen.page.fill("input[name=password]", PASSWORD)
    seen.page.click("button[type=submit]")
    seen.page.wait_for_selector(".main .card")
    assert seen.page.url == f"{seen.url}/decisions?state=denied"
    seen.page.click(".leave button")
    seen.page.wait_for_selector(".door-card")
    seen.page.goto(seen.url)
    assert "/login" in seen.page.url


def test_the_overview_says_what_the_store_holds(visit: Begin, served: Served) -> None:
    seen = visit()
    seen.go("/")
    with shop(served) as workspace, workspace.database.read() as connection:
        buyers = connection.execute(select(func.count()).select_from(profile).where(profile.c.orders > 0)).scalar_one()
        denied = connection.execute(
            select(func.count()).select_from(proposal).where(proposal.c.state == "denied")
        ).scalar_one()
    assert number(seen.text(".card:has(.steps) .card-more")) == PEOPLE
    steps = {
        one.query_selector("dt").inner_text(): number(one.query_selector("dd").inner_text())
        for one in seen.page.query_selector_all(".steps > div")
    }
    assert steps["Contact"] == PEOPLE
    assert steps["Monetisation"] == buyers
    figures = {
        one.query_selector("dt").inner_text(): one.query_selector("dd").inner_text()
        for one in seen.page.query_selector_all(".figures > div")
    }
    assert number(figures["Denied"]) == denied > 0
    assert len(seen.page.query_selector_all(".matrix tbody tr")) >= 3
    assert seen.page.query_selector(".only-wide canvas") is not None


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh", "dark")])
def test_every_page_opens_without_complaint_stays_at_home_and_fits_the_window(
    visit: Begin, width: int, language: str, theme: str
) -> None:
    seen = visit(width=width, height=844 if width < 400 else 900, language=language, theme=theme)
    for path in PAGES:
        seen.go(path)
        assert seen.complaints == [], path
        assert seen.abroad == [], path
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert "Something failed" not in seen.text(".main"), path
        assert "出错" not in seen.text(".main"), path
        assert seen.text("h1"), path


def test_language_and_theme_are_switched_and_kept(visit: Begin) -> None:
    seen = visit()
    seen.go("/plays?x=1")
    assert seen.text("h1") == "Plays"
    seen.page.click("#switch-language")
    seen.page.wait_for_selector("h1:has-text('玩法')")
    assert seen.page.url == f"{seen.url}/plays?x=1"
    assert seen.page.evaluate("document.documentElement.lang") == "zh-CN"
    light = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    seen.page.click("#switch-theme")
    seen.page.wait_for_selector("html[data-theme=dark] .main .card")  # the page is loaded anew
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    seen.go("/people")
    assert seen.text("h1") == "人"
    assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_person_is_found_by_phone_and_stays_masked_until_somebody_reveals_it(visit: Begin, served: Served) -> None:
    seen = visit()
    seen.go(f"/people?find={phone(7)[3:]}")
    seen.page.click(".table tbody tr")
    seen.page.wait_for_selector(".hidden-row")
    with shop(served) as workspace:
        person = find_people(workspace, phone(7))[0]
    assert seen.page.url.endswith(f"/people/{person.person_id}")
    assert phone(7) not in seen.page.content()
    assert phone(7)[3:] not in seen.page.content()
    assert str(person.orders) in seen.text(".figures > div:first-child dd")
    before = served.log.read_text().count("revealed")
    seen.page.click(".hidden-row:has-text('Phone') .reveal")
    seen.page.wait_for_selector(f"text={phone(7)}")
    log = served.log.read_text()
    assert log.count("revealed") == before + 1
    assert phone(7) not in log


def test_a_person_says_why_and_why_not(visit: Begin, served: Served) -> None:
    with shop(served) as workspace, workspace.database.read() as connection:
        row = connection.execute(select(proposal).where(proposal.c.rule == "consent").limit(1)).one()
    seen = visit()
    seen.go(f"/people/{row.identifier_id}")
    told = seen.text(".main-cards .card:first-child")
    assert "denied" in told
    assert row.reason in told


def test_the_map_names_a_flow_under_the_pointer_and_takes_no_name_for_markup(visit: Begin) -> None:
    seen = visit()
    seen.go("/")
    canvas = seen.page.query_selector(".only-wide canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    told = ""
    for step in range(1, 40):
        seen.page.mouse.move(box["x"] + 120, box["y"] + box["height"] * step / 40)
        told += " ".join(seen.page.eval_on_selector_all(".only-wide div", "all => all.map(one => one.innerText)"))
    assert "live-code-7 → Contact" in told or "Store → Contact" in told
    assert "people" in told
    assert seen.complaints == []
    assert seen.page.query_selector("img[src=x]") is None


def test_no_other_site_may_frame_the_console(visit: Begin) -> None:
    seen = visit()
    answer = seen.page.goto(f"{seen.url}/people")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_a_short_page_begins_at_the_top_of_a_tall_phone(visit: Begin) -> None:
    seen = visit(width=390, height=4000)
    seen.go("/conflicts")
    assert seen.page.evaluate("document.querySelector('.bar').getBoundingClientRect().top") == 0


def test_the_menu_of_a_phone_opens_and_leads_on(visit: Begin) -> None:
    seen = visit(width=390, height=844)
    seen.go("/")
    assert not seen.page.is_visible(".side nav")
    seen.page.click(".menu-button")
    seen.page.wait_for_selector(".side nav", state="visible")
    seen.page.click(".side nav a[href='/metrics']")
    seen.page.wait_for_selector("h1:has-text('Metrics')")


def test_a_row_of_the_quarantine_is_looked_at_on_purpose(visit: Begin) -> None:
    seen = visit()
    seen.go("/quarantine")
    assert "13900000000" not in seen.page.content()
    seen.page.click(".table tbody tr")
    seen.page.wait_for_selector("text=Replay these rows")
    assert "13900000000" not in seen.page.content()
    seen.page.click(".set-aside .reveal")
    seen.page.wait_for_selector("pre.raw")
    assert "13900000000" in seen.text("pre.raw")


def test_a_person_who_does_not_exist_is_said_kindly(visit: Begin) -> None:
    seen = visit()
    seen.go("/people/999999")
    assert "there is no person 999999" in seen.text(".notice")
    seen.page.goto(f"{seen.url}/nowhere")
    assert seen.text("h1") == "There is no such page"


def test_times_are_on_the_clock_of_the_brand(visit: Begin) -> None:
    seen = visit()
    seen.go("/decisions")
    shown = seen.text(".table tbody tr td:last-child").strip()
    assert shown == datetime.fromtimestamp(NOW_US / 1e6, UTC).strftime("%Y-%m-%d ") + "10:00"  # 02:00 UTC in Shanghai
