"""``siyu init``: make a workspace."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.settings import FILE_NAME
from siyu.app.workspace import default_workspace, open_workspace

app = App(name="init", help="Make a workspace: one folder with everything Siyu keeps.")


@app.default
def init(workspace: Path | None = None, *, json: bool = False) -> None:
    """Make a workspace; one that is there already stays as it is.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    folder = workspace or default_workspace()
    opened = open_workspace(folder, create=True)
    document = {
        "workspace": str(folder.absolute()),
        "settings": str((folder / FILE_NAME).absolute()),
        "database": opened.database.engine.url.render_as_string(hide_password=True),
        "lake": opened.lake_url,
        "version": opened.database.version(),
    }
    opened.close()
    answer(document, json=json)
