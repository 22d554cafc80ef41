"""Run by the test that kills: for each day asked for, tick in a process of its own; say its number and how it ended."""

import os
import sys
from pathlib import Path

from app.journeys.walked import NOW_US
from siyu.app.clock import VirtualClock
from siyu.app.journeys.tick import tick
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY


def main(folder: Path) -> None:
    for line in sys.stdin:
        number = os.fork()  # everything is imported already: a fresh interpreter would take seconds each time
        if number == 0:
            workspace = open_workspace(folder, clock=VirtualClock(NOW_US + int(line) * DAY))
            tick(workspace, most=11)
            os._exit(0)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitpid(number, 0)[1]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
