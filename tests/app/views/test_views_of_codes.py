"""What a live code brought: people of the first scan, who joined and bought afterwards, in the brand's money."""

from pathlib import Path

from siyu.app.clock import VirtualClock
from siyu.app.lake import flush
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.take_in import TakeIn
from siyu.app.views.kept import KEPT
from siyu.app.views.live_codes import Brought, live_codes
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import Visitor
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY


def _touch(kind: TouchKind, who: str, at: int, *, code: str = "", value: int = 0, currency: str = "CNY") -> Touch:
    return touch(
        "store", kind, happened_at_us=at, received_at_us=at, actors=(Identifier("anonymous_id", who * 11),),
        source_code=code, value_minor=value, currency=currency,
    )  # fmt: skip


def test_a_code_brings_those_who_scanned_it_first_and_what_they_did_since(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    KEPT.forget()
    assert live_codes(workspace) == []
    for code in ("till", "door"):
        to = [{"name": "ann", "kind": "staff", "url": "https://a.b/"}]
        plan = {"code": code, "routes": [{"to": to}], "fallback": {"name": "page", "url": "https://a.b/"}}
        change_code(workspace, plan)
    desk = CodeDesk(workspace)
    desk.route_all([Scan("till", Visitor(name="aa"), NOW - 2 * DAY), Scan("till", Visitor(name="bb"), NOW)])
    desk.close()
    door = TakeIn(workspace)
    door.take([
        _touch(TouchKind.ORDER_PAID, "aa", NOW - 9 * DAY, value=9_900),  # before the scan: not brought
        _touch(TouchKind.SCAN, "aa", NOW - 2 * DAY, code="till"),
        _touch(TouchKind.CONTACT_ADDED, "aa", NOW - 2 * DAY + MINUTE),
        _touch(TouchKind.ORDER_PAID, "aa", NOW - DAY, value=5_000),
        _touch(TouchKind.ORDER_PAID, "aa", NOW - DAY, value=700, currency="USD"),
    ])  # fmt: skip
    flush(workspace)
    door.take([
        _touch(TouchKind.ORDER_REFUNDED, "aa", NOW - HOUR, value=-1_000),
        _touch(TouchKind.SCAN, "aa", NOW - HOUR, code="door"),  # scanned another first
        _touch(TouchKind.SCAN, "bb", NOW, code="till"),
    ])  # fmt: skip
    KEPT.forget()
    till, sign = live_codes(workspace)
    assert (till.code.code, till.scans, till.today) == ("till", 2, 1)
    assert till.brought == Brought(people=2, added=1, bought=1, value_minor=4_000)
    assert list(till.routing) == [("ann", 1, 2, "fair")]
    assert sign.brought == Brought()
    workspace.close()
