from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.people.consents import decide, history
from siyu.app.people.scores import explain_scores, publish_scores
from siyu.app.people.segments import members_of
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.people.consent import ConsentRecord, may_personalise
from siyu.people.segment_language import read_segments
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000


def test_consent_is_kept_with_its_proof_and_scores_are_published(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    actor = Identifier("phone", "13800138000")
    at = _NOW - DAY
    TakeIn(workspace).take(
        [touch("store", TouchKind.ORDER_PAID, actors=(actor,), happened_at_us=at, received_at_us=at, value_minor=900)]
    )
    person = "phone:13800138000"
    with pytest.raises(BadInputError, match="proof"):
        decide(workspace, person, "marketing", granted=True, channel="", text="v1", proof="")
    with pytest.raises(BadInputError, match="no purpose"):
        decide(workspace, person, "fun", granted=True, channel="", text="v1", proof="form")
    decide(workspace, person, "marketing", granted=True, channel="", text="v1", proof="form-7")
    told = decide(workspace, person, "ads_upload", granted=False, channel="", text="", proof="")
    assert {one["purpose"]: one["granted"] for one in told["allows"]} == {"marketing": True, "ads_upload": False}
    assert len(history(workspace, person)["decisions"]) == 2
    assert publish_scores(workspace)["people"] == 1
    (trust,) = (one for one in explain_scores(workspace, person)["scores"] if one["name"] == "trust")
    assert trust["made_of"]["orders"] == 1
    (found,) = members_of(workspace, read_segments("name: a\nall: [{score: trust, at_least: 50}]"))
    assert found.size == 1
    workspace.close()


def test_personal_content_holds_until_it_is_refused() -> None:
    refused = ConsentRecord(1, "personalised", "", False, "", "chat", 5)
    assert may_personalise([])
    assert not may_personalise([refused])
    assert may_personalise([refused, ConsentRecord(1, "personalised", "", True, "v1", "form", 6)])


def test_a_withdrawal_on_a_channel_that_is_none_is_refused_and_not_forgotten(tmp_path: Path) -> None:
    with (
        open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True) as workspace,
        pytest.raises(BadInputError, match="no channel"),
    ):
        decide(workspace, "1", "marketing", granted=False, channel="wecomm", text="", proof="")
