"""``siyu lake``: the long memory of touches, how it stands and how it is kept tidy."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app import lake
from siyu.app.cli.answer import answer, notes
from siyu.app.workspace import open_workspace

app = App(name="lake", help="The long memory of touches: how it stands, flush, compact.")

Folder = Annotated[Path | None, Parameter(name="--workspace", help="The workspace.")]


@app.command
def status(*, workspace: Folder = None, json: bool = False) -> None:
    """Say how the lake stands, and what waits for it."""
    with open_workspace(workspace) as opened:
        answer(lake.status(opened), json=json)


@app.command
def flush(*, workspace: Folder = None, json: bool = False) -> None:
    """Move every waiting touch to the lake."""
    with open_workspace(workspace) as opened, notes.status("moving touches to the lake"):
        done = lake.flush(opened)
    answer(done, json=json)


@app.command
def compact(*, workspace: Folder = None, json: bool = False) -> None:
    """Flush, then rewrite every bucket as one sorted file."""
    with open_workspace(workspace) as opened, notes.status("putting the lake in order"):
        done = lake.flush(opened)
        buckets = lake.compact(opened)
    answer({"touches": done.touches, "buckets": buckets, "moved": done.moved}, json=json)
