"""One send, one effect: whatever breaks, each approved message reaches its person exactly once."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from app.shop import NOW_US, PlayedPlatform, due_today, open_shop, says, weekly_buyer
from siyu.app.carry_out import LOST_AFTER, carry_out, look_up
from siyu.app.clock import VirtualClock
from siyu.app.judge import judge_due
from siyu.app.measure import publish_rhythms
from siyu.app.propose import propose
from siyu.app.senders import open_senders
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.campaigns.play import plays
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.faults import Faults
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.dispatch import message
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_STAFF = ("anna", "ben")


def _contact(number: int, corp: str) -> Identifier:
    return Identifier(f"external_userid@{corp}", f"wm{number:030d}")


def _customer(number: int, corp: str) -> list[Touch]:
    """A weekly buyer who added a guide of this corp and agreed to marketing."""
    orders = [one for one in weekly_buyer(number, last_us=NOW_US - 7 * DAY + HOUR) if one.kind is TouchKind.ORDER_PAID]
    who = (_contact(number, corp), orders[0].actors[0])
    at_us = NOW_US - 80 * DAY
    return [
        *orders,
        touch(
            "wecom", TouchKind.CONTACT_ADDED, account=corp, actors=who, staff=_STAFF[number % 2],
            happened_at_us=at_us, received_at_us=at_us,
        ),
        touch("wecom", TouchKind.CONSENT_GIVEN, account=corp, actors=who, happened_at_us=at_us, received_at_us=at_us),
    ]  # fmt: skip


def _fill(workspace: Workspace, sandbox: Sandbox, people: range) -> None:
    corp = sandbox.platform("wecom")
    corp.load_customers([(_contact(n, corp.account).value, _STAFF[n % 2], "") for n in people], since_s=1_700_000_000)
    corp.set_habit(share=1.0, delay_s=(0.0, 60.0))
    corp.mass_send.cap = "month_days"
    for start in range(people.start, people.stop, 1_000):
        part = range(start, min(start + 1_000, people.stop))
        TakeIn(workspace).take([one for n in part for one in _customer(n, corp.account)])
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(sandbox.account("wecom"), now_us=NOW_US)
    publish_rhythms(workspace)


def _books(workspace: Workspace, sandbox: Sandbox) -> tuple[Counter[str], dict[str, int]]:
    """What arrived at whom, and the outbox by state."""
    arrived = Counter(one.recipient for one in sandbox.platform("wecom").arrivals())
    with workspace.database.read() as connection:
        return arrived, SqlOutbox(connection).counts()


def _finish(workspace: Workspace, clock: VirtualClock) -> None:
    """Let time pass and ask until every message has come to its end."""
    for _ in range(40):
        clock.advance_to(clock.now_us() + LOST_AFTER + 10 * MINUTE)
        senders = open_senders(workspace)
        look_up(workspace, senders, channel="wecom")
        judge_due(workspace)
        carry_out(workspace, senders, channel="wecom")
        with workspace.database.read() as connection:
            states = set(connection.execute(select(message.c.state).distinct()).scalars())
        if states <= {"sent", "failed", "cancelled"}:
            return


@pytest.mark.parametrize("seed", [1, 2])
def test_lost_answers_busy_platforms_and_dead_tokens_send_nothing_twice(tmp_path: Path, seed: int) -> None:
    workspace, clock = open_shop(tmp_path)
    faults = Faults(lost_answers=0.25, busy=0.15)
    with Sandbox(clock=clock, seed=seed, platforms=("wecom",), faults=faults) as sandbox:
        people = range(1, 201)
        _fill(workspace, sandbox, people)
        senders = open_senders(workspace)
        propose(workspace, [plays()["replenishment"]], channel="wecom")
        assert judge_due(workspace).approved == len(people)
        for _ in range(30):
            carry_out(workspace, senders, channel="wecom", batch=9)
            sandbox.platform("wecom").end_tokens()
            clock.advance_to(clock.now_us() + MINUTE)
            look_up(workspace, senders, channel="wecom")
        _finish(workspace, clock)
        arrived, states = _books(workspace, sandbox)
    assert states == {"sent": len(people)}
    assert arrived == Counter(_contact(n, sandbox.platform("wecom").account).value for n in people)


def _killed_again_and_again(folder: Path, *, people: range, kills: int, batch: int, seed: int) -> None:
    workspace, clock = open_shop(folder / "shop")
    dice = random.Random(seed)
    clock_file = folder / "clock"
    with Sandbox(clock=clock, seed=seed, platforms=("wecom",)) as sandbox:
        _fill(workspace, sandbox, people)
        command = [
            sys.executable, str(Path(__file__).with_name("crash_worker.py")), str(folder / "shop"), str(clock_file),
            str(batch),
        ]  # fmt: skip
        for _ in range(kills):
            clock.advance_to(clock.now_us() + 20 * 1_000_000)
            clock_file.write_text(str(clock.now_us()))
            worker = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0.0, 0.5))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker.stdout.close()
        propose(workspace, [plays()["replenishment"]], channel="wecom")
        _finish(workspace, clock)
        arrived, states = _books(workspace, sandbox)
    assert states == {"sent": len(people)}
    assert arrived == Counter(_contact(n, sandbox.platform("wecom").account).value for n in people)


def test_kill_9_in_the_middle_of_a_run_sends_nothing_twice_and_forgets_nobody(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 401), kills=4, batch=10, seed=7)


@pytest.mark.soak
def test_two_hundred_kills_in_a_run_of_a_hundred_thousand_messages(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 100_001), kills=200, batch=200, seed=11)


def test_a_withdrawal_after_the_approval_stops_a_message_that_has_waited(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, range(1, 11))
    publish_rhythms(workspace)
    propose(workspace, [plays()["replenishment"]], channel="wecom")
    assert judge_due(workspace).approved == 10
    TakeIn(workspace).take([says(4, yes=False, at_us=NOW_US + HOUR)])
    clock.advance_to(NOW_US + 2 * HOUR)
    platform = PlayedPlatform()
    assert carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom") == 9
    assert "wm4" not in platform.reached
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"awaiting": 9, "cancelled": 1}
