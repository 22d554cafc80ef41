"""Live codes: durable decisions, offered at a steady rate, with the time from the scan to the durable answer.

Run: python bench/codes.py [scans a second] [seconds]
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.workspace import open_workspace
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


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder), create=True)
        change_code(workspace, WRITTEN)
        desk = CodeDesk(workspace)
        scans = [Scan("till", Visitor(name=f"w{i}"), time.time_ns() // 1000) for i in range(20_000)]
        start = time.perf_counter()
        for first in range(0, len(scans), 1000):
            desk.route_all(scans[first : first + 1000])
        bulk = len(scans) / (time.perf_counter() - start)
        asyncio.run(offered(desk, rate, 1.0))
        start = time.perf_counter()
        took = asyncio.run(offered(desk, rate, seconds))
        elapsed = time.perf_counter() - start
        desk.close()
        workspace.close()
    print(f"{'durable decisions in groups of 1000':<40}{bulk:>12,.0f} a second")
    print(f"{'offered / answered one by one':<40}{rate:>12,} / {len(took) / elapsed:,.0f} a second")
    for share, name in ((50, "median"), (99, "p99"), (99.9, "p99.9")):
        print(f"{'scan to durable answer, ' + name:<40}{np.percentile(took, share) * 1000:>12.2f} ms")
    print(f"{'slowest':<40}{max(took) * 1000:>12.2f} ms, mean {statistics.mean(took) * 1000:.2f} ms")


if __name__ == "__main__":
    main()
