"""``siyu adding``: whom staff may ask to be added today, at a pace that people accept."""

from pathlib import Path

from cyclopts import App

from siyu.app.bringing_in import adding
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace

app = App(
    name="adding", help="Gradual adding 渐进添加: from a purchase or a request only, at a pace that people accept."
)


@app.command
def today(*, workspace: Path | None = None, json: bool = False) -> None:
    """Show each staff member's pace, acceptance and alarm, whom to ask next, and how people of each source say yes."""
    with open_workspace(workspace) as opened:
        staff = [adding.told(one) for one in adding.accounts(opened)]
        answer({"accounts": staff, "sources": adding.sources(opened)}, json=json)


@app.command
def asked(person: int, staff: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Book that a staff member asked a person; refused without a reason, a second time, or beyond the day's pace."""
    with open_workspace(workspace) as opened:
        answer(adding.asked(opened, person, staff), json=json)
