"""What falls due by itself in a turn: campaigns settle, points end, each once."""

from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.fission.campaign import keep_plan, stop
from siyu.app.fission.due import expire_points, settle_due
from siyu.app.fission.settling import settle
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import open_workspace
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.loyalty.ledger import Account, problems_of
from siyu.loyalty.points import earn, lots_of, spend
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 20_000 * DAY
PLAN = {
    "name": "spring",
    "mechanism": {"stages": [{"retained": 1, "gives": "cash", "amount_minor": 500, "each": True}]},
    "control": {"budget_minor": 5_000, "cap_per_person_minor": 5_000, "invitee_value_minor": 2_000},
}


def test_points_end_in_the_order_they_were_given_and_only_once(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    with workspace.database.write() as connection:
        ledger = SqlLedger(connection)
        given = [earn(1, 100, at_us=NOW, about="order a", expires_at_us=NOW + DAY),
                 earn(1, 50, at_us=NOW, about="order b", expires_at_us=NOW + 3 * DAY),
                 earn(2, 70, at_us=NOW, about="order c")]  # fmt: skip
        ledger.append(given)
        ledger.append([spend(lots_of(given, [1]), 30, at_us=NOW + HOUR, about="mug")])
    assert expire_points(workspace) == 0
    clock.advance_to(NOW + 2 * DAY)
    turn(workspace, (), senders={})
    with workspace.database.read() as connection:
        assert list(SqlLedger(connection).person([1], Account.POINTS).values()) == [50]
    assert expire_points(workspace) == 0
    clock.advance_to(NOW + 4 * DAY)
    assert expire_points(workspace) == 50
    with workspace.database.read() as connection:
        ledger = SqlLedger(connection)
        assert list(ledger.person([2], Account.POINTS).values()) == [70]
        assert problems_of(ledger.all()) == []
        assert ledger.totals() == ledger.kept_balances()
    workspace.close()


def test_a_turn_settles_a_campaign_when_somebody_came_and_when_a_reward_is_due(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    keep_plan(workspace, plan_of(PLAN))
    assert settle_due(workspace) == ["spring"]
    assert settle_due(workspace) == []

    def say(kind: TouchKind, who: str, about: str = "") -> None:
        now = clock.now_us()
        TakeIn(workspace).take(
            [
                touch(
                    "wecom", kind, happened_at_us=now, received_at_us=now, about=about, staff="s",
                    actors=(Identifier("external_userid@c", f"wmAAAAAA{who}"),), properties={"campaign": "spring"},
                )
            ]
        )  # fmt: skip

    say(TouchKind.CONTACT_ADDED, "anna")
    say(TouchKind.INVITE, "anna", "K1")
    clock.advance_to(NOW + MINUTE)
    say(TouchKind.CONTACT_ADDED, "ben")
    say(TouchKind.INVITE_ACCEPTED, "ben", "K1")
    turn(workspace, (), senders={})
    assert settle_due(workspace) == []
    clock.advance_to(NOW + 8 * DAY)
    turn(workspace, (), senders={})
    with workspace.database.read() as connection:
        assert SqlRewards(connection).counts("spring") == {"matured": {"rewards": 1, "amount_minor": 500}}
    workspace.close()


def test_a_campaign_stops_when_the_next_invitee_costs_more_than_it_brings(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    control = {"budget_minor": 100_000, "cap_per_person_minor": 100_000, "invitee_value_minor": 700}
    keep_plan(workspace, plan_of({**PLAN, "control": control}))
    touches = []
    for number in range(61):
        # the first brought everybody by one device within minutes: more than half of the rewards are in doubt
        who = (Identifier("external_userid@c", f"wmAAAAAA{number:04d}"),)
        at = NOW + number * MINUTE
        touches.append(touch("wecom", TouchKind.CONTACT_ADDED, happened_at_us=at, received_at_us=at, actors=who))
        kind, about = (TouchKind.INVITE_ACCEPTED, "K0") if number else (TouchKind.INVITE, "K0")
        properties = {"device": "one"} if number else {"campaign": "spring"}
        touches.append(
            touch("wecom", kind, happened_at_us=at, received_at_us=at, actors=who, about=about, properties=properties)
        )
    TakeIn(workspace).take(touches)
    clock.advance_to(NOW + 9 * DAY)
    turn(workspace, (), senders={})
    with workspace.database.read() as connection:
        assert "costs 500 and brings 0: 100% are in doubt" in SqlRewards(connection).stopped("spring")
    workspace.close()


def test_a_campaign_is_stopped_by_hand_with_a_reason(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    keep_plan(workspace, plan_of(PLAN))
    with pytest.raises(BadInputError, match="needs a reason"):
        stop(workspace, "spring", because=" ")
    with pytest.raises(BadInputError, match="no campaign"):
        stop(workspace, "autumn", because="x")
    stop(workspace, "spring", because="the link is blocked")
    assert settle(workspace, "spring")["stopped"] == "the link is blocked"
    workspace.close()
