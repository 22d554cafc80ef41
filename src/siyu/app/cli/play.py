"""``siyu play``: the plays there are, and what each brought."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.workspace import default_workspace, open_workspace

app = App(name="play", help="The plays there are, and what each brought.")


@app.command(name="list")
def list_(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the plays with their holdout and the retention they brought, best first.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.effects import effects  # noqa: PLC0415  measuring is needed here alone

    opened = open_workspace(workspace or default_workspace())
    try:
        answer(effects(opened), json=json)
    finally:
        opened.close()
