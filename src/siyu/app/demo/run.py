"""Run the demo: make a workspace, play WeCom on loopback, live through the replay, report."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from siyu.app.api.on_loopback import on_loopback
from siyu.app.clock import VirtualClock
from siyu.app.demo.grocer import CURRENCY, ZONE, read_history
from siyu.app.demo.replay import DAYS, START_US, Progress, Stage, replay
from siyu.app.demo.report import Report, report
from siyu.app.settings import FILE_NAME
from siyu.app.simulate.demo import market_demo
from siyu.app.workspace import Workspace, make_workspace, open_workspace
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.touch_log import SqlTouchLog

_SETTINGS: Final = f"""\
# The demo's workspace: a grocer's year. Made by `siyu demo`.

[brand]
name = "A grocer"
currency = "{CURRENCY}"
zone = "{ZONE}"

[policy]
holdout_salt = "siyu demo"   # the same people are held out in every run
holdout_share = 0.1          # few people: a twentieth would tell little
"""


def run_demo(folder: Path, *, fast: bool, progress: Progress) -> Report:
    """Make the workspace in ``folder`` and live through the replay.

    Args:
        fast: Turn the loop once a week instead of once a day, and leave the market out.

    Raises:
        ConfigError: the folder holds a workspace already, or the demo's data is not installed.
    """
    began = time.monotonic()
    progress("reading", 0, 1)
    history = read_history(received_at_us=START_US + (DAYS + 1) * DAY)  # nothing of the year lies ahead then
    progress("reading", 1, 1)
    clock = VirtualClock(START_US - 2 * DAY)
    workspace = _fresh(folder, clock)
    try:
        with Sandbox(clock=clock, platforms=("wecom",)) as sandbox, on_loopback(workspace) as address:
            account, played = sandbox.account("wecom"), sandbox.platform("wecom")
            played.send_callbacks_to(f"{address}/callbacks/wecom/{account.account}")
            stage = Stage(account, played, sandbox.settle)
            held = replay(workspace, clock, history, stage, step_days=7 if fast else 1, progress=progress)
        progress("measuring", 0, 1)
        found = report(workspace, held=held, seconds=time.monotonic() - began)
        progress("measuring", 1, 1)
    finally:
        workspace.close()
    if fast:
        return found
    market = market_demo(progress)
    return replace(found, market=market, seconds=round(time.monotonic() - began, 1))


def _fresh(folder: Path, clock: VirtualClock) -> Workspace:
    if not (folder / FILE_NAME).exists():
        make_workspace(folder)
        (folder / FILE_NAME).write_text(_SETTINGS, "utf-8")
    workspace = open_workspace(folder, clock=clock)
    with workspace.database.read() as connection:
        taken_in = SqlTouchLog(connection).taken_in()
    if taken_in:
        workspace.close()
        raise ConfigError(f"{folder} holds {taken_in:,} touches already: give an empty folder, or remove it first")
    return workspace
