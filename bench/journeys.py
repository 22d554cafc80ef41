"""Journeys: a million people through one wait-and-branch step, set by set; and one durable workflow a person in DBOS.

Siyu: everybody stands at ``wait: 7d``; the tick lets them go on over a branch into the next wait, on SQLite
(synchronous=FULL) and on PostgreSQL (fsync on). A transaction's longest time is how long intake can have to wait.
The branch asks what was heard on the way; the second figure asks for a tag of the person through the identity tables.
DBOS: the same journey as a workflow a person (sleep, branch step, end) on SQLite, its own default store.
"""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from peers import peer_python
from sqlalchemy import text

from siyu.app.clock import VirtualClock
from siyu.app.journeys.publish import publish
from siyu.app.journeys.tick import tick
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.period import DAY
from siyu.stores.sql.journeys import SqlJourneys

NOW = 1_781_056_800_000_000
JOURNEY = """
name: bench
entry: {request: yes}
steps:
  - id: first
    wait: 7d
  - if: CONDITION
    then: [{id: a, wait: 1d}, {end: a}]
    else: [{id: b, wait: 2d}]
"""
CONDITIONS = {"what was heard": "{did: order_paid}", "a tag": "{tag: vip}"}
DBOS = """
import json, os, sys, time
from dbos import DBOS, SetWorkflowID
people, folder = int(sys.argv[1]), sys.argv[2]
DBOS(config={"name": "bench", "system_database_url": "sqlite:///" + folder + "/dbos.sqlite", "log_level": "ERROR",
             "run_admin_server": False})

@DBOS.step()
def heard(person):
    return person % 3 == 0

@DBOS.workflow()
def journey(person):
    DBOS.sleep(0.001)
    return "a" if heard(person) else "b"

DBOS.launch()
for person in range(5):
    journey(-1 - person)
began = time.perf_counter()
handles = []
for person in range(people):
    with SetWorkflowID(f"journey-{person}"):
        handles.append(DBOS.start_workflow(journey, person))
ways = [handle.get_result() for handle in handles]
seconds = time.perf_counter() - began
assert ways.count("a") == len([p for p in range(people) if p % 3 == 0])
print(json.dumps({"seconds": seconds, "people": people}))
sys.stdout.flush()
os._exit(0)
"""


BESIDE = """
import signal, sys, time
from siyu.stores.sql.database import Database
database, waits, on = Database(sys.argv[1]), [], [True]
signal.signal(signal.SIGTERM, lambda *_: on.clear())
def write():
    began = time.perf_counter()
    with database.write() as connection:
        waits.append(time.perf_counter() - began)
        connection.exec_driver_sql("INSERT INTO setting (name, value) VALUES ('beside', '') "
                                   "ON CONFLICT (name) DO UPDATE SET value = ''")
write()
print("ready", flush=True)
while on:
    write()
    time.sleep(0.01)
print(max(waits))
"""


def fill(workspace: Workspace, people: int) -> int:
    """Put everybody at the first wait; done in plain SQL, for it is not what is measured."""
    is_sqlite = workspace.database.is_sqlite
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people) SELECT i FROM n"
        if is_sqlite else "SELECT generate_series(1, :people) AS i"
    )  # fmt: skip
    key = "CAST(printf('%016d', i) AS BLOB)" if is_sqlite else "convert_to(lpad(i::text, 16, '0'), 'UTF8')"
    with workspace.database.read() as connection:
        (version,) = SqlJourneys(connection).versions("bench")
    place = next(place for place, step in enumerate(version.journey.steps) if step.name == "first")
    with workspace.database.write() as connection:
        bound = {"people": people, "now": NOW, "due": NOW + 7 * DAY, "version": version.version_id, "step": place}
        statements = (
            f"""INSERT INTO identifier (identifier_id, key, namespace, person_id, first_seen_at_us)
                SELECT i, {key}, 'n', i, :now FROM ({numbers}) AS n""",
            f"""INSERT INTO tag (identifier_id, name, source, since_us)
                SELECT i, 'vip', 'bench', :now FROM ({numbers}) AS n WHERE i % 3 = 0""",
            f"""INSERT INTO journey_run (identifier_id, version_id, entered_at_us, entry_seq, step, due_at_us, since_us,
                    came_from, outcome, heard, dice)
                SELECT i, :version, :now, 0, :step, :due, :now, 0, 0, CASE WHEN i % 3 = 0 THEN 1 ELSE 0 END, i
                FROM ({numbers}) AS n""",
        )
        for statement in statements:
            names = {name for name in bound if f":{name}" in statement}
            connection.execute(text(statement), {name: bound[name] for name in names})
    if not is_sqlite:
        with workspace.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    else:
        with workspace.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return int(version.version_id)


