"""Stores and staff: tills coded in one command, the funnel of scans, and ranks by the people who stayed."""

from pathlib import Path

import pytest

from siyu.app.bringing_in.stores import make_tills, staff, stores
from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import CodeDesk, Scan
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import Visitor
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY
START = NOW - 90 * DAY


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)


def _touch(kind: TouchKind, who: str, at: int, *, code: str = "", by: str = "") -> Touch:
    return touch(
        "store", kind, happened_at_us=at, received_at_us=at, actors=(Identifier("member_no", who),), source_code=code,
        staff=by,
    )  # fmt: skip


def test_the_tills_of_a_store_are_coded_at_once_and_lead_on(workspace: Workspace) -> None:
    made = make_tills(workspace, "mall", ["t1", "t2"], url="https://a.b/add", bait="tote")
    assert [one.code for one in made] == ["till-mall-t1", "till-mall-t2"]
    desk = CodeDesk(workspace)
    assert desk.route_all([Scan("till-mall-t2", Visitor(), NOW)])[0].target.url == "https://a.b/add"
    desk.close()
    with pytest.raises(BadInputError, match="cannot name"):
        make_tills(workspace, "mall", ["t 1"], url="https://a.b/add")
    with pytest.raises(BadInputError, match="no link"):
        make_tills(workspace, "mall", ["t1"], url="nowhere")
    with pytest.raises(BadInputError, match="which tills"):
        make_tills(workspace, "mall", [], url="https://a.b/add")


def test_stores_are_ranked_by_people_who_stayed_with_their_weakest_step(workspace: Workspace) -> None:
    touches = []
    for number in range(20):
        mall, street = f"m{number}", f"s{number}"
        touches += [_touch(TouchKind.SCAN, mall, START, code="till-mall-t1")]
        touches += [_touch(TouchKind.SCAN, street, START, code="street/t9")]
        if number < 10:
            touches += [_touch(TouchKind.CONTACT_ADDED, mall, START + HOUR, by="ann")]
        if number < 4:
            touches += [_touch(TouchKind.CONTACT_ADDED, street, START + HOUR, by="bea")]
            touches += [_touch(TouchKind.VISIT, street, START + 40 * DAY, code="street/t9")]
        if number < 2:
            touches += [_touch(TouchKind.VISIT, mall, START + 40 * DAY, code="till-mall-t1")]
    touches += [_touch(TouchKind.CONTACT_REMOVED, "m9", START + DAY, by="ann")]
    TakeIn(workspace).take(touches)
    first, second = stores(workspace, around={"street": 200, "mall": 400})
    assert (first.store.name, first.store.came, first.store.added, first.store.retained) == ("street", 20, 4, 4)
    assert (second.store.name, second.store.added, second.store.retained) == ("mall", 10, 2)
    assert (first.weakest, second.weakest) == ("added", "retained")
    ann, bea = sorted(staff(workspace), key=lambda row: row.staff)
    assert [row.staff for row in staff(workspace)] == ["bea", "ann"]  # fewer added, more stayed
    assert (ann.added, ann.grown, ann.retained, ann.left) == (10, 10, 2, 1)
    assert (bea.added, bea.retained) == (4, 4)
