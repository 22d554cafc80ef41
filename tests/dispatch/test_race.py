"""The last slot of one person: two plays and a hand at the console want it at once, and one of them gets it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from dispatch.market_stall import Platform, open_stall, proposes
from dispatch.rivals import RIVALS, in_processes, in_threads
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.policy.judge import judge_due
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier


def _races(folder: Path, url: str, *, people: int, rounds: int, apart: Any) -> None:
    workspace, clock = open_stall(folder, cap=1, people=range(people), database_url=url)
    with workspace.database.read() as connection:
        persons = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    assert len(persons) == people
    won: Counter[str] = Counter()
    with apart(folder, url) as (pool, rivals):
        for round_number in range(1, rounds + 1):
            runs = [
                pool.submit(rival, play, persons, clock.now_us()) for rival, play in zip(rivals, RIVALS, strict=True)
            ]
            assert sum(run.result(timeout=300) for run in runs) == people
            with workspace.database.read() as connection:
                got = connection.execute(
                    select(message.c.identifier_id, func.count()).group_by(message.c.identifier_id)
                ).fetchall()
            assert {times for _, times in got} == {round_number}
            assert len(got) == people
            clock.advance_to(clock.now_us() + 8 * DAY)  # the window passes: the slot is free again
    with workspace.database.read() as connection:
        won.update(dict(connection.execute(select(message.c.play, func.count()).group_by(message.c.play)).fetchall()))
    workspace.close()
    print(f"{people * rounds:,} races, one winner each; who won: {dict(won)}")  # noqa: T201  what a soak has seen


def test_the_cap_holds_when_three_threads_want_the_last_slot(tmp_path: Path, database_url: str) -> None:
    _races(tmp_path / "shop", _url(database_url), people=24, rounds=4, apart=in_threads)


def test_the_cap_holds_when_three_processes_want_the_last_slot(tmp_path: Path) -> None:
    _races(tmp_path / "shop", "", people=24, rounds=3, apart=in_processes)


@pytest.mark.soak
@pytest.mark.parametrize("apart", [in_threads, in_processes])
def test_the_cap_holds_in_ten_thousand_races(tmp_path: Path, database_url: str, apart: Any) -> None:
    _races(tmp_path / "shop", _url(database_url), people=100, rounds=100, apart=apart)


def test_a_guides_day_and_a_budget_hold_when_three_judge(tmp_path: Path, database_url: str) -> None:
    policy = "staff_a_day = 20\nbudgets_minor = { win_back = 35, replenishment = 1000, by_hand = 14 }\n"
    url, people = _url(database_url), 48
    workspace, clock = open_stall(tmp_path, cap=100, people=range(people), database_url=url, policy=policy)
    rivals = [
        open_stall(tmp_path, cap=100, people=range(0), database_url=url, policy=policy, clock=clock)[0] for _ in RIVALS
    ]
    with workspace.database.read() as connection:
        persons = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    for _ in range(3):
        for play in RIVALS:
            for person in persons:
                proposes(workspace, person, play=play, now_us=clock.now_us(), lives_us=DAY // 2, cost_minor=7)
        start = Barrier(len(RIVALS))

        def work(rival: Workspace, start: Barrier = start) -> int:
            start.wait(timeout=60)
            return judge_due(rival, batch=5).approved

        with ThreadPoolExecutor(len(RIVALS)) as pool:
            approved = sum(run.result(timeout=60) for run in [pool.submit(work, rival) for rival in rivals])
        assert approved == 20  # a guide's day
        clock.advance_to(clock.now_us() + DAY)
    with workspace.database.read() as connection:
        count = select(message.c.play, func.count()).group_by(message.c.play)
        spent = {play: 7 * messages for play, messages in connection.execute(count)}
    assert spent["win_back"] <= 35
    assert spent["by_hand"] <= 14
    for one in (workspace, *rivals):
        one.close()


def test_the_dearest_of_a_persons_proposals_wins_though_thousands_are_due_before_it(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path, cap=1, people=range(12))
    with workspace.database.read() as connection:
        persons = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    cheap = [proposes(workspace, person, play="first", now_us=clock.now_us(), value=1.0) for person in persons]
    clock.advance_to(clock.now_us() + 1)
    dear = [proposes(workspace, person, play="second", now_us=clock.now_us(), value=9.0) for person in persons]
    assert judge_due(workspace, batch=5).approved == len(persons)
    with workspace.database.read() as connection:
        approved = set(connection.execute(select(message.c.proposal_id)).scalars())
    workspace.close()
    assert approved == set(dear)
    assert not approved & set(cheap)


def test_two_workers_hand_over_each_message_once(tmp_path: Path, postgres_url: str) -> None:
    people = 120
    workspace, clock = open_stall(tmp_path / "shop", cap=1, people=range(people), database_url=postgres_url)
    other, _ = open_stall(tmp_path / "shop", cap=1, people=range(0), database_url=postgres_url, clock=clock)
    with workspace.database.read() as connection:
        persons = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    for person in persons:
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    assert judge_due(workspace).approved == people
    platforms = [Platform(VirtualClock(clock.now_us())) for _ in range(2)]
    start = Barrier(2)

    def work(worker: Workspace, platform: Platform) -> int:
        start.wait(timeout=60)
        return carry_out(worker, {("wecom", "corp"): platform}, channel="wecom", batch=7)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(work, *pair) for pair in zip((workspace, other), platforms, strict=True)]
        assert sum(run.result(timeout=60) for run in runs) == people
    reached = platforms[0].reached + platforms[1].reached
    assert len(reached) == people
    assert set(reached.values()) == {1}
    workspace.close()
    other.close()


def _url(database_url: str) -> str:
    return "" if database_url.startswith("sqlite") else database_url  # the workspace's own file
