"""A process that is killed at any moment loses nobody and repeats nothing: the books end as if it had not been."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import select

from app.journeys.walked import NOW_US, add_people, deeds, open_walked, published, runs, tags
from siyu.app.journeys.tick import enter_on_request, tick
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY
from siyu.stores.sql.schema.campaigns import assignment

_TESTS = Path(__file__).resolve().parents[2]
_PEOPLE = 600
_DAYS = (0, 1, 5)
_TEXT = """
name: killed
entry: {request: yes}
steps:
  - holdout: 20%
  - id: hello
    propose: {channel: wecom, action: mass_send, text: hi}
  - wait: 1d
  - split:
      a: {share: 50%, steps: [{tag: a}, {id: call, ask: call}]}
      b: {share: 50%, steps: [{id: hook, webhook: "https://example.com/hook"}]}
  - wait: 3d
  - id: again
    propose: {channel: wecom, action: mass_send, text: again}
"""


def _books(workspace: Workspace) -> tuple[object, ...]:
    with workspace.database.read() as connection:
        arms = {(row.identifier_id, row.treated) for row in connection.execute(select(assignment))}
    return runs(workspace), deeds(workspace), tags(workspace), arms


def _undisturbed(folder: Path) -> tuple[object, ...]:
    workspace, clock = open_walked(folder, f"sqlite:///{folder / 'siyu.db'}", people=0)
    _start(workspace)
    for day in _DAYS:
        clock.advance_to(NOW_US + day * DAY)
        tick(workspace)
    books = _books(workspace)
    workspace.close()
    return books


def _start(workspace: Workspace) -> None:
    add_people(workspace, range(1, _PEOPLE + 1))
    published(workspace, _TEXT)
    assert enter_on_request(workspace, "killed", list(range(1, _PEOPLE + 1))) == _PEOPLE


def test_killing_the_worker_at_random_moments_changes_nothing_in_the_books(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    calm = _undisturbed(tmp_path / "calm")
    workspace, _ = open_walked(tmp_path / "killed", database_url, people=0)
    _start(workspace)
    chance = random.Random(7)
    killed = 0
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "app.journeys.ticker", str(tmp_path / "killed")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_TESTS,
        env=os.environ | {"PYTHONPATH": str(_TESTS)},
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        for day in _DAYS:
            status = -1
            for attempt in range(40):
                process.stdin.write(f"{day}\n")
                process.stdin.flush()
                number = int(process.stdout.readline())
                if attempt < 10:
                    time.sleep(10 ** chance.uniform(-2.3, -0.6))  # 5 to 250 ms: fast machines and slow ones
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
                status = int(process.stdout.readline())
                killed += status == signal.SIGKILL
                if status == 0:
                    break
            assert status == 0
        process.stdin.close()
    assert killed >= 2
    assert _books(workspace) == calm
    workspace.close()
