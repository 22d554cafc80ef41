"""A campaign from plan to payment through the loop: touches in, people recognised, rewards matured, books right."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from siyu.app.cli.fission import plan as plan_command
from siyu.app.cli.ledger import verify
from siyu.app.clock import VirtualClock
from siyu.app.fission.campaign import keep_plan, status
from siyu.app.fission.settling import settle
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.loyalty.ledger import problems_of
from siyu.stores.sql.ledger import SqlLedger
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

START = 20_000 * DAY
PLAN: dict[str, Any] = {
    "name": "spring",
    "communication": {"variants": ["a", "b"], "need": "asked"},
    "mechanism": {
        "must_answer": True,
        "stages": [
            {"retained": 1, "gives": "cash", "amount_minor": 500, "each": True},
            {"retained": 2, "gives": "points", "amount_minor": 100},
        ],
    },
    "control": {"budget_minor": 1_600, "cap_per_person_minor": 1_500, "invitee_value_minor": 2_000},
}


def _touch(kind: TouchKind, who: str, at: int, *, about: str = "", also: str = "", **properties: str) -> Touch:
    space = "openid@m" if who.endswith("2") else "external_userid@c"  # the same person may have a name in each
    actors = (Identifier(space, f"wmAAAAAA{who}"), *([Identifier("unionid@c", f"oAAAAAA{also}")] if also else []))
    return touch(
        "wecom",
        kind,
        happened_at_us=at,
        received_at_us=at,
        actors=actors,
        about=about,
        staff="s",
        properties=properties,
    )


def _came(who: str, at: int, code: str, **more: str) -> list[Touch]:
    return [
        _touch(TouchKind.CONTACT_ADDED, who, at),
        _touch(TouchKind.INVITE_ACCEPTED, who, at, about=code, **more),
    ]


def _open(folder: Path) -> tuple[Workspace, VirtualClock]:
    clock = VirtualClock(START)
    return open_workspace(folder, clock=clock, create=True), clock


def _books(workspace: Workspace) -> list[str]:
    with workspace.database.read() as connection:
        ledger = SqlLedger(connection)
        assert ledger.totals() == ledger.kept_balances()
        return problems_of(ledger.all())


def test_a_reward_is_promised_matures_on_retention_is_paid_and_can_be_taken_back(tmp_path: Path) -> None:
    workspace, clock = _open(tmp_path)
    keep_plan(workspace, plan_of(PLAN))
    door = TakeIn(workspace)
    door.take([_touch(TouchKind.CONTACT_ADDED, "old", START - DAY)])
    door.take(
        [
            _touch(TouchKind.INVITE, "anna", START, about="K1", campaign="spring"),
            *_came("ben", START + HOUR, "K1"),
            *_came("cy", START + 2 * HOUR, "K1"),
            *_came("old", START + 3 * HOUR, "K1"),
            *_came("di", START + 4 * HOUR, "K1"),
            *_came("ed", START + 5 * HOUR, "K1"),
        ]
    )
    clock.advance_to(START + DAY)
    first = settle(workspace, "spring")
    assert first["steps"] == {"over_cap": 1, "promise": 3, "wait": 3}  # old was known before; ed is over the cap
    assert first["budget_left_minor"] == 100
    assert settle(workspace, "spring")["steps"] == {"over_cap": 1, "wait": 3}
    door.take([_touch(TouchKind.MESSAGE_IN, who, START + 2 * DAY) for who in ("ben", "cy")])
    door.take([_touch(TouchKind.CONTACT_REMOVED, "di", START + 3 * DAY)])
    clock.advance_to(START + 8 * DAY)
    second = settle(workspace, "spring", pay_out=True)
    assert (second["steps"]["mature"], second["steps"]["forfeit"]) == (2, 1)
    assert second["paid_minor"] == 1_000
    assert second["points_given"] == 1
    assert second["budget_left_minor"] == 600  # what di's reward gave back
    assert _books(workspace) == []
    door.take([_touch(TouchKind.CONTACT_REMOVED, "ben", START + 9 * DAY)])
    clock.advance_to(START + 10 * DAY)
    third = settle(workspace, "spring")
    assert third["steps"]["claw_back"] == 1
    assert third["rewards"]["clawed_back"] == {"rewards": 1, "amount_minor": 500}
    shown = status(workspace, "spring")
    assert shown["invitations"] == {
        "accepted": 5, "of_oneself": 0, "of_somebody_already_in": 0, "counted": 5, "of_people_known_before": 1,
    }  # fmt: skip
    assert [one["members"] for one in shown["generations"]] == [1, 5]
    assert _books(workspace) == []
    workspace.close()


def test_two_accounts_that_turn_out_to_be_one_person_are_rewarded_once(tmp_path: Path) -> None:
    workspace, clock = _open(tmp_path)
    keep_plan(workspace, plan_of(PLAN))
    door = TakeIn(workspace)
    door.take([_touch(TouchKind.INVITE, "anna", START, about="K1", campaign="spring"), *_came("ben", START + 1, "K1"),
               *_came("ben2", START + 2, "K1")])  # fmt: skip
    clock.advance_to(START + HOUR)
    assert settle(workspace, "spring")["steps"]["promise"] == 2
    door.take([_touch(TouchKind.MESSAGE_IN, "ben", START + DAY, also="u")])
    door.take([_touch(TouchKind.MESSAGE_IN, "ben2", START + DAY, also="u")])
    clock.advance_to(START + 8 * DAY)
    found = settle(workspace, "spring", pay_out=True)
    assert (found["steps"]["mature"], found["steps"]["forfeit"], found["paid_minor"]) == (1, 1, 500)
    assert _books(workspace) == []
    workspace.close()


def test_a_suspected_inviter_waits_for_a_person_and_is_paid_when_cleared(tmp_path: Path) -> None:
    workspace, clock = _open(tmp_path)
    written = {**PLAN, "mechanism": {**PLAN["mechanism"], "must_answer": False},
               "control": {**PLAN["control"], "budget_minor": 100_000, "cap_per_person_minor": 50_000}}  # fmt: skip
    keep_plan(workspace, plan_of(written))
    door = TakeIn(workspace)
    door.take([_touch(TouchKind.INVITE, "anna", START, about="K1", campaign="spring")])
    for number in range(9):
        door.take(_came(f"f{number}", START + number * HOUR, "K1", device="one phone"))
    clock.advance_to(START + 9 * DAY)
    held = settle(workspace, "spring", pay_out=True)
    assert held["steps"]["review"] == 9
    assert held["paid_minor"] == 0
    suspect = status(workspace, "spring")["to_look_at"][0]
    assert suspect["reasons"] == ["invitees share devices or addresses"]
    paid = settle(workspace, "spring", pay_out=True, cleared=[suspect["person"]])
    assert paid["paid_minor"] == 4_500
    workspace.close()


@pytest.mark.parametrize(("least", "because"), [(0.3, "only 17% of 60 invitees stayed 7 days"), (0.1, "are in doubt")])
def test_a_campaign_stops_itself_where_too_few_stay_or_too_many_are_in_doubt(
    least: float, because: str, tmp_path: Path
) -> None:
    workspace, clock = _open(tmp_path)
    keep_plan(workspace, plan_of(PLAN | {"control": PLAN["control"] | {"least_retained_share": least}}))
    door = TakeIn(workspace)
    door.take([_touch(TouchKind.INVITE, "anna", START, about="K1", campaign="spring")])
    for number in range(60):
        door.take(_came(f"f{number}", START + number * HOUR, "K1"))
    door.take([_touch(TouchKind.CONTACT_REMOVED, f"f{number}", START + 4 * DAY) for number in range(50)])
    clock.advance_to(START + 12 * DAY)
    assert because in settle(workspace, "spring")["stopped"]
    door.take(_came("late", START + 12 * DAY, "K1"))
    assert "promise" not in settle(workspace, "spring")["steps"]
    with pytest.raises(BadInputError, match="known are spring"):
        status(workspace, "autumn")
    workspace.close()


def test_the_commands_refuse_a_share_for_reward_plan_and_prove_the_books(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _open(tmp_path / "w")[0].close()
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump({**PLAN, "mechanism": {**PLAN["mechanism"], "task": "share"}}), "utf-8")
    with pytest.raises(RefusedError, match="really join and stay"):
        plan_command(file, workspace=tmp_path / "w", json=True)
    assert json.loads(capsys.readouterr().out)["accepted"] is False
    file.write_text(yaml.safe_dump(PLAN), "utf-8")
    plan_command(file, workspace=tmp_path / "w", json=True)
    assert json.loads(capsys.readouterr().out)["budget_left_minor"] == 1_600
    plan_command(file, workspace=tmp_path / "w", json=True)  # the same plan again puts nothing in
    assert json.loads(capsys.readouterr().out)["budget_left_minor"] == 1_600
    verify(workspace=tmp_path / "w", json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["balanced"] is True
    assert said["debits"] == said["credits"] == 1_600


def test_books_that_were_tampered_with_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, _clock = _open(tmp_path)
    keep_plan(workspace, plan_of(PLAN))
    with workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE ledger_posting SET amount = amount + 1 WHERE amount > 0")
    workspace.close()
    with pytest.raises(BadInputError, match="the books are wrong"):
        verify(workspace=tmp_path, json=True)
    assert any("debits and credits differ" in line for line in json.loads(capsys.readouterr().out)["problems"])
