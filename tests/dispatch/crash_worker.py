"""Workers for the crash tests: each takes small steps of the loop, in any order, until it is killed.

A mother process loads everything once. For every line that she reads she starts a worker, which writes its number when
it is ready; she writes an empty line when it is dead. The workers' clock is a file that the test moves.
"""

import os
import random
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


def work(folder: str, clock: str, batch: int, *, proposes: bool) -> None:
    workspace = open_workspace(Path(folder), clock=FileClock(Path(clock)))
    senders = open_senders(workspace)
    dice = random.Random(os.getpid())
    steps = [
        lambda: look_up(workspace, senders, channel="wecom"),
        lambda: judge_due(workspace, batch=10 * batch),
        lambda: carry_out(workspace, senders, channel="wecom", batch=batch),
    ]
    if proposes:
        steps.append(lambda: propose(workspace, [plays()["replenishment"]], channel="wecom"))
    _say(str(os.getpid()))
    while True:
        dice.choice(steps)()
        time.sleep(0.002)


def main(folder: str, clock: str, batch: str, proposes: str) -> None:
    for _ in sys.stdin:
        number = os.fork()
        if number == 0:
            work(folder, clock, int(batch), proposes=proposes == "proposes")
        os.waitpid(number, 0)
        _say("")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
