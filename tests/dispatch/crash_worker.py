"""A worker for the crash tests: turns the loop by small steps until it is killed.

Its clock is a file that the test moves.
"""

import sys
import time
from pathlib import Path

from siyu.app.carry_out import carry_out, look_up
from siyu.app.judge import judge_due
from siyu.app.propose import propose
from siyu.app.senders import open_senders
from siyu.app.workspace import open_workspace
from siyu.campaigns.play import plays


class FileClock:
    """Says what the test wrote."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now_us(self) -> int:
        return int(self._file.read_text())


def main(folder: str, clock: str, batch: int) -> None:
    workspace = open_workspace(Path(folder), clock=FileClock(Path(clock)))
    senders = open_senders(workspace)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        look_up(workspace, senders, channel="wecom")
        propose(workspace, [plays()["replenishment"]], channel="wecom")
        judge_due(workspace)
        carry_out(workspace, senders, channel="wecom", batch=batch)
        time.sleep(0.01)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
