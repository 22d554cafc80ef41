"""``siyu sandbox``: the platforms played on loopback, to try plays before an account is connected."""

import signal
import sys
import threading
from types import FrameType
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.sandbox.faults import faults_of_text
from siyu.sandbox.sandbox import Sandbox

app = App(name="sandbox", help="Play the platforms on loopback: same contracts, no real account.")


@app.default
def sandbox(
    *,
    port: int = 0,
    seed: int = 0,
    platform: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    faults: str = "",
    json: bool = False,
) -> None:
    """Serve until stopped.

    Args:
        port: Where to listen on loopback; 0 takes a free port.
        seed: The dice; the same seed plays the same way.
        platform: Play only this one; may be given several times.
        faults: What goes wrong, such as lost_callbacks=0.1,lost_answers=0.02.
        json: Print one JSON line with base URL, credentials and callback secrets of each platform.
    """
    stop = threading.Event()

    def stopped(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    with Sandbox(seed=seed, platforms=platform or None, port=port, faults=faults_of_text(faults)) as running:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stopped)
        answer(running.description(), json=json)
        sys.stdout.flush()
        notes.print(f"The sandbox serves {running.url}; stop it with Ctrl-C.")
        stop.wait()
