"""The desk, the codes and the fission page with their buttons, in a real browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.console.conftest import Served, Visit
from app.console.small_shop import NOW_US, phone
from siyu.app.bringing_in.baits import claim, keep_bait
from siyu.app.clock import VirtualClock
from siyu.app.fission.campaign import keep_plan, status
from siyu.app.fission.settling import settle
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import RefusedError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.stores.sql.schema.conflicts import conflict
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.spend import Spend, SqlSpend
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind
from siyu.touchpoints.live_code import Visitor
from siyu.touchpoints.touch import Identifier, touch

pytestmark = pytest.mark.browser
Begin = Callable[..., Visit]


@contextmanager
def _shop(served: Served) -> Iterator[Workspace]:
    with open_workspace(served.folder, clock=VirtualClock(NOW_US)) as workspace:
        yield workspace


def _look(seen: Visit, name: str) -> None:
    """Keep a picture where somebody asks for one: ``SIYU_PICTURES=folder``."""
    if folder := os.environ.get("SIYU_PICTURES"):
        seen.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_comment_is_answered_at_the_desk_and_forbidden_words_are_not_booked(visit: Begin, served: Served) -> None:
    with _shop(served) as workspace:
        TakeIn(workspace).take(
            [
                touch(
                    "douyin", TouchKind.COMMENT, happened_at_us=NOW_US - MINUTE, received_at_us=NOW_US - MINUTE,
                    actors=(Identifier("phone", phone(number)),), content_id="video-1", properties={"text": text},
                )
                for number, text in ((1, "请问这个多少钱呀"), (2, "求链接"), (3, "哈哈哈好看"))
            ]
        )  # fmt: skip
    seen = visit()
    seen.go("/comments")
    seen.page.wait_for_selector(".desk-row")
    _look(seen, "desk")
    assert len(seen.page.query_selector_all(".desk-row")) == 2
    seen.page.click(".desk-row:has-text('多少钱') button:has-text('Reply')")
    seen.page.fill(".dialog textarea", "加我微信 vx123456")
    seen.page.click("button:has-text('Answer')")
    seen.page.wait_for_selector(".q-notification")
    _look(seen, "desk-refused")
    seen.page.fill(".dialog textarea", "您好，主页橱窗里有价格")
    seen.page.click("button:has-text('Answer')")
    seen.page.wait_for_function("document.querySelectorAll('.desk-row').length === 1")
    seen.page.wait_for_selector(".answer-row:has-text('橱窗')")  # no account is connected: it is said by hand
    _look(seen, "desk-by-hand")
    seen.page.click(".answer-row button:has-text('Said')")
    seen.page.wait_for_function("document.querySelectorAll('.answer-row').length === 0")
    seen.page.click(".desk-row button:has-text('Relabel')")
    seen.page.click(".dialog button:has-text('Price')")
    seen.page.wait_for_selector(".desk-row .badge:has-text('Price')")
    seen.page.click(".desk-row button:has-text('Dismiss')")
    seen.page.wait_for_selector("text=Nobody waits")
    assert [one for one in seen.complaints if "favicon" not in one] == []
    with _shop(served) as workspace, workspace.database.read() as connection:
        labels = sorted((one.text, one.label) for one in SqlCommentLeads(connection).all())
        answered = [one.answered_at_us > 0 for one in SqlCommentLeads(connection).all()]
    assert (labels, answered) == ([("请问这个多少钱呀", 1)], [True])  # what was dismissed is no lead


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh", "dark")])
def test_a_code_shows_where_its_scans_went(visit: Begin, served: Served, width: int, language: str, theme: str) -> None:
    guides = [{"name": name, "kind": "staff", "url": f"https://a.b/{name}"} for name in ("ann", "bea")]
    with _shop(served) as workspace:
        change_code(
            workspace,
            {
                "code": "till",
                "routes": [{"to": guides}],
                "bait": "tote",
                "fallback": {"name": "page", "url": "https://a.b"},
            },
        )
        desk = CodeDesk(workspace)
        desk.route_all([Scan("till", Visitor(), NOW_US) for _ in range(4)])
        desk.close()
    seen = visit(width=width, language=language, theme=theme)
    seen.go("/codes")
    _look(seen, f"codes-{language}")
    assert "ann" in seen.text(".main")
    assert "tote" in seen.text(".main")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.complaints == []


SPRING: dict[str, Any] = {
    "name": "spring",
    "communication": {"variants": ["a", "b"], "need": "asked"},
    "mechanism": {
        "stages": [
            {"retained": 1, "gives": "cash", "amount_minor": 500, "each": True},
            {"retained": 1, "gives": "draw", "each": True},
        ],
        "draw": {
            "prizes": [{"name": "a year of care", "worth_minor": 2_000}], "closes_at": "2030-01-01",
            "host": "Brand, service@example.org",
        },
    },
    "control": {"budget_minor": 10_000, "cap_per_person_minor": 6_000, "invitee_value_minor": 2_000},
}  # fmt: skip


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh", "dark")])
def test_a_person_decides_about_the_suspected(
    visit: Begin, served: Served, width: int, language: str, theme: str
) -> None:
    name, code = f"spring {language}", f"K{language}"
    with _shop(served) as workspace:
        keep_plan(workspace, plan_of(SPRING | {"name": name}))
        door, then = TakeIn(workspace), NOW_US - 9 * DAY
        names = [
            Identifier("external_userid@c", f"wmAAAA{language}{who}")
            for who in ("anna", *(f"f{one}" for one in range(9)))
        ]
        rows = [("invite", names[0], {"campaign": name}, 0)]
        rows += [("contact_added", one, {}, place) for place, one in enumerate(names[1:])]
        rows += [
            ("invite_accepted", one, {"device": f"phone {language}"}, place) for place, one in enumerate(names[1:])
        ]
        door.take(
            [
                touch(
                    "wecom", KINDS_BY_SLUG[kind], actors=(one,), about="" if kind == "contact_added" else code,
                    staff="s", happened_at_us=then + place * HOUR, received_at_us=NOW_US, properties=more,
                )
                for kind, one, more, place in rows
            ]
        )  # fmt: skip
        settle(workspace, name)
    seen = visit(width=width, language=language, theme=theme)
    seen.go(f"/fission?campaign=spring%20{language}")
    seen.page.wait_for_selector(".doubted")
    _look(seen, f"fission-{language}")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.page.click(".doubted button:has-text('Refuse'), .doubted button:has-text('不实')")
    seen.page.fill(".dialog input", "nine accounts on one phone")
    seen.page.click(".dialog button.primary")
    seen.page.wait_for_selector("td:has-text('nine accounts on one phone')")
    _look(seen, f"fission-decided-{language}")
    with _shop(served) as workspace:
        assert status(workspace, name)["decided"][0]["honest"] is False
        assert settle(workspace, name)["rewards"].keys() == {"forfeited"}


def test_a_campaign_is_stopped_with_a_reason_and_says_so(visit: Begin, served: Served) -> None:
    with _shop(served) as workspace:
        keep_plan(workspace, plan_of(SPRING))
    seen = visit()
    seen.go("/fission")
    _look(seen, "fission")
    assert "running" in seen.text(".main")
    seen.page.click("button:has-text('Stop this campaign')")
    seen.page.fill(".dialog input", "the link is blocked")
    seen.page.click("button:has-text('Stop it')")
    seen.page.wait_for_selector("text=stopped")
    _look(seen, "fission-stopped")
    with _shop(served) as workspace:
        assert status(workspace, "spring")["stopped"].startswith("the link is blocked")


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh", "dark")])
def test_baits_adding_ads_and_stores_are_judged_by_who_stayed(
    visit: Begin, served: Served, width: int, language: str, theme: str
) -> None:
    with _shop(served) as workspace:
        keep_bait(
            workspace, {"name": "tote bag", "cost_minor": 300, "stock": 50, "places": ["mall"], "hours": [17, 22]}
        )
        start = NOW_US - 80 * DAY
        spent = [
            Spend(start + day * DAY, "douyin", "a1", "spring", "dress", "ad-c1", 9_000, "CNY", 10_000, 300 - 25 * day)
            for day in range(9)
        ]
        with workspace.database.write() as connection:
            SqlSpend(connection).put(spent, NOW_US)
        kinds = (TouchKind.SCAN, TouchKind.CONTACT_ADDED, TouchKind.ORDER_PAID)
        TakeIn(workspace).take(
            [
                touch(
                    "store", kind, happened_at_us=start + place * 20 * DAY, received_at_us=NOW_US, staff="ann",
                    actors=(Identifier("member_no", f"b{who}"),), value_minor=20_000 * (kind is TouchKind.ORDER_PAID),
                    source_code="till-mall-t1" if who % 2 else "ad-c1",
                )
                for who in range(6)
                for place, kind in enumerate(kinds)
            ]
        )  # fmt: skip
        keep_bait(workspace, {"name": f"cup {language}", "cost_minor": 200, "stock": 9})
        with workspace.database.write() as connection:
            who = connection.execute(
                select(identifier.c.identifier_id, identifier.c.person_id)
                .order_by(identifier.c.identifier_id.desc())
                .limit(2)
            ).all()
            left, right = (one.identifier_id for one in who)
            case = {"reason": "alike", "detail": "", "probability": 0.7, "suggestion": "look", "decision": ""}
            named = {
                "conflict_id": width.to_bytes(16, "big"),
                "left_id": left,
                "right_id": right,
                "opened_at_us": NOW_US,
            }
            connection.execute(conflict.insert(), {**case, **named})
        claim(workspace, f"cup {language}", who[0].person_id)
        for again in who:
            with pytest.raises(RefusedError):
                claim(workspace, f"cup {language}", again.person_id)
    seen = visit(width=width, language=language, theme=theme)
    seen.go("/bringing-in")
    seen.page.wait_for_selector("text=tote bag")
    _look(seen, f"bringing-in-{language}")
    shown = seen.text(".main")
    for part in ("spring", "mall", "ann", "dress", "17:00–22:00"):
        assert part in shown
    assert ("worn out" if language == "en" else "疲劳") in shown
    assert ("under this or another account" if language == "en" else "含其他账号") in shown
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(seen.page.query_selector_all(f".answer-row:has-text('cup {language}')")) == 2
    seen.page.click(
        f".answer-row:has-text('cup {language}') button:has-text('{'Give it' if language == 'en' else '发放'}')"
    )
    seen.page.wait_for_selector(
        f".answer-row:has-text('cup {language}') .badge:text-is('{'given' if language == 'en' else '核实后发放'}')"
    )
    assert seen.complaints == []
    with _shop(served) as workspace, workspace.database.write() as connection:
        connection.execute(conflict.delete())  # other tests look at this shop too
