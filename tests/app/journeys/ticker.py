"""Run by the test that kills: tick a workspace on a database until nobody moves any more, then say so."""

import sys
from pathlib import Path

from app.journeys.walked import NOW_US
from siyu.app.clock import VirtualClock
from siyu.app.journeys.tick import tick
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY

if __name__ == "__main__":
    workspace = open_workspace(Path(sys.argv[1]), clock=VirtualClock(NOW_US + int(sys.argv[2]) * DAY))
    print("ready", flush=True)
    sys.stdin.readline()
    tick(workspace, most=37)
    workspace.close()
    print("done", flush=True)
