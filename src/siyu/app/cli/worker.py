"""``siyu worker``: turn the loop, without the web."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer, notes
from siyu.app.workspace import open_workspace

app = App(name="worker", help="Turn the loop, without the web.")


@app.default
def worker(*, workspace: Path | None = None, every: float = 60.0, once: bool = False, json: bool = False) -> None:
    """Turn the loop until Ctrl-C, or once.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        every: Seconds between two turns.
        once: Turn once and say what was done.
        json: Answer with one JSON document.
    """
    from siyu.app.worker import Worker  # noqa: PLC0415  the loop is needed here alone

    with open_workspace(workspace) as opened:
        working = Worker(opened, every_s=every)
        if once:
            answer(working.once(), json=json)
        else:
            notes.print(f"turning every {every:g} s; Ctrl-C ends it")
            working.run()
