"""Intake: touches a second that a real `siyu serve` acknowledges as durable, beside bare inserts of the same rows.

64 connections send batches of 100 touches to one server process. Each touch is checked against five million ids that
are there, hung on the person it belongs to (half a million are known, one touch in a hundred brings a new one),
counted in the profile, and written with `synchronous=FULL` before the answer goes out. Peer: sqlite3 `executemany` of
the same rows into the same tables of the same file, which recognises nobody and answers nobody.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from siyu.app.access.api_keys import make_key
from siyu.app.workspace import Workspace, open_workspace
from siyu.touchpoints.touch import Identifier

START_US = 1_780_000_000_000_000
BODY = 100
LOAD = os.getloadavg()[0]


def fill(workspace: Workspace, ids: int, people: int, recent: int) -> None:
    """Fill the tables directly, as if `ids` touches of `people` had come in and all but `recent` gone to the lake."""
    key_of = workspace.vault.key_of
    dice = random.Random(7)
    connection = sqlite3.connect(workspace.folder / "siyu.db", isolation_level=None)
    for pragma in ("cache_size=-262144", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    first = START_US - ids * 1000
    connection.executemany(
        "INSERT INTO touch_id VALUES (?)",
        (((first + n * 1000).to_bytes(8, "big") + dice.randbytes(8),) for n in range(ids)),
    )
    connection.executemany(
        "INSERT INTO identifier VALUES (?,?,'customer_no',?,?)",
        ((n + 1, key_of(Identifier("customer_no", str(n))), n + 1, first) for n in range(people)),
    )
    connection.execute(
        "INSERT INTO profile SELECT identifier_id, 10, 0, 0, 0, 0, 0, 0, first_seen_at_us, first_seen_at_us, NULL,"
        " NULL FROM identifier"
    )
    connection.executemany(INSERT_TOUCH, (row(n, dice.randrange(people) + 1) for n in range(-recent, 0)))
    connection.execute("INSERT INTO setting SELECT 'profiles counted to', CAST(max(seq) AS TEXT) FROM touch")
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


SERVE = "import sys; sys.argv[0] = 'siyu'; from siyu.app.cli import main; main()"
INSERT_TOUCH = (
    "INSERT INTO touch (touch_id, identifier_id, channel, account, kind, happened_at_us, received_at_us, scene,"
    " source_code, content_id, staff, about, value_minor, currency, properties) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def row(n: int, identifier_id: int) -> tuple[object, ...]:
    at = START_US + n * 1000
    return (
        at.to_bytes(8, "big") + (n * 2654435761 % 2**64).to_bytes(8, "big"), identifier_id, "web", "shop-1", 21, at, at,
        "product", "", f"sku-{n % 5000}", "", "", 0, "CNY", b'{"path":"/p/%d"}' % (n % 5000),
    )  # fmt: skip


def requests(key: str, first: int, count: int, people: int) -> list[bytes]:
    """Build `count` requests of 100 touches each, ready to send."""
    dice = random.Random(first)
    built = []
    for request in range(count):
        touches = []
        for n in range(first + request * BODY, first + (request + 1) * BODY):
            who = f"new-{n}" if n % 100 == 0 else str(dice.randrange(people))
            at = START_US + n * 1000
            touches.append(
                f'{{"channel":"web","account":"shop-1","kind":"view","happened_at_us":{at},"event_key":"e{n}",'
                f'"actors":[{{"namespace":"customer_no","value":"{who}"}}],"scene":"product",'
                f'"content_id":"sku-{n % 5000}","properties":{{"path":"/p/{n % 5000}"}}}}'
            )
        body = f"[{','.join(touches)}]".encode()
        head = (
            f"POST /v1/touches HTTP/1.1\r\nHost: siyu\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        built.append(head.encode() + body)
    return built


class Client(asyncio.Protocol):
    """One connection: sends the next request as soon as the last is answered."""

    def __init__(self, left: list[bytes], tally: dict[str, int], done: asyncio.Future[None]) -> None:
        self.left, self.tally, self.done, self.buffer = left, tally, done, b""
        self.waits: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        if not self.left:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.sent = time.perf_counter()
        self.transport.write(self.left.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        mark = self.buffer.find(b"content-length: ")
        size = int(self.buffer[mark + 16 : self.buffer.find(b"\r", mark)])
        if len(self.buffer) < end + 4 + size:
            return
        answer = json.loads(self.buffer[end + 4 : end + 4 + size])
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(str(answer)))
            return
        self.buffer = b""
        for name in ("accepted", "duplicates", "quarantined"):
            self.tally[name] += answer[name]
        self.waits.append(time.perf_counter() - self.sent)
        self.next()


async def send(port: int, built: list[bytes], connections: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    tally = {"accepted": 0, "duplicates": 0, "quarantined": 0}
    clients, ends = [], []
    began = time.perf_counter()
    for _ in range(connections):
        end: asyncio.Future[None] = loop.create_future()
        _, client = await loop.create_connection(lambda end=end: Client(built, tally, end), "127.0.0.1", port)
        clients.append(client)
        ends.append(end)
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    waits = sorted(wait for client in clients for wait in client.waits)
    return {
        **tally,
        "seconds": took,
        "rate": tally["accepted"] / took,
        "median_ms": 1000 * statistics.median(waits),
        "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
    }


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ceiling(workspace: Workspace, first: int, count: int, people: int) -> float:
    """Insert the same rows with bare executemany, in transactions of 6,400, durable; return rows a second."""
    dice = random.Random(first)
    rows = [row(first + n, dice.randrange(people) + 1) for n in range(count)]
    connection = sqlite3.connect(workspace.folder / "siyu.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-262144", "wal_autocheckpoint=8000"):
        connection.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    for start in range(0, count, 6_400):
        part = rows[start : start + 6_400]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO touch_id VALUES (?)", [(one[0],) for one in part])
        connection.executemany(INSERT_TOUCH, part)
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return count / took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ids", type=int, default=5_000_000)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--recent", type=int, default=100_000)
    parser.add_argument("--touches", type=int, default=400_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--load", nargs=4, metavar=("PORT", "KEY", "FIRST", "PEOPLE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        port, key, first, people = options.load
        built = requests(key, int(first), options.touches // BODY, int(people))
        print(json.dumps(uvloop.run(send(int(port), built, options.connections))))
        return
    folder = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    try:
        run(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(options: argparse.Namespace, folder: Path) -> None:
    workspace = open_workspace(folder, create=True)
    key = make_key(workspace, "intake", "bench")
    began = time.perf_counter()
    fill(workspace, options.ids, options.people, options.recent)
    workspace.close()
    print(
        f"{options.ids:,} ids, {options.people:,} people and {options.recent:,} recent touches there"
        f" ({time.perf_counter() - began:.0f} s to fill)"
    )
    command = [sys.executable, "-c", SERVE, "serve"]
    serve = subprocess.Popen(
        [*command, "--workspace", str(folder), "--port", "0", "--no-console", "--no-worker", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    served = []
    try:
        port = json.loads(serve.stdout.readline())["port"]
        for number in range(options.runs + 1):
            first = number * options.touches
            before = cpu_seconds(serve.pid)
            output = subprocess.check_output(
                [sys.executable, __file__, "--load", str(port), key, str(first), str(options.people),
                 "--touches", str(options.touches), "--connections", str(options.connections)]
            )  # fmt: skip
            said = json.loads(output)
            assert said["accepted"] == options.touches, said
            said["cpu_us"] = 1e6 * (cpu_seconds(serve.pid) - before) / options.touches
            served.append(said)
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(30)
    # the first run of each warms the caches; one after the other, for each throws the other's pages away
    bare = [
        ceiling(workspace, 10**9 + number * options.touches, options.touches, options.people)
        for number in range(options.runs + 1)
    ]
    served, bare = served[1:], bare[1:]
    connection = sqlite3.connect(folder / "siyu.db")
    (there,) = connection.execute("SELECT count(*) FROM touch_id").fetchone()
    (hung,) = connection.execute("SELECT count(*) FROM touch WHERE identifier_id > 0").fetchone()
    expected = options.ids + 2 * (options.runs + 1) * options.touches
    assert there == expected, (there, expected)
    assert hung == options.recent + 2 * (options.runs + 1) * options.touches
    rate = statistics.median(one["rate"] for one in served)
    peer = statistics.median(bare)
    print(f"{'':34}{'touches/s':>12}{'ratio':>8}{'median':>10}{'p99':>10}")
    print(f"{'bare executemany, same rows':34}{peer:12,.0f}{1:8.2f}")
    print(
        f"{'siyu serve, durable, recognised':34}{rate:12,.0f}{rate / peer:8.2f}"
        f"{statistics.median(one['median_ms'] for one in served):8.0f} ms"
        f"{statistics.median(one['p99_ms'] for one in served):7.0f} ms"
    )
    cpu = statistics.median(one["cpu_us"] for one in served)
    print(
        f"processor time of the server: {cpu:.1f} us a touch (user and system); load of the machine before: {LOAD:.1f}"
    )
    print(f"runs: {', '.join(format(one['rate'], ',.0f') for one in served)} touches/s; every touch found in the store")


if __name__ == "__main__":
    main()
