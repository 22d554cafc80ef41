"""Baits: once a person over all accounts, while there are some, here and now; judged by the people who stay."""

from pathlib import Path

import pytest

from siyu.app.bringing_in.baits import claim, decide, hand_over, keep_bait, refusals, results, told
from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.conflicts import conflict
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


def test_claims_that_are_not_given_keep_their_reason_and_a_doubtful_one_is_decided_by_staff(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    TakeIn(workspace).take([_said(TouchKind.SCAN, NOW, name) for name in ("m1", "m2", "m3", "m4")])
    keep_bait(workspace, {"name": "tote", "cost_minor": 600, "stock": 3, "places": ["north"]})
    claim(workspace, "tote", 1, place="north")
    with workspace.database.write() as connection:
        for number, (left, decision) in {2: (1, ""), 3: (1, "apart"), 4: (3, "")}.items():
            case = {"reason": "alike", "detail": "", "probability": 0.7, "suggestion": "look", "opened_at_us": NOW}
            key = number.to_bytes(16, "big")
            connection.execute(
                conflict.insert(),
                {**case, "conflict_id": key, "left_id": left, "right_id": number, "decision": decision},
            )
    with pytest.raises(RefusedError, match="look at this ourselves"):
        claim(workspace, "tote", 2, place="north")  # may be person 1, who has had it
    with pytest.raises(RefusedError, match="not offered"):
        claim(workspace, "tote", 3, place="south")
    claim(workspace, "tote", 4, place="north")  # may be person 3, who has had nothing
    clock.advance_to(NOW + HOUR)
    with pytest.raises(RefusedError, match="had it already"):
        claim(workspace, "tote", 1, place="north")
    kept = refusals(workspace)
    assert [(one["person"], one["reason"], one["state"]) for one in kept] == [
        (2, "doubtful", "doubtful"), (1, "had_it", "refused"), (3, "not_offered", "refused"),
    ]  # fmt: skip
    given = decide(workspace, kept[0]["refusal"], give=True)
    assert given["state"] == "given"
    hand_over(workspace, given["claim"], proof="till 7")
    with pytest.raises(BadInputError, match="no doubtful claim"):
        decide(workspace, kept[0]["refusal"], give=True)
    with pytest.raises(BadInputError, match="no doubtful claim"):
        decide(workspace, kept[1]["refusal"], give=False)
    with pytest.raises(RefusedError, match="none left"):
        claim(workspace, "tote", 3, place="north")
    assert told(results(workspace)[0])["claimed"] == 3


def test_a_claim_that_staff_deny_is_not_given(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    TakeIn(workspace).take([_said(TouchKind.SCAN, NOW, name) for name in ("m1", "m2")])
    keep_bait(workspace, {"name": "tote", "cost_minor": 600, "stock": 1})
    with workspace.database.write() as connection:
        case = {"reason": "alike", "detail": "", "probability": 0.7, "suggestion": "look", "opened_at_us": NOW}
        connection.execute(
            conflict.insert(), {**case, "conflict_id": b"c" * 16, "left_id": 2, "right_id": 1, "decision": ""}
        )
    claim(workspace, "tote", 2)
    keep_bait(workspace, {"name": "tote", "cost_minor": 600, "stock": 2})
    with pytest.raises(RefusedError, match="look at this"):
        claim(workspace, "tote", 1)
    (waits,) = refusals(workspace)
    assert decide(workspace, waits["refusal"], give=False) == {"refusal": waits["refusal"], "state": "denied"}
    assert [one["state"] for one in refusals(workspace)] == ["denied"]
    assert told(results(workspace)[0])["claimed"] == 1
