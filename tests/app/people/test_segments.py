from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.lake import flush
from siyu.app.people import identity
from siyu.app.people.presets import preset_segments
from siyu.app.people.segments import kept_segments, members_of, read_segment_file, refresh
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.people.segment_language import read_segments
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    yield opened
    opened.close()


def _did(name: str, kind: TouchKind, days_ago: float, value: int = 0, channel: str = "store") -> Touch:
    at = round(_NOW - days_ago * DAY)
    return touch(channel, kind, actors=(Identifier("member_no", name),), event_key=f"{name}{kind}{days_ago}",
                 happened_at_us=at, received_at_us=at, value_minor=value)  # fmt: skip


def _number(workspace: Workspace, name: str) -> int:
    with workspace.database.read() as connection:
        return identity.find(workspace, f"member_no:{name}", connection)[1]


_FAITHFUL = """
name: faithful
all:
  - did: order_paid
    at_least: 2
    in: 30d
  - not: {did: complaint, in: 90d}
"""


def test_a_segment_counts_the_lake_and_what_waits_for_it(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    paid, angry = TouchKind.ORDER_PAID, TouchKind.COMPLAINT
    door.take([_did("a", paid, 20), _did("b", paid, 20), _did("b", paid, 3), _did("b", angry, 2)])
    flush(workspace)
    door.take([_did("a", paid, 2), _did("c", paid, 1)])
    (found,) = members_of(workspace, read_segments(_FAITHFUL))
    assert found.tolist() == [_number(workspace, "a")]


def test_entering_and_leaving_are_touches_and_a_segment_may_name_another(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_did("a", TouchKind.ORDER_PAID, 20), _did("a", TouchKind.ORDER_PAID, 2)])
    segments = read_segments(_FAITHFUL)
    (first,) = refresh(workspace, segments)
    assert (first.people, first.entered, first.left) == (1, 1, 0)
    (again,) = refresh(workspace, segments)
    assert (again.entered, again.left) == (0, 0)
    (found,) = members_of(workspace, read_segments("name: b\nall:\n  - segment: faithful\n  - did: order_paid"))
    assert found.size == 1
    door.take([_did("a", TouchKind.COMPLAINT, 1)])
    (left,) = refresh(workspace, segments)
    assert (left.people, left.left) == (0, 1)
    assert kept_segments(workspace)[0]["people"] == 0
    with workspace.database.read() as connection:
        kinds = connection.execute(select(touch_table.c.kind).where(touch_table.c.about == "faithful")).scalars().all()
    assert kinds == [int(TouchKind.SEGMENT_ENTERED), int(TouchKind.SEGMENT_LEFT)]


def test_stage_reach_and_consent_come_from_the_store(workspace: Workspace) -> None:
    TakeIn(workspace).take([
        _did("a", TouchKind.CONTACT_ADDED, 5, channel="wecom"),
        _did("a", TouchKind.CONSENT_GIVEN, 5, channel="wecom"),
        _did("b", TouchKind.ORDER_PAID, 5),
    ])  # fmt: skip
    text = "- {name: a, all: [{stage: retention}, {reachable: wecom}, {consent: marketing}]}\n"
    text += "- {name: b, all: [{stage: monetisation}]}"
    one, other = members_of(workspace, read_segments(text))
    assert (one.tolist(), other.tolist()) == ([_number(workspace, "a")], [_number(workspace, "b")])


def test_every_preset_can_be_measured(workspace: Workspace) -> None:
    TakeIn(workspace).take([_did("a", TouchKind.ORDER_PAID, days) for days in (2, 12, 22)])
    presets = preset_segments(workspace)
    found = dict(zip(presets, members_of(workspace, list(presets.values())), strict=True))
    assert found["active"].size == found["new"].size == 1
    assert found["lost"].size == found["silent"].size == 0


def test_what_is_not_there_is_one_clear_error(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_segment_file(tmp_path / "none.yaml", workspace)
    for text, what in (("segment: x", "no segment 'x'"), ("{score: x, at_least: 1}", "no score 'x'")):
        with pytest.raises(BadInputError, match=what):
            members_of(workspace, read_segments(f"name: a\nall:\n  - {text}"))


def test_a_segment_may_name_another_of_its_file_and_a_score_nobody_published(workspace: Workspace) -> None:
    text = """
- name: both
  all: [{segment: buyers}, {score: trust, at_least: 0}]
- name: buyers
  all: [{did: order_paid}]
- name: few
  all: [{score: participation, at_most: 1}]
"""
    TakeIn(workspace).take([_did("a", TouchKind.ORDER_PAID, 2), _did("b", TouchKind.VISIT, 2)])
    both, buyers, few = members_of(workspace, read_segments(text))
    assert both.tolist() == buyers.tolist() == [_number(workspace, "a")]
    assert few.size == 0
    with pytest.raises(BadInputError, match="names itself"):
        members_of(workspace, read_segments("- name: a\n  all: [{segment: b}]\n- name: b\n  all: [{segment: a}]"))
