"""Workers for the crash tests: each takes small steps of the loop, in any order, and kills itself at a write.

A mother process loads everything once. For every number and kind of write that she reads she starts a worker, which
ends itself with ``kill -9`` at that write of the kind: before a statement, before or after a commit, before a hand-over
or after it and before its receipt is kept. She writes where it died. The workers' clock is a file that the test moves.
"""

import os
import random
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reminding import Reminding
from sqlalchemy import Connection, event

from siyu.app.campaigns.propose import propose
from siyu.app.channels.senders import Senders, open_senders
from siyu.app.dispatch.carry_out import carry_out, look_up
from siyu.app.policy.judge import judge_due
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.dispatch.ports import Sender

_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
_WRITES_AFTER = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) \w+")
_TELLS = os.fdopen(os.dup(1), "w")
#: So many writes of other kinds a worker lives through, waiting for its own.
_WITHOUT = 200


class FileClock:
    """Says what the test wrote."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now_us(self) -> int:
        return int(self._file.read_text())


class Fate:
    """Counts writes of a kind; at the one it was given, or where none comes any more, the process is gone."""

    def __init__(self, dies_at: int, kind: str) -> None:
        self._left, self._kind, self._most = dies_at, kind, dies_at + _WITHOUT
        self._committed = False

    def meets(self, what: str) -> None:
        self._most -= 1
        self._left -= self._kind in what
        if self._left <= 0 or self._most <= 0:
            _say(what)
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, workspace: Workspace) -> None:
        engine = workspace.database.engine

        @event.listens_for(engine, "before_cursor_execute")
        def _statement(_connection: Connection, _cursor: Any, text: str, *_: Any) -> None:
            if text.lstrip().startswith(_WRITES):
                self.meets(_named(text))

        @event.listens_for(engine, "commit")
        def _commit(_connection: Connection) -> None:
            self.meets("before a commit")
            self._committed = True

        @event.listens_for(engine, "checkin")
        def _after(*_: Any) -> None:
            if self._committed:
                self._committed = False
                self.meets("after a commit")


def _named(statement: str) -> str:
    """Name a write by its first words; one that begins with a table of values by the words behind it."""
    found = _WRITES_AFTER.search(statement) if statement.lstrip().startswith("WITH") else None
    return f"WITH {found[0]}" if found else " ".join(statement.split(maxsplit=3)[:3])


class Watched:
    """A sender before and after which the process may die."""

    def __init__(self, sender: Sender, meets: Callable[[str], None]) -> None:
        self._sender, self._meets = sender, meets

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        self._meets("before a hand-over")
        receipts = self._sender.send(messages)
        self._meets("after a hand-over")
        return receipts

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        return self._sender.look_up(tasks)

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        return self._sender.lost_task(message, claimed_at_us)


def work(folder: str, clock: str, batch: int, dies_at: int, kind: str, *, proposes: bool) -> None:
    workspace = open_workspace(Path(folder), clock=FileClock(Path(clock)))
    dice, fate = random.Random(dies_at * 7_919 + os.getpid()), Fate(dies_at, kind)
    opened = open_senders(workspace)
    fate.watch(workspace)
    senders: Senders = {place: Watched(sender, fate.meets) for place, sender in opened.items()}
    steps = [
        lambda: look_up(workspace, senders, channel="wecom"),
        lambda: judge_due(workspace, batch=10 * batch),
        lambda: carry_out(workspace, senders, channel="wecom", batch=batch),
    ]
    if proposes:
        steps.append(lambda: propose(workspace, [Reminding()], channel="wecom"))
    while True:
        dice.choice(steps)()


def main(folder: str, clock: str, batch: str, proposes: str) -> None:
    os.dup2(2, 1)  # what the product logs is not said in the workers' name
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            dies_at, _, kind = line.rstrip("\n").partition(" ")
            work(folder, clock, int(batch), int(dies_at), kind, proposes=proposes == "proposes")
        os.waitpid(number, 0)


def _say(line: str) -> None:
    _TELLS.write(f"{line}\n")
    _TELLS.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
