"""``siyu password``: the console's admin password."""

from pathlib import Path

from cyclopts import App

from siyu.app.access.passwords import ADMIN, set_password
from siyu.app.access.sessions import Sessions
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace

app = App(name="password", help="The console's admin password.")


@app.command
def new(*, workspace: Path | None = None, json: bool = False) -> None:
    """Make a new password and show it once; the old one stops working, and everybody is logged out."""
    with open_workspace(workspace) as opened:
        password = set_password(opened)
        Sessions(opened).end_all()
        answer({"user": ADMIN, "password": password}, json=json)
