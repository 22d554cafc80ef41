"""Who race for one slot: two plays and a hand at the console, as threads or as processes of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier
from typing import Any

from dispatch.market_stall import NOW_US, mass_send, open_stall
from siyu.app.clock import VirtualClock
from siyu.app.policy.judge import judge_due
from siyu.kernel.period import DAY
from siyu.stores.sql.proposals import SqlProposals

RIVALS = ("win_back", "replenishment", "by_hand")


class Rival:
    """One of those who want the slots: a workspace of its own, in a thread or in a process."""

    def __init__(self, folder: Path, url: str, start: Any) -> None:
        self.clock = VirtualClock(NOW_US)
        self.workspace, _ = open_stall(folder, cap=1, people=range(0), database_url=url, clock=self.clock)
        self.start = start

    def race(self, play: str, persons: list[int], now_us: int) -> int:
        """Propose to everybody, a quarter at a time, and judge; return how many were approved here."""
        self.clock.advance_to(now_us)
        self.start.wait(timeout=120)
        approved = 0
        for part in range(4):
            wanted = [mass_send(person, play=play, now_us=now_us, lives_us=DAY) for person in persons[part::4]]
            with self.workspace.database.write() as connection:
                SqlProposals(connection).add(wanted)
            approved += judge_due(self.workspace).approved
        return approved


_HERE: list[Rival] = []


def _come(folder: Path, url: str, start: Any) -> None:
    _HERE.append(Rival(folder, url, start))


def _race_here(play: str, persons: list[int], now_us: int) -> int:
    return _HERE[0].race(play, persons, now_us)


@contextmanager
def in_threads(folder: Path, url: str) -> Iterator[tuple[Executor, list[Callable[..., int]]]]:
    """Give a pool, and what each rival does in it."""
    start = Barrier(len(RIVALS))
    rivals = [Rival(folder, url, start) for _ in RIVALS]
    with ThreadPoolExecutor(len(RIVALS)) as pool:
        yield pool, [rival.race for rival in rivals]
    for rival in rivals:
        rival.workspace.close()


@contextmanager
def in_processes(folder: Path, url: str) -> Iterator[tuple[Executor, list[Callable[..., int]]]]:
    """Give a pool of processes, and what each rival does in it."""
    context = get_context("spawn")
    start = context.Barrier(len(RIVALS))
    with ProcessPoolExecutor(len(RIVALS), context, initializer=_come, initargs=(folder, url, start)) as pool:
        yield pool, [_race_here] * len(RIVALS)  # each process has one: they wait for each other
