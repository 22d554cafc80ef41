from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.people import identity
from siyu.app.people.portraits import learn, portrait_page, tag, untag
from siyu.app.people.presets import preset_segments
from siyu.app.people.scores import publish_scores
from siyu.app.people.segments import members_of
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.stores.sql.portraits import people_under_14
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    yield opened
    opened.close()


def _said(name: str, days_ago: int, kind: TouchKind = TouchKind.VISIT, **more: Any) -> Touch:
    at = _NOW - days_ago * DAY
    return touch("wecom", kind, actors=(Identifier("member_no", name),), event_key=f"{name}/{days_ago}",
                 happened_at_us=at, received_at_us=at, account="corp", **more)  # fmt: skip


def _person(workspace: Workspace, name: str) -> int:
    with workspace.database.read() as connection:
        return identity.find(workspace, f"member_no:{name}", connection)[1]


def test_a_move_of_house_is_history_and_then_is_answered(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_said("a", 30, traits={"city": "成都市", "name": "王芳"})])
    door.take([_said("a", 3, traits={"city": "上海"}), _said("a", 2, traits={"city": "上海"})])
    person = _person(workspace, "a")
    now, then = portrait_page(workspace, person), portrait_page(workspace, person, at_us=_NOW - 10 * DAY)
    assert (now["portrait"]["city"].value, now["portrait"]["city_tier"].value) == ("上海", "1")
    assert (then["portrait"]["city"].value, then["portrait"]["city_tier"].value) == ("成都市", "1.5")
    assert [one.value for one in now["history"] if one.field == "city"] == ["成都市", "上海"]
    assert "王芳" not in str(now)


def test_the_portrait_follows_its_identifier_through_merge_and_split(workspace: Workspace) -> None:
    TakeIn(workspace).take([_said("a", 9), _said("b", 5, traits={"city": "厦门"})])
    identity.merge(workspace, "member_no:a", "member_no:b")
    assert portrait_page(workspace, _person(workspace, "a"))["portrait"]["city_tier"].value == "2"
    identity.split(workspace, "member_no:b")
    assert portrait_page(workspace, _person(workspace, "a"))["portrait"] == {}
    assert portrait_page(workspace, _person(workspace, "b"))["portrait"]["city"].value == "厦门"


def test_a_platforms_set_of_tags_takes_off_what_it_leaves_out(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_said("a", 9, TouchKind.CONTACT_EDITED, properties={"tags": "VIP,老客"})])
    person = _person(workspace, "a")
    tag(workspace, "member_no:a", "hand")
    door.take([_said("a", 5, TouchKind.CONTACT_EDITED, properties={"tags": "VIP"})])
    door.take([_said("a", 7, TouchKind.CONTACT_EDITED, properties={"tags": "old"})])  # came late
    page = portrait_page(workspace, person)
    assert {(one.name, one.source) for one in page["tags"]} == {("VIP", "wecom/corp"), ("hand", "operator")}
    assert [(one.name, one.until_us) for one in page["tags_ended"]] == [("老客", _NOW - 5 * DAY)]


def test_a_tag_expires_and_is_taken_off_by_hand(workspace: Workspace) -> None:
    TakeIn(workspace).take([_said("a", 100, TouchKind.LIKE, properties={"topic": "母婴"}), _said("a", 1)])
    person = _person(workspace, "a")
    assert [one.name for one in portrait_page(workspace, person)["tags_ended"]] == ["interest:母婴"]
    tag(workspace, "member_no:a", "trial", days=7)
    assert portrait_page(workspace, person, at_us=_NOW + 8 * DAY)["tags"] == []
    assert [one.name for one in portrait_page(workspace, person)["tags"]] == ["trial"]
    untag(workspace, "member_no:a", "trial")
    assert portrait_page(workspace, person)["tags"] == []
    with pytest.raises(BadInputError, match="no tag"):
        untag(workspace, "member_no:a", "trial")


def test_city_presets_find_people_by_tier(workspace: Workspace) -> None:
    TakeIn(workspace).take(
        [_said("a", 1, traits={"city": "成都"}), _said("b", 1, traits={"city": "唐山"}), _said("c", 1)]
    )
    presets = preset_segments(workspace)
    first, lower = members_of(workspace, [presets["city_first_tier"], presets["city_lower_tier"]])
    assert (first.tolist(), lower.tolist()) == ([_person(workspace, "a")], [_person(workspace, "b")])


def test_a_childs_birthday_reaches_the_guard_and_stays_when_somebody_says_otherwise(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_said("a", 9, traits={"birthday": "2015-01-01"}), _said("b", 9, traits={"birthday": "1990-01-01"})])
    learn(workspace, "member_no:a", "age_band", "25_34")
    with workspace.database.read() as connection:
        found = people_under_14(connection, [_person(workspace, "a"), _person(workspace, "b")])
    assert found == {_person(workspace, "a")}


def test_a_stage_has_its_history(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_said("a", 9, TouchKind.CONTACT_ADDED)])
    assert publish_scores(workspace)["stages_changed"] == 1
    door.take([_said("a", 1, TouchKind.ORDER_PAID, value_minor=100)])
    clock = workspace.clock
    assert isinstance(clock, VirtualClock)
    clock.advance_to(_NOW + DAY)
    publish_scores(workspace)
    assert publish_scores(workspace)["stages_changed"] == 0
    history = portrait_page(workspace, _person(workspace, "a"))["history"]
    assert [one.value for one in history if one.field == "stage"] == ["retention", "monetisation"]


def test_a_field_nobody_knows_is_one_clear_error(workspace: Workspace) -> None:
    TakeIn(workspace).take([_said("a", 9)])
    for field, value in (("shoe_size", "42"), ("stage", "contact"), ("city", " ")):
        with pytest.raises(BadInputError):
            learn(workspace, "member_no:a", field, value)


def test_staff_are_set_apart_and_join_nobody_any_more(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    both = (Identifier("member_no", "a"), Identifier("phone", "13800138000"))
    door.take([touch("store", TouchKind.VISIT, actors=both, event_key="1", happened_at_us=_NOW - DAY,
                     received_at_us=_NOW - DAY)])  # fmt: skip
    said = identity.set_apart(workspace, "phone:13800138000", why="staff", detail="till of shop 3")
    assert list(said["moved"]) == [said["identifier"]]
    door.take([touch("store", TouchKind.VISIT, actors=both, event_key="2", happened_at_us=_NOW - DAY,
                     received_at_us=_NOW - DAY)])  # fmt: skip
    assert _person(workspace, "a") != said["person"]
    with pytest.raises(BadInputError, match="no reason"):
        identity.set_apart(workspace, "member_no:a", why="rude")
