"""Faults of the machine itself: a full disk, a clock that jumps. Nothing goes twice, and nothing is forgotten."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from dispatch.market_stall import NOW_US, Platform, open_stall, proposes
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import LOST_AFTER, carry_out, look_up
from siyu.app.policy.judge import judge_due
from siyu.app.workspace import Workspace
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.people import identifier

_NO_LIMIT = 1_073_741_823


class _JumpingClock:
    """A clock that somebody sets, forwards or back."""

    def __init__(self, at_us: int) -> None:
        self.at_us = at_us

    def now_us(self) -> int:
        return self.at_us


class _Interrupted(Platform):
    """Something happens while it takes messages."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.meanwhile = lambda: None

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        receipts = super().send(messages)
        self.meanwhile()
        return receipts


def _disk(workspace: Workspace, *, pages: int | None) -> None:
    """Let the database grow by so many pages at most; None: as it likes."""
    with workspace.database.read() as connection:
        there = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {_NO_LIMIT if pages is None else there + pages}")


def _everybody(workspace: Workspace) -> list[int]:
    with workspace.database.read() as connection:
        return list(connection.execute(select(identifier.c.person_id).distinct()).scalars())


def _counts(workspace: Workspace) -> dict[str, int]:
    with workspace.database.read() as connection:
        return SqlOutbox(connection).counts()


def test_a_full_disk_stops_judging_and_handing_over_without_half_a_batch(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=1, people=range(150))
    for person in _everybody(workspace):
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    _disk(workspace, pages=0)
    with pytest.raises(OperationalError, match="full"):
        judge_due(workspace)
    assert _counts(workspace) == {}
    _disk(workspace, pages=None)
    assert judge_due(workspace).approved == 150
    platform = _Interrupted(clock)
    platform.mood = "sends"
    platform.meanwhile = lambda: _disk(workspace, pages=0)  # they have arrived, and no receipt can be kept
    senders = {("wecom", "corp"): platform}
    with pytest.raises(OperationalError, match="full"):
        carry_out(workspace, senders, channel="wecom")
    assert _counts(workspace) == {"claimed": 150}
    _disk(workspace, pages=None)
    platform.meanwhile = lambda: None
    assert carry_out(workspace, senders, channel="wecom") == 0
    clock.advance_to(clock.now_us() + LOST_AFTER)
    look_up(workspace, senders, channel="wecom")
    assert _counts(workspace) == {"sent": 150}
    assert set(platform.reached.values()) == {1}
    assert len(platform.reached) == 150
    workspace.close()


def test_a_clock_that_jumps_back_frees_no_slot_and_sends_nothing_again(tmp_path: Path) -> None:
    workspace, _ = open_stall(tmp_path, cap=1, people=range(3))
    clock = workspace.clock = _JumpingClock(NOW_US)
    platform = Platform(VirtualClock(NOW_US))
    platform.mood = "sends"
    senders = {("wecom", "corp"): platform}
    for round_number, jump in enumerate((0, -3 * DAY, -HOUR, 2 * DAY)):
        clock.at_us = NOW_US + jump
        for person in _everybody(workspace):
            proposes(workspace, person, play=f"play{round_number}", now_us=clock.at_us)
        judge_due(workspace)
        carry_out(workspace, senders, channel="wecom")
        look_up(workspace, senders, channel="wecom")
    assert sorted(name for name, _ in platform.arrivals) == ["wm0", "wm1", "wm2"]
    workspace.close()


def test_a_clock_that_jumps_ahead_during_a_hand_over_sends_nothing_again(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=1, people=range(3))
    other, _ = open_stall(tmp_path, cap=1, people=range(0), clock=clock)
    for person in _everybody(workspace):
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    judge_due(workspace)
    platform = _Interrupted(clock)
    platform.mood = "sends"
    senders = {("wecom", "corp"): platform}

    def another_worker_thinks_that_we_died() -> None:
        clock.advance_to(clock.now_us() + DAY)
        look_up(other, senders, channel="wecom")
        carry_out(other, senders, channel="wecom")

    platform.meanwhile = another_worker_thinks_that_we_died
    carry_out(workspace, senders, channel="wecom")
    assert _counts(workspace) == {"sent": 3}
    assert sorted(name for name, _ in platform.arrivals) == ["wm0", "wm1", "wm2"]
    workspace.close()
    other.close()


class _DiesWhileAsked(Platform):
    """Answers so many questions, and then the process that asks is gone."""

    answers = 2

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        if not self.answers:
            raise KeyboardInterrupt
        self.answers -= 1
        return super().look_up(tasks)


def test_what_was_learned_stays_when_the_process_dies_while_it_asks_on(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=1, people=range(5))
    for person in _everybody(workspace):
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    judge_due(workspace)
    platform = _DiesWhileAsked(clock)
    senders = {("wecom", "corp"): platform}
    carry_out(workspace, senders, channel="wecom")
    with pytest.raises(KeyboardInterrupt):
        look_up(workspace, senders, channel="wecom", at_once=1)
    assert _counts(workspace) == {"awaiting": 3, "sent": 2}
    platform.answers = 3
    assert look_up(workspace, senders, channel="wecom", at_once=1) == 3
    workspace.close()
