"""Gradual adding at work: named from purchases and messages only, paced, booked, and told to slow down by the noes."""

from pathlib import Path

import pytest

from siyu.app.bringing_in.adding import accounts, asked, sources, told
from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.touchpoints.adding import Alarm, Pace
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY


def _said(kind: TouchKind, who: str, at: int, *, staff: str = "") -> Touch:
    return touch(
        "wecom", kind, happened_at_us=at, received_at_us=at, actors=(Identifier("member_no", who),), staff=staff,
        value_minor=100 if kind is TouchKind.ORDER_PAID else 0,
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    opened = open_workspace(tmp_path, clock=VirtualClock(NOW + DAY), create=True)
    door = TakeIn(opened)
    door.take([_said(TouchKind.ORDER_PAID, f"m{number:02d}", NOW + number) for number in range(30)])
    door.take([_said(TouchKind.VIEW, "looker", NOW), _said(TouchKind.CONTACT_ADDED, "friend", NOW, staff="ann")])
    return opened


def test_only_buyers_who_are_no_contact_are_named_and_as_many_as_the_pace_allows(workspace: Workspace) -> None:
    (ann,) = accounts(workspace)
    assert (ann.staff, ann.left_today, len(ann.people), ann.pace.alarm) == ("ann", 5, 5, Alarm.NONE)
    assert told(ann)["pace"]["alarm"] == "none"
    first = ann.people[0]
    assert asked(workspace, first, "ann") == {"person": first, "staff": "ann", "basis": "bought", "left_today": 4}
    (ann,) = accounts(workspace)
    assert (ann.asked_today, ann.left_today) == (1, 4)
    assert first not in ann.people
    with pytest.raises(RefusedError, match="asked before"):
        asked(workspace, first, "ann")
    for person in ann.people:
        asked(workspace, person, "ann")
    rest = accounts(workspace, Pace(first_day=20))[0].people
    with pytest.raises(RefusedError, match="enough people today"):
        asked(workspace, rest[0], "ann")
    with pytest.raises(BadInputError, match="no person"):
        asked(workspace, 999_999, "ann")


def test_who_only_looked_is_not_asked(workspace: Workspace) -> None:
    named = set(accounts(workspace, Pace(first_day=60))[0].people)
    assert len(named) == 30
    looker = next(person for person in range(1, 40) if person not in named and person <= 32)
    with pytest.raises(RefusedError, match="bought nothing and asked for nothing"):
        asked(workspace, looker, "ann")


def test_many_noes_slow_an_account_down_by_themselves(workspace: Workspace) -> None:
    clock, pace = workspace.clock, Pace(first_day=8, growth=1.0, most_a_day=8)
    assert isinstance(clock, VirtualClock)
    for _day in range(3):
        for person in accounts(workspace, pace)[0].people:
            asked(workspace, person, "ann", pace=pace)
        clock.advance_to(clock.now_us() + DAY + HOUR)
    (ann,) = accounts(workspace, pace)
    assert (ann.asked, ann.accepted) == (8 + 4 + 2, 0)  # halved from day to day
    assert (ann.pace.alarm, ann.left_today, len(ann.people)) == (Alarm.SLOW, 1, 1)


def test_acceptance_is_told_by_source_with_an_alarm(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    for number in range(30):
        who, at = f"m{number:02d}", NOW + 2 * HOUR + number
        source = Identifier("member_no", who)
        door.take(
            [
                touch(
                    "store", TouchKind.SCAN, happened_at_us=NOW - HOUR + number, received_at_us=NOW, actors=(source,),
                    source_code="street" if number < 20 else "mall",
                ),
                _said(TouchKind.CONTACT_REQUESTED, who, at, staff="ann"),
            ]
        )  # fmt: skip
        if number >= 22:
            door.take([_said(TouchKind.CONTACT_ADDED, who, at + HOUR, staff="ann")])
    street, mall = sources(workspace)
    assert (street.source, street.asked, street.accepted, street.alarm) == ("street", 20, 0, "slow")
    assert (mall.source, mall.asked, mall.accepted, mall.alarm) == ("mall", 10, 8, "none")
    assert street.high < 0.4 < mall.high