class Watched:
    """A database whose write transactions are timed."""

    def __init__(self, database: Any) -> None:
        self._database, self.seconds = database, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self._database.write() as connection:
            began = time.perf_counter()
            yield connection
        self.seconds.append(time.perf_counter() - began)


@contextmanager
def writer_beside(url: str) -> Iterator[list[float]]:
    """Let another process write a row every 10 ms, as intake would; give the longest that it waited for its turn."""
    other = subprocess.Popen([sys.executable, "-c", BESIDE, url], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    other.stdout.readline()
    waited: list[float] = []
    try:
        yield waited
    finally:
        other.terminate()
        waited.append(float(other.communicate()[0]))


def run(url: str, people: int, condition: str, *, beside: bool = False) -> dict[str, float]:
    """Time one tick over everybody.

    Args:
        beside: Let another process write as well, and say how long it had to wait at most.
    """
    folder = Path(tempfile.mkdtemp(prefix="siyu-journeys-"))
    try:
        os.environ["SIYU_DATABASE_URL"] = url or f"sqlite:///{folder / 'siyu.db'}"
        clock = VirtualClock(NOW)
        workspace = open_workspace(folder, clock=clock, create=True)
        publish(workspace, JOURNEY.replace("CONDITION", condition))
        fill(workspace, people)
        clock.advance_to(NOW + 7 * DAY)
        workspace.database = watched = Watched(workspace.database)
        at = os.environ["SIYU_DATABASE_URL"]
        with writer_beside(at) if beside else nullcontext([0.0]) as waited:
            began, used = time.perf_counter(), time.process_time()
            done = tick(workspace)
            seconds, used = time.perf_counter() - began, time.process_time() - used
        with workspace.database.read() as connection:
            rows = SqlJourneys(connection).standing([1])
        assert done.moved == people, done
        assert sorted(row["people"] for row in rows) == sorted([people // 3, people - people // 3]), rows
        workspace.close()
        return {"seconds": seconds, "cpu": used, "lock": max(watched.seconds), "waited": max(waited),
                "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}  # fmt: skip
    finally:
        os.environ.pop("SIYU_DATABASE_URL", None)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[str]:
    """Start a throw-away PostgreSQL with fsync on; give its URL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="siyu-pg-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    control = [*as_user, str(found[-1].parent / "pg_ctl"), "-D", str(folder / "data")]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_user, str(found[-1]), "-D", str(folder / "data"), "-U", "siyu", "-A", "trust", "--locale=C",
                    "-E", "UTF8"], check=True, **quiet)  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c shared_buffers=256MB"
        " -c max_wal_size=4GB"
    )
    subprocess.run([*control, "-o", options, "-w", "-l", str(folder / "log"), "start"], check=True, **quiet)
    try:
        yield f"postgresql+psycopg://siyu@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--workflows", type=int, default=300)
    asked = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="siyu-dbos-")
    said = subprocess.run([peer_python("dbos"), "-c", DBOS, str(asked.workflows), folder], check=True,
                          capture_output=True, text=True)  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    peer = json.loads(said.stdout.splitlines()[-1])
    peer_us = 1e6 * peer["seconds"] / peer["people"]
    print(f"one wait-and-branch step; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'':34}{'people':>10}{'seconds':>9}{'own CPU':>9}{'us each':>9}{'lock s':>8}{'RSS MB':>8}{'DBOS slower':>13}"
    )
    with postgres() as server:
        for kind in ("SQLite", "PostgreSQL") if server else ("SQLite",):
            for number, (word, condition) in enumerate(CONDITIONS.items()):
                for people in (asked.people // 10, asked.people):
                    url = ""
                    if kind == "PostgreSQL":
                        import psycopg  # noqa: PLC0415  an extra: only this part needs it

                        name = f"bench{number}_{people}"
                        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as admin:
                            admin.execute(f"CREATE DATABASE {name}")
                        url = f"{server}/{name}"
                    got = run(url, people, condition)
                    each = 1e6 * got["seconds"] / people
                    print(
                        f"{kind + ', branch on ' + word:34}{people:>10,}{got['seconds']:>9.2f}{got['cpu']:>9.2f}"
                        f"{each:>9.2f}"
                        f"{got['lock']:>8.3f}{got['memory_mb']:>8.0f}{peer_us / each:>12.0f}x", flush=True,
                    )  # fmt: skip
    got = run("", asked.people, CONDITIONS["what was heard"], beside=True)
    print(
        f"SQLite, {asked.people:,} people and another process that writes beside: {got['seconds']:.2f} s;"
        f" the other waited {got['waited']:.3f} s at most"
    )
    print(f"{'DBOS, a workflow a person, SQLite':34}{peer['people']:>10,}{peer['seconds']:>9.2f}{'':>9}{peer_us:>9.0f}")


if __name__ == "__main__":
    sys.exit(main())
