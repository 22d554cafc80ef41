"""One send, one effect: whatever breaks, each approved message reaches its person exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

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
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import profile
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


@pytest.mark.parametrize("seed", [1, 2, 3])
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


class _Mother:
    """Starts workers that are loaded already (``crash_worker``)."""

    def __init__(self, folder: Path, clock: Path, *, batch: int, proposes: bool) -> None:
        program = str(Path(__file__).with_name("crash_worker.py"))
        command = [sys.executable, program, str(folder), str(clock), str(batch), "proposes" if proposes else ""]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("one\n")
        self._process.stdin.flush()
        return int(self._line())

    def kill(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)
        assert not self._line().strip()

    def end(self) -> None:
        self._process.communicate(timeout=60)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _killed_again_and_again(
    folder: Path, *, people: range, kills: int, batch: int, seed: int, life_s: float, workers: int = 1, url: str = ""
) -> None:
    """Let workers live for up to ``life_s`` seconds each, until ``kills`` of them are dead; then look at the books."""
    workspace, clock = open_shop(folder / "shop", database_url=url, policy="staff_a_day = 1000000\n")
    dice, clock_file, small = random.Random(seed), folder / "clock", len(people) < 1_000
    with Sandbox(clock=clock, seed=seed, platforms=("wecom",), faults=Faults(lost_answers=0.02)) as sandbox:
        _fill(workspace, sandbox, people)
        if not small:  # a life is too short to propose to so many
            assert propose(workspace, [plays()["replenishment"]], channel="wecom") == len(people)
        clock_file.write_text(str(clock.now_us()))
        mothers = [_Mother(folder / "shop", clock_file, batch=batch, proposes=small) for _ in range(workers)]
        living = [(mother, mother.start()) for mother in mothers]
        moved, before = 0, _progress(workspace)
        for _ in range(kills):
            time.sleep(dice.uniform(0.0, life_s) / workers)
            mother, worker = living.pop(dice.randrange(workers))
            mother.kill(worker)
            now = _progress(workspace)
            moved, before = moved + (now != before), now
            clock.advance_to(clock.now_us() + 20 * 1_000_000)
            moment = folder / "moment"
            moment.write_text(str(clock.now_us()))
            moment.replace(clock_file)  # at once: nobody reads half a moment
            living.append((mother, mother.start()))
        for mother, worker in living:
            mother.kill(worker)
            mother.end()
        assert moved, "the workers were killed before they did anything"
        propose(workspace, [plays()["replenishment"]], channel="wecom")
        _finish(workspace, clock)
        arrived, states = _books(workspace, sandbox)
        corp = sandbox.platform("wecom").account
    with workspace.database.read() as connection:
        verdicts = set(connection.execute(select(proposal.c.state, func.count()).group_by(proposal.c.state)))
        heard = connection.execute(
            select(profile.c.messages_out, func.count()).where(profile.c.messages_out > 0).group_by("messages_out")
        ).all()
    workspace.close()
    assert states == {"sent": len(people)}
    assert arrived == Counter(_contact(n, corp).value for n in people)
    assert verdicts == {("approved", len(people))}
    assert heard == [(1, len(people))]
    print(  # noqa: T201  what a soak has seen
        f"{kills} kills, {moved} of them after work was done; {len(people):,} approved and received once"
    )


def _progress(workspace: Workspace) -> tuple[dict[str, int], int]:
    """The outbox by state, and how many transactions of judging there were."""
    with workspace.database.read() as connection:
        batches = connection.execute(select(setting.c.value).where(setting.c.name == "judged.batches")).scalar()
        return SqlOutbox(connection).counts(), int(batches or 0)


def test_kill_9_in_the_middle_of_a_run_sends_nothing_twice_and_forgets_nobody(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 401), kills=12, batch=10, seed=7, life_s=0.6)


def test_two_workers_that_are_killed_send_nothing_twice_either(tmp_path: Path, postgres_url: str) -> None:
    _killed_again_and_again(
        tmp_path, people=range(1, 301), kills=10, batch=10, seed=8, life_s=0.8, workers=2, url=postgres_url
    )


@pytest.mark.soak
def test_two_hundred_kills_in_a_run_of_a_hundred_thousand_messages(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 100_001), kills=250, batch=500, seed=11, life_s=3.0)


@pytest.mark.soak
def test_two_hundred_kills_of_two_workers_in_a_run_of_a_hundred_thousand_messages(
    tmp_path: Path, postgres_url: str
) -> None:
    _killed_again_and_again(
        tmp_path, people=range(1, 100_001), kills=250, batch=500, seed=12, life_s=3.0, workers=2, url=postgres_url
    )


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
