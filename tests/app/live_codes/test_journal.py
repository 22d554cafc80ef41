"""The desk's journal: what was answered reaches the store once, whoever dies when."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code, keep_groups, take_in_scans
from siyu.app.live_codes.journal import Journal, take_in_left_behind, wait_for_the_living
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import RetryLaterError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.live_code import Group, SqlLiveCodes, group_of
from siyu.touchpoints.live_code import Visitor

NOW = 20_000 * DAY + 4 * HOUR
WRITTEN: dict[str, Any] = {
    "code": "till",
    "routes": [{"to": [{"name": name, "kind": "staff", "url": "https://a.b/s"} for name in ("ann", "bea")]}],
    "fallback": {"name": "page", "url": "https://a.b/"},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=VirtualClock(NOW), create=True)
    change_code(opened, WRITTEN)
    yield opened
    opened.close()


def _group(number: int, scans: int = 3) -> Group:
    rows = [("till", "ann", "fair", 1, "", f"v{number}.{scan}", NOW + number) for scan in range(scans)]
    return group_of(number.to_bytes(16, "big"), rows, [739_000] * scans)


class Store:
    """Takes groups, or not."""

    def __init__(self) -> None:
        self.there = True
        self.ids: list[bytes] = []

    def take(self, groups: Sequence[Group]) -> None:
        if not self.there:
            raise ConnectionError("gone")
        self.ids += [group[0] for group in groups]


def _left_by_the_dead(journal: Journal, folder: Path) -> None:
    """Leave files as a killed process does: full and unlocked."""
    kept = {path: path.read_bytes() for path in folder.glob("*.journal")}
    journal.close()
    for path, content in kept.items():
        path.write_bytes(content)


def test_groups_reach_the_store_in_order_and_the_files_go_at_the_end(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path), Store()
    for number in range(200):
        journal.append(_group(number))
        if number in {70, 71}:
            journal.empty(store.take)
    assert len(store.ids) == 72
    journal.empty(store.take)
    assert store.ids == [_group(number)[0] for number in range(200)]
    assert not any(any(path.read_bytes()) for path in tmp_path.glob("*.journal"))  # no visitor stays in a file
    journal.close()
    assert not list(tmp_path.iterdir())


def test_what_the_store_did_not_take_waits_for_it_beyond_the_room_written_ahead(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path), Store()
    journal.append(_group(0))
    store.there = False
    with pytest.raises(ConnectionError):
        journal.empty(store.take)
    for number in range(1, 100):
        journal.append(_group(number, scans=400))
    assert max(path.stat().st_size for path in tmp_path.iterdir()) > 1 << 20
    store.there = True
    journal.empty(store.take)
    assert store.ids == [_group(number)[0] for number in range(100)]
    assert {path.stat().st_size for path in tmp_path.iterdir()} == {1 << 20}
    journal.close()


def test_a_group_that_is_cut_off_ends_the_file_and_was_never_promised(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path), Store()
    for number in range(3):
        journal.append(_group(number))
    (path,) = [path for path in tmp_path.iterdir() if any(path.read_bytes())]
    written = path.read_bytes()
    _left_by_the_dead(journal, tmp_path)
    ends = len(written.rstrip(b"\0"))
    path.write_bytes(written[: ends - 5] + bytes(5) + written[ends:])
    take_in_left_behind(tmp_path, store.take)
    assert store.ids == [_group(number)[0] for number in range(2)]
    assert not list(tmp_path.iterdir())


def test_the_journal_of_a_desk_at_work_is_left_alone(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path), Store()
    journal.append(_group(1))
    take_in_left_behind(tmp_path, store.take)
    assert not store.ids
    assert not wait_for_the_living(tmp_path, most_s=0.0)
    emptier = threading.Timer(0.1, journal.empty, [store.take])
    emptier.start()
    assert wait_for_the_living(tmp_path, most_s=30.0)
    emptier.join()
    assert store.ids == [_group(1)[0]]
    journal.close()


def test_a_group_counts_once_though_its_desk_died_after_the_store_took_it(workspace: Workspace) -> None:
    folder = workspace.folder / "codes"
    journal = Journal(folder)
    journal.append(_group(1))

    def take_and_die(groups: Sequence[Group]) -> None:
        keep_groups(workspace, groups)
        raise ConnectionError("killed")

    with pytest.raises(ConnectionError):
        journal.empty(take_and_die)
    journal.append(_group(2))
    _left_by_the_dead(journal, folder)
    take_in_scans(workspace)
    take_in_scans(workspace)
    with workspace.database.read() as connection:
        assert SqlLiveCodes(connection).sent("till") == {"ann": 6}


def test_scans_are_durable_while_the_store_is_gone_and_reach_it_when_it_is_back(workspace: Workspace) -> None:
    desk = CodeDesk(workspace)

    def rename(old: str, new: str) -> None:
        with workspace.database.write() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    def scan(first: int) -> None:
        async def crowd() -> None:
            await asyncio.gather(*[desk.route(Scan("till", Visitor(), NOW + first + n)) for n in range(10)])

        asyncio.run(crowd())

    scan(0)
    rename("live_code_group", "gone")
    scan(10)
    desk.empty()
    rename("gone", "live_code_group")
    desk.close()
    scan(20)  # a desk that was closed opens its journal again
    desk.close()
    with workspace.database.read() as connection:
        assert SqlLiveCodes(connection).sent("till") == {"ann": 15, "bea": 15}


def test_a_disk_that_takes_nothing_is_said_to_who_insists_and_remembered_for_who_does_not(
    workspace: Workspace,
) -> None:
    folder = workspace.folder / "codes"
    desk = CodeDesk(workspace)
    away = folder.with_name("away")
    folder.rename(away)
    folder.write_text("no folder")

    async def both() -> None:
        await desk.answer(Scan("till", Visitor(), NOW))
        with pytest.raises(RetryLaterError, match="not kept"):
            await desk.route(Scan("till", Visitor(), NOW))
        folder.unlink()
        await desk.answer(Scan("till", Visitor(), NOW))

    asyncio.run(both())
    desk.close()
    with workspace.database.read() as connection:
        assert sum(SqlLiveCodes(connection).sent("till").values()) == 2


#: Scans without end, says of each that it is durable, and empties its journal all the time.
_SCANNER = """
import asyncio, sys, threading
from pathlib import Path
from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import CodeDesk, Scan
from siyu.app.workspace import open_workspace
from siyu.touchpoints.live_code import Visitor

