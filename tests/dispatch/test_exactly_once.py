"""One send, one effect: whatever breaks, each approved message reaches its person exactly once."""

import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from threading import Lock

import httpx
import pytest
from sqlalchemy import func, select

from app.shop import NOW_US, PlayedPlatform, due_today, open_shop, says, weekly_buyer
from dispatch.reminding import Reminding
from siyu.app.campaigns.propose import propose
from siyu.app.channels.senders import Senders, open_senders
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import LOST_AFTER, carry_out, look_up
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.channels.http import HttpCaller
from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.sender import WeComSender
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.faults import Faults
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import profile
from siyu.stores.sql.tokens import SqlTokens
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


#: What goes wrong between us and the platform, each alone and all at once.
_FAULTS = {
    "answers are lost after the call took effect": Faults(lost_answers=0.3),
    "answers come later than anybody waits": Faults(late_answers=0.1),
    "the gateway breaks, before the call or after it": Faults(broken_answers=0.3),
    "the platform is busy": Faults(busy=0.4),
    "tokens end in the middle of a run": Faults(ended_tokens=0.3),
    "everything at once": Faults(0.0, 0.0, 0.0, 0.15, 0.02, 0.1, 0.1, 0.1),
}


def _impatient(sandbox: Sandbox, workspace: Workspace) -> Senders:
    """Open the sender with a time-out that a late answer does not meet."""
    account = sandbox.account("wecom")
    caller = HttpCaller(account.base_url, timeout=httpx.Timeout(1.0))
    tokens = SqlTokens(workspace.database, workspace.vault)
    client = WeComClient(account, tokens=tokens, now_us=workspace.clock.now_us, http=caller)
    return {("wecom", account.account): WeComSender(client)}


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("what", list(_FAULTS))
def test_whatever_the_platform_does_everybody_is_reached_once(tmp_path: Path, what: str, limited: bool) -> None:
    workspace, clock = open_shop(tmp_path)
    with Sandbox(clock=clock, seed=1, platforms=("wecom",), faults=_FAULTS[what]) as sandbox:
        people, corp = range(1, 61), sandbox.platform("wecom")
        _fill(workspace, sandbox, people)
        if limited:
            corp.per_minute = 20  # calls of a kind; over it, the platform blocks them for a minute
        senders = _impatient(sandbox, workspace)
        propose(workspace, [Reminding()], channel="wecom")
        assert judge_due(workspace).approved == len(people)
        for _ in range(12):
            carry_out(workspace, senders, channel="wecom", batch=9)
            clock.advance_to(clock.now_us() + MINUTE)
            look_up(workspace, senders, channel="wecom")
        _finish(workspace, clock)
        arrived, states = _books(workspace, sandbox)
    workspace.close()
    assert states == {"sent": len(people)}
    assert arrived == Counter(_contact(n, corp.account).value for n in people)


#: Where workers die in turn: at any write, and at each of these.
_KINDS = ("before a hand-over", "", "after a hand-over", "UPDATE", "INSERT")


