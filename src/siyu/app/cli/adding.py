"""``siyu adding``: whom staff may ask to be added today, at a pace that people accept."""

from pathlib import Path

from cyclopts import App

from siyu.app import adding
from siyu.app.cli.answer import answer
from siyu.app.workspace import default_workspace, open_workspace

app = App(
    name="adding", help="Gradual adding 渐进添加: from a purchase or a request only, at a pace that people accept."
)


@app.command
def today(*, workspace: Path | None = None, json: bool = False) -> None:
    """Show each staff member's pace, acceptance and alarm, and whom to ask next."""
    opened = open_workspace(workspace or default_workspace())
    try:
        answer({"accounts": [adding.told(one) for one in adding.accounts(opened)]}, json=json)
    finally:
        opened.close()


@app.command
def asked(person: int, staff: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Book that a staff member asked a person; refused without a reason, a second time, or beyond the day's pace."""
    opened = open_workspace(workspace or default_workspace())
    try:
        answer(adding.asked(opened, person, staff), json=json)
    finally:
        opened.close()
