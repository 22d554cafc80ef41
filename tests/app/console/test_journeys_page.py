"""The page of journeys draws each one and says how many people stand where."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.journeys.publish import publish
from siyu.app.journeys.tick import enter_on_request, tick
from siyu.app.workspace import open_workspace
from siyu.stores.sql.schema.people import identifier

if TYPE_CHECKING:
    from app.console.conftest import Served, Visit

pytestmark = pytest.mark.browser
_EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "journeys" / "welcome.yaml"
_NOW_US = 1_781_056_800_000_000


def test_the_page_draws_a_journey_and_counts_who_stands_where(visit: "Callable[..., Visit]", served: "Served") -> None:
    text = _EXAMPLE.read_text("utf-8").replace("touch: contact_added", "request: yes").replace(
        "  where: {channel: wecom}\n", "", 1
    )  # fmt: skip
    workspace = open_workspace(served.folder, clock=VirtualClock(_NOW_US))
    publish(workspace, text)
    with workspace.database.read() as connection:
        people = list(connection.execute(select(identifier.c.person_id).distinct().limit(20)).scalars())
    entered = enter_on_request(workspace, "welcome", people)
    tick(workspace)
    workspace.close()
    assert entered == len(people) > 0
    seen = visit()
    seen.go("/journeys")
    seen.page.click("a.row-link")
    seen.page.wait_for_selector(".chart canvas, .chart svg")
    told = seen.text(".main")
    assert f"ENTERED\n{entered}" in told.upper()
    assert "wait until message_in, at most 3d" in told
    chinese = visit(language="zh", theme="dark", width=390)
    chinese.go("/journeys?journey=welcome")
    assert "一个人一步一步会经历什么" in chinese.text(".main")
    assert not seen.complaints
    assert not chinese.complaints
    assert not seen.abroad
