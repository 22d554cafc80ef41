from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.people import identity
from siyu.app.people.match_keep import keep_pairs
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000
_PAIRS = [("a", "b", 0.999), ("c", "d", 0.9), ("e", "f", 0.3), ("a", "nobody", 0.999)]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    TakeIn(opened).take([
        touch("store", TouchKind.VISIT, actors=(Identifier("member_no", name),), event_key=name,
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY)
        for name in "abcdef"
    ])  # fmt: skip
    yield opened
    opened.close()


def _person(workspace: Workspace, name: str) -> int:
    with workspace.database.read() as connection:
        return identity.find(workspace, f"member_no:{name}", connection)[1]


def test_two_thresholds_suggest_ask_and_leave_alone(workspace: Workspace) -> None:
    kept = keep_pairs(workspace, _PAIRS, namespace="member_no", lower=0.8, upper=0.99)
    assert (kept.queued, kept.below, kept.unknown, kept.merged) == (2, 1, 1, 0)
    waiting = identity.conflicts(workspace)
    assert {(one["suggestion"], one["reason"]) for one in waiting} == {("merge", "alike"), ("look", "alike")}
    assert len({_person(workspace, name) for name in "abcdef"}) == 6  # weak evidence joins nobody
    again = keep_pairs(workspace, _PAIRS, namespace="member_no", lower=0.8, upper=0.99)
    assert again.queued == 0
    sure = next(one for one in waiting if one["suggestion"] == "merge")
    identity.settle(workspace, sure["conflict"], "merge")
    assert _person(workspace, "a") == _person(workspace, "b")


def test_sure_pairs_are_merged_when_asked_and_what_was_decided_stays(workspace: Workspace) -> None:
    kept = keep_pairs(workspace, _PAIRS, namespace="member_no", lower=0.8, upper=0.99, merge_sure=True)
    assert (kept.merged, kept.queued) == (1, 1)
    assert _person(workspace, "a") == _person(workspace, "b")
    assert [one["suggestion"] for one in identity.conflicts(workspace)] == ["look"]
    identity.split(workspace, "member_no:b")
    again = keep_pairs(workspace, _PAIRS, namespace="member_no", lower=0.8, upper=0.99, merge_sure=True)
    assert again.merged == 0
    assert _person(workspace, "a") != _person(workspace, "b")


def test_thresholds_that_make_no_sense_are_one_clear_error(workspace: Workspace) -> None:
    with pytest.raises(BadInputError, match="two thresholds"):
        keep_pairs(workspace, _PAIRS, namespace="member_no", lower=0.9, upper=0.5)