now = int(sys.argv[2])
workspace = open_workspace(Path(sys.argv[1]), clock=VirtualClock(now))
desk = CodeDesk(workspace)

def empty():
    while True:
        desk.empty()

async def one(number):
    await desk.route(Scan("till", Visitor(name=f"{sys.argv[3]}.{number}"), now + number))
    print(f"{sys.argv[3]}.{number}", flush=True)

async def scan():
    number = 0
    while True:
        await asyncio.gather(*[one(number + more) for more in range(7)])
        number += 7

threading.Thread(target=empty, daemon=True).start()
asyncio.run(scan())
"""


@pytest.mark.parametrize("scans", [1, 400])
def test_nothing_answered_is_lost_or_counted_twice_when_the_desk_is_killed(workspace: Workspace, scans: int) -> None:
    told: list[str] = []
    for life in ("first", "second"):
        command = [sys.executable, "-c", _SCANNER, str(workspace.folder), str(NOW), life]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as scanner:
            assert scanner.stdout is not None
            told += [scanner.stdout.readline().strip() for _ in range(scans)]
            scanner.kill()
            told += [line.strip() for line in scanner.stdout if line.endswith("\n")]
    take_in_scans(workspace)
    with workspace.database.read() as connection:
        codes = SqlLiveCodes(connection)
        kept = [one[5] for one in codes.decisions(from_us=NOW, to_us=NOW + DAY)]
        assert sum(codes.sent("till").values()) == len(kept)
    assert len(told) >= 2 * scans
    assert len(kept) == len(set(kept))
    assert set(told) <= set(kept)
    assert not list((workspace.folder / "codes").glob("*.journal"))
