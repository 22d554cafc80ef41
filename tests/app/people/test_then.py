from pathlib import Path

import pytest

from app.cli.command_line import Siyu
from siyu.app.clock import VirtualClock
from siyu.app.people import identity
from siyu.app.people.consents import decide
from siyu.app.people.then import person_then
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000  # 2026-06-10


def _said(days_ago: int, kind: TouchKind, *actors: Identifier, value: int = 0, **traits: str) -> Touch:
    at = _NOW - days_ago * DAY
    return touch("wecom", kind, actors=actors, event_key=f"{kind}/{days_ago}", account="corp", happened_at_us=at,
                 received_at_us=at, value_minor=value, traits=traits)  # fmt: skip


def test_a_person_is_shown_as_they_were_known_that_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    member, phone = Identifier("member_no", "7"), Identifier("phone", "13800138000")
    clock = VirtualClock(_NOW)
    with open_workspace(tmp_path / "ws", clock=clock, create=True) as workspace:
        door = TakeIn(workspace)
        for one in (
            _said(100, TouchKind.CONTACT_ADDED, member, city="成都"),
            _said(90, TouchKind.ORDER_PAID, member, value=500),
            _said(40, TouchKind.MESSAGE_IN, member, phone),
            _said(30, TouchKind.CONTACT_REMOVED, member),
            _said(20, TouchKind.ORDER_REFUNDED, member, value=-500),
            _said(10, TouchKind.COMPLAINT, member, city="上海"),
        ):
            door.take([one])
        decide(workspace, "member_no:7", "marketing", granted=False, channel="", text="", proof="")
        with workspace.database.read() as connection:
            number = identity.find(workspace, "member_no:7", connection)[1]
        then = person_then(workspace, number, _NOW - 60 * DAY)
        later = person_then(workspace, number, _NOW - 25 * DAY)
    assert [one["namespace"] for one in then["identifiers"]] == ["member_no"]
    assert (then["person"]["orders"], then["person"]["paid_minor"], then["person"]["owned"]) == (1, 500, True)
    assert (then["portrait"]["city"].value, then["events_in_all"], then["consents"]) == ("成都", 2, [])
    assert [one["until_us"] for one in then["relations"]] == [None]
    assert [one["until_us"] for one in later["relations"]] == [_NOW - 30 * DAY]
    trust = {one["name"]: one["value"] for one in then["scores"]}["trust"]
    assert trust == 50, "neither the complaint nor the refund had happened"
    assert {one["name"]: one["value"] for one in later["scores"]}["trust"] < 50, "they had removed us"
    shown = Siyu(tmp_path / "ws", capsys).answered("people", "show", "member_no:7", "--at", "2026-04-11")
    assert (shown["portrait"]["city"]["value"], shown["events_in_all"]) == ("成都", 2)
