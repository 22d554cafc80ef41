"""Live codes: durable decisions, offered at a steady rate, with the time from the scan to the durable answer.

Beside it stands what the disk alone needs to make as many bytes durable, in the same place and the same minute, and how
the answers fare while others write: another program to the disk, another process to the same store.
Run: python bench/codes.py [scans a second] [seconds]
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.workspace import open_workspace
from siyu.kernel.collector import calm_the_collector
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.touchpoints.live_code import Visitor

WRITTEN = {
    "code": "till",
    "routes": [
        {"places": ["north"], "to": [{"name": f"n{i}", "kind": "staff", "url": "https://a.b/n"} for i in range(8)]},
        {"to": [{"name": f"s{i}", "kind": "staff", "url": "https://a.b/s", "weight": 1 + i % 3} for i in range(12)]},
    ],
    "fallback": {"name": "page", "url": "https://a.b/"},
}


async def offered(desk: CodeDesk, rate: int, seconds: float) -> list[float]:
    """Offer scans at ``rate`` whatever happens; return the seconds each took."""
    took: list[float] = []
    waiting: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        who = Visitor(name=f"v{number}", place="north" if number % 3 else "south")
        await desk.route(Scan("till", who, time.time_ns() // 1000))
        took.append(time.perf_counter() - due)

    start = time.perf_counter()
    number = 0
    while number < rate * seconds:
        now = time.perf_counter() - start
        while number < min(now * rate, rate * seconds):
            task = asyncio.create_task(one(number, start + number / rate))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
            number += 1
        await asyncio.sleep(0.0005)
    await asyncio.gather(*waiting)
    return took


def disk_alone(folder: Path) -> list[float]:
    """Return the seconds that writing 1.5 kB through to the disk took, again and again, over zeros."""
    number = os.open(folder / "bare", os.O_RDWR | os.O_CREAT | os.O_DSYNC)
    os.pwrite(number, bytes(1 << 20), 0)
    took = []
    for place in range(2_000):
        start = time.perf_counter()
        os.pwrite(number, os.urandom(1_500), place % 600 * 1_500)
        took.append(time.perf_counter() - start)
        time.sleep(0.001)
    os.close(number)
    return took


#: Writes 8 MB at a time and waits until they are on the disk.
TO_THE_DISK = """
import os, sys
number = os.open(os.path.join(sys.argv[1], "beside"), os.O_RDWR | os.O_CREAT)
while True:
    os.pwrite(number, os.urandom(8 << 20), 0)
    os.fsync(number)
"""
#: Holds the store's write lock for 30 ms out of 40, as a large intake does.
TO_THE_STORE = """
import sys, time
from pathlib import Path
from sqlalchemy import text
from siyu.app.workspace import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
with workspace.database.write() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS beside (value BLOB)"))
while True:
    with workspace.database.write() as connection:
        connection.execute(text("INSERT INTO beside VALUES (randomblob(100000))"))
        time.sleep(0.03)
    time.sleep(0.01)
"""


@contextmanager
def beside(program: str, folder: Path) -> Iterator[None]:
    """Let another process write meanwhile."""
    with subprocess.Popen([sys.executable, "-c", program, str(folder)]) as writer:
        try:
            time.sleep(3.0)
            yield
        finally:
            writer.kill()


def shown(name: str, took: list[float]) -> None:
    """Print one line of the table, in milliseconds."""
    cells = [*np.percentile(took, [50, 99, 99.9]), max(took)]
    print(f"{name:<52}" + "".join(f"{cell * 1000:>9.2f}" for cell in cells))


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = open_workspace(folder, create=True)
        change_code(workspace, WRITTEN)
        desk = CodeDesk(workspace)
        scans = [Scan("till", Visitor(name=f"w{i}"), time.time_ns() // 1000) for i in range(20_000)]
        start = time.perf_counter()
        for first in range(0, len(scans), 1000):
            desk.route_all(scans[first : first + 1000])
        bulk = len(scans) / (time.perf_counter() - start)
        asyncio.run(offered(desk, rate, 1.0))
        calm_the_collector()  # as a server does
        bare = disk_alone(folder)
        start, used = time.perf_counter(), time.process_time()
        took = asyncio.run(offered(desk, rate, seconds))
        elapsed, used = time.perf_counter() - start, time.process_time() - used
        with beside(TO_THE_DISK, folder):
            to_disk = asyncio.run(offered(desk, rate, seconds))
        with beside(TO_THE_STORE, folder):
            to_store = asyncio.run(offered(desk, rate, seconds))
        desk.close()
        with workspace.database.read() as connection:
            kept = sum(SqlLiveCodes(connection).sent("till").values())
        workspace.close()
    print(f"{'durable decisions in groups of 1000':<52}{bulk:>9,.0f} a second")
    print(f"{'one by one: offered / answered':<52}{rate:>9,} / {len(took) / elapsed:,.0f} a second")
    print(f"{'processor time a decision':<52}{used / len(took) * 1e6:>9.1f} us")
    print(f"{'all scans are in the store':<52}{kept:>9,}")
    print(f"{'milliseconds to durable':<52}{'median':>9}{'p99':>9}{'p99.9':>9}{'slowest':>9}")
    shown("the disk alone, 1.5 kB", bare)
    shown("scan to answer", took)
    shown("the same beside a program that writes to the disk", to_disk)
    shown("the same beside a process that writes to the store", to_store)


if __name__ == "__main__":
    main()
