"""A case that waits is shown with its evidence and a suggestion, and a button decides it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.console.small_shop import NOW_US
from siyu.app.clock import VirtualClock
from siyu.app.people.identity import conflicts
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.period import HOUR
from siyu.stores.sql.schema.people import evidence
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

if TYPE_CHECKING:
    from app.console.conftest import Served, Visit

pytestmark = pytest.mark.browser


def test_a_case_is_decided_in_the_browser(served: "Served", visit: "Callable[..., Visit]") -> None:
    phone = Identifier("phone", "13700137000")
    workspace = open_workspace(served.folder, clock=VirtualClock(NOW_US - HOUR))
    TakeIn(workspace).take([
        touch("wechat", TouchKind.FOLLOW, actors=(Identifier("unionid@wxopen", name), phone), event_key=name,
              happened_at_us=NOW_US - HOUR, received_at_us=NOW_US - HOUR)
        for name in ("oFirstUnion01", "oOtherUnion02")
    ])  # fmt: skip
    (waiting,) = conflicts(workspace)
    seen = visit()
    seen.go("/conflicts")
    told = seen.text(".main")
    assert "Two ids of an account that gives each person one" in told
    assert "two people" in told  # what is suggested
    assert "oFirstUnion01" not in told
    seen.page.click("button:has-text('Two people')")
    seen.page.wait_for_selector("text=Nothing waits for a decision")
    assert conflicts(workspace) == []
    assert [one["decision"] for one in conflicts(workspace, every=True) if one["conflict"] == waiting["conflict"]] == [
        "apart"
    ]
    with workspace.database.read() as connection:
        said = connection.execute(select(evidence.c.source).where(evidence.c.strength == "apart")).scalars().all()
    assert any("console" in one for one in said)
    assert not seen.complaints
    assert not seen.abroad
    workspace.close()
