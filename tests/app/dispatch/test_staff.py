"""Staff: a full day goes to another guide, the late are reminded and escalated, who leaves hands over officially."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from dispatch.market_stall import NOW_US, Platform, contact, open_stall, proposes
from siyu.app.channels.senders import open_senders
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.dispatch.staff_leaving import leave
from siyu.app.dispatch.staff_tasks import chase, staff_results, staff_tasks
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch


class _Reminded(Platform):
    """A platform that reminds staff and takes tasks back."""

    def __init__(self, clock: object) -> None:
        super().__init__(clock)  # type: ignore[arg-type]  a clock of the tests
        self.reminded: list[str] = []
        self.cancelled: list[str] = []

    def remind(self, task: str) -> None:
        self.reminded.append(task)

    def cancel(self, task: str) -> None:
        self.cancelled.append(task)


def _everybody(workspace: Workspace) -> list[int]:
    with workspace.database.read() as connection:
        return list(connection.execute(select(identifier.c.person_id).distinct().order_by("person_id")).scalars())


def _adds(numbers: range, staff: str, account: str = "corp") -> list[object]:
    return [
        touch(
            "wecom", TouchKind.CONTACT_ADDED, account=account, staff=staff, happened_at_us=NOW_US - 90 * DAY,
            received_at_us=NOW_US,
            actors=(contact(n) if account == "corp" else Identifier(f"external_userid@{account}", f"wm{n}"),),
        )
        for n in numbers
    ]  # fmt: skip


def test_messages_beyond_a_guides_day_go_through_the_persons_other_guides_the_least_busy_first(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=9, people=range(12), policy="staff_a_day = 4\n")
    for guide in ("ben", "cleo"):
        TakeIn(workspace).take(_adds(range(12), guide))  # type: ignore[arg-type]  touches
    for person in _everybody(workspace):
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    assert judge_due(workspace).approved == 12
    with workspace.database.read() as connection:
        given = Counter(connection.execute(select(message.c.staff)).scalars())
    workspace.close()
    assert given == {"anna": 4, "ben": 4, "cleo": 4}


def test_who_does_not_confirm_is_late_reminded_twice_escalated_and_at_last_taken_back(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=9, people=range(2))
    for person in _everybody(workspace):
        proposes(workspace, person, play="win_back", now_us=clock.now_us(), lives_us=3 * DAY)
    judge_due(workspace)
    platform = _Reminded(clock)
    senders = {("wecom", "corp"): platform}
    carry_out(workspace, senders, channel="wecom")
    assert {(one.level, one.due_us, one.reminders) for one in staff_tasks(workspace)} == {
        ("waiting", NOW_US + 4 * HOUR, 0)
    }
    levels = []
    for hours in (1, 5, 13, 18):
        clock.advance_to(NOW_US + hours * HOUR)
        chase(workspace, senders)
        levels.append({(one.level, one.reminders) for one in staff_tasks(workspace)})
    assert levels == [{("waiting", 0)}, {("late", 1)}, {("late", 2)}, {("escalated", 2)}]
    assert len(platform.reminded) == 4
    clock.advance_to(NOW_US + 3 * DAY + 1)
    assert chase(workspace, senders).taken_back == 2
    assert staff_tasks(workspace) == []
    (result,) = staff_results(workspace)
    workspace.close()
    assert (result.staff, result.given, result.taken_back, result.sent) == ("anna", 2, 2, 0)


def test_who_leaves_hands_over_to_those_with_the_fewest_and_says_nothing_more(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=9, people=range(0))
    with Sandbox(clock=clock, seed=3, platforms=("wecom",)) as sandbox:
        corp = sandbox.platform("wecom")
        with workspace.database.write() as connection:
            SqlAccounts(connection, workspace.vault).connect(sandbox.account("wecom"), now_us=NOW_US)
        customers = [(f"wm{n}", "anna" if n < 9 else "ben", "") for n in range(12)] + [("wm99", "cleo", "")]
        corp.load_customers(customers, since_s=1_700_000_000)
        take_in = TakeIn(workspace)
        for staff, numbers in (("anna", range(9)), ("ben", range(9, 12)), ("cleo", range(99, 100))):
            take_in.take(_adds(numbers, staff, corp.account))  # type: ignore[arg-type]  touches
        senders = open_senders(workspace)
        corp.hand_overs.leave_corp("anna")
        begun = leave(
            workspace, senders, "anna", channel="wecom", account=corp.account, takers=["ben", "cleo", "ben"], left=True
        )
        assert (begun.customers, begun.refused) == (9, {})
        assert begun.given == {"ben": 4, "cleo": 5}  # ben had three, cleo one
        states = senders["wecom", corp.account].handed_over(giver="anna", taker="cleo", left=True)  # type: ignore[attr-defined]  WeCom's
        assert set(states.values()) == {"waiting"}
        clock.advance_to(NOW_US + 2 * DAY)
        states = senders["wecom", corp.account].handed_over(giver="anna", taker="cleo", left=True)  # type: ignore[attr-defined]  WeCom's
        assert set(states.values()) == {"done"}
        with workspace.database.read() as connection:
            assert "staff:anna" in SqlPauses(connection).all()
        with pytest.raises(BadInputError, match="who takes over"):
            leave(workspace, senders, "anna", channel="wecom", account=corp.account, takers=["anna"], left=True)
    workspace.close()
