"""Baits: once a person over all accounts, while there are some, here and now; judged by the people who stay."""

from pathlib import Path

import pytest

from siyu.app.bringing_in.baits import claim, hand_over, keep_bait, results, told
from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY + 10 * HOUR  # 18:00 in Shanghai


def _said(kind: TouchKind, at: int, *who: str) -> Touch:
    actors = tuple(Identifier("member_no" if one[0] == "m" else "external_userid@c", one) for one in who)
    return touch("store", kind, happened_at_us=at, received_at_us=at, actors=actors)


def test_a_bait_is_claimed_once_handed_over_and_judged_by_who_stays(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    door = TakeIn(workspace)
    door.take([_said(TouchKind.SCAN, NOW, name) for name in ("m1", "m2", "m3", "wmAAAAAA1")])
    keep_bait(workspace, {"name": "tote", "cost_minor": 600, "stock": 3, "places": ["north"], "hours": [17, 22]})
    first = claim(workspace, "tote", 1, place="north")
    assert first["left"] == 2
    with pytest.raises(RefusedError, match="not offered here"):
        claim(workspace, "tote", 2, place="south")
    claim(workspace, "tote", 2, place="north")
    hand_over(workspace, first["claim"], proof="till 7")
    with pytest.raises(BadInputError, match="no open claim"):
        hand_over(workspace, first["claim"], proof="again")
    # the contact turns out to be member 1, who has had it
    door.take([_said(TouchKind.VISIT, NOW + HOUR, "m1", "wmAAAAAA1")])
    with pytest.raises(RefusedError, match="under this or another account"):
        claim(workspace, "tote", 1, place="north")
    door.take([_said(TouchKind.ORDER_PAID, NOW + 2 * DAY, "m2"), _said(TouchKind.ORDER_PAID, NOW + 40 * DAY, "m1")])
    clock.advance_to(NOW + 61 * DAY)
    (one,) = results(workspace)
    assert told(one) == {
        "bait": "tote", "cost_minor": 600, "left": 1, "claimed": 2, "kept": 1, "returned": 2, "retained": 1,
        "cost_per_retained_minor": 600.0,
    }  # fmt: skip
    claim(workspace, "tote", 3, place="north")
    door.take([_said(TouchKind.SCAN, NOW + 61 * DAY, "m4")])
    with pytest.raises(RefusedError, match="0 left"):
        claim(workspace, "tote", 5, place="north")


@pytest.mark.parametrize(
    "written",
    [{}, {"name": "x", "cost_minor": 1, "stock": 1, "colour": "red"}, {"name": "x", "cost_minor": 1.5, "stock": 1}],
)
def test_a_wrong_bait_is_refused(tmp_path: Path, written: dict[str, object]) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    with pytest.raises(BadInputError):
        keep_bait(workspace, written)
    with pytest.raises(BadInputError, match="no bait"):
        claim(workspace, "x", 1)