class _Mother:
    """Starts workers that are loaded already (``crash_worker``)."""

    def __init__(self, folder: Path, clock: Path, *, batch: int, proposes: bool) -> None:
        program = str(Path(__file__).with_name("crash_worker.py"))
        command = [sys.executable, program, str(folder), str(clock), str(batch), "proposes" if proposes else ""]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def lives_until(self, write: int, kind: str) -> str:
        """Let a worker live until that write of a kind kills it, or none of that kind comes; return where that was."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{write} {kind}\n")
        self._process.stdin.flush()
        died = self._process.stdout.readline().strip()
        assert died, "a worker ended by itself"
        return died

    def end(self) -> None:
        self._process.communicate(timeout=60)


class _Clock:
    """A file that the workers read, and the clock of everybody else."""

    def __init__(self, clock: VirtualClock, file: Path) -> None:
        self._clock, self.file, self._lock = clock, file, Lock()
        file.write_text(str(clock.now_us()))

    def advance(self, by_us: int) -> None:
        with self._lock:
            self._clock.advance_to(self._clock.now_us() + by_us)
            moment = self.file.with_suffix(".new")
            moment.write_text(str(self._clock.now_us()))
            moment.replace(self.file)  # at once: nobody reads half a moment


def _killed_again_and_again(
    folder: Path, *, people: range, kills: int, batch: int, seed: int, life: int, workers: int = 1, url: str = ""
) -> None:
    """Kill workers, ``kills`` times, in turn at any of ``life`` writes and at one of each kind; look at the books."""
    workspace, clock = open_shop(folder / "shop", database_url=url, policy="staff_a_day = 1000000\n")
    small, deaths = len(people) < 1_000, Counter[str]()
    with Sandbox(clock=clock, seed=seed, platforms=("wecom",), faults=Faults(lost_answers=0.02)) as sandbox:
        _fill(workspace, sandbox, people)
        if not small:  # a life is too short to propose to so many
            assert propose(workspace, [Reminding()], channel="wecom") == len(people)
        shared = _Clock(clock, folder / "clock")
        busy = 0

        def die_often(number: int) -> tuple[Counter[str], int]:
            """Return where the workers of one mother died, and how often messages were still under way then."""
            mother = _Mother(folder / "shop", shared.file, batch=batch, proposes=small)
            dice, died, at_work = random.Random(seed + number), Counter[str](), 0
            for kind in islice(cycle(_KINDS), kills // workers):
                died[mother.lives_until(dice.randint(1, 2 if kind else life), kind)] += 1
                at_work += _unfinished(workspace, len(people))
                shared.advance(20 * 1_000_000)
            mother.end()
            return died, at_work

        with ThreadPoolExecutor(workers) as pool:
            for died, at_work in pool.map(die_often, range(workers)):
                deaths, busy = deaths + died, busy + at_work
        propose(workspace, [Reminding()], channel="wecom")
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
    assert len(deaths) > 4, deaths  # all over the run, not at one place of it
    where = ", ".join(f"{count} {place}" for place, count in deaths.most_common())
    print(  # noqa: T201  what a soak has seen
        f"{deaths.total()} kills, each at a write, {busy} while messages were under way; {len(people):,} approved and"
        f" received once. Where: {where}"
    )


def _unfinished(workspace: Workspace, people: int) -> bool:
    with workspace.database.read() as connection:
        return SqlOutbox(connection).counts().get("sent", 0) < people


def test_kill_9_in_the_middle_of_a_run_sends_nothing_twice_and_forgets_nobody(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 201), kills=20, batch=10, seed=7, life=40)


def test_two_workers_that_are_killed_send_nothing_twice_either(tmp_path: Path, postgres_url: str) -> None:
    _killed_again_and_again(
        tmp_path, people=range(1, 151), kills=16, batch=10, seed=8, life=40, workers=2, url=postgres_url
    )


@pytest.mark.soak
def test_two_hundred_kills_in_a_run_of_a_hundred_thousand_messages(tmp_path: Path) -> None:
    _killed_again_and_again(tmp_path, people=range(1, 100_001), kills=250, batch=500, seed=11, life=120)


@pytest.mark.soak
def test_two_hundred_kills_of_two_workers_in_a_run_of_a_hundred_thousand_messages(
    tmp_path: Path, postgres_url: str
) -> None:
    _killed_again_and_again(
        tmp_path, people=range(1, 100_001), kills=250, batch=500, seed=12, life=120, workers=2, url=postgres_url
    )


def test_a_withdrawal_after_the_approval_stops_a_message_that_has_waited(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, range(1, 11))
    publish_rhythms(workspace)
    propose(workspace, [Reminding()], channel="wecom")
    assert judge_due(workspace).approved == 10
    TakeIn(workspace).take([says(4, yes=False, at_us=NOW_US + HOUR)])
    clock.advance_to(NOW_US + 2 * HOUR)
    platform = PlayedPlatform()
    assert carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom") == 9
    assert "wm4" not in platform.reached
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"awaiting": 9, "cancelled": 1}
