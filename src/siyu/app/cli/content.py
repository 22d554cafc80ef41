"""``siyu content``: calendars checked before they go out, and what each piece and topic brought."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.content import FOLDER, calendars, checked, read_calendar, returns, spoken
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError

app = App(name="content", help="Content 内容: a calendar of topics, checked beforehand and judged by who stays.")


@app.command
def check(
    file: Path,
    *,
    earlier: Annotated[
        list[Path] | None, Parameter(consume_multiple=True, help="Calendars that should not be said again.")
    ] = None,
    json: bool = False,
) -> None:
    """Say what to mend: clauses, repetition, no brief, nothing to do for the reader, the brand speaking of itself."""
    found = checked(read_calendar(file), [read_calendar(one) for one in earlier or [] if one != file])
    answer(found, json=json)


@app.command(name="returns")
def returns_(file: Path | None = None, *, workspace: Path | None = None, json: bool = False) -> None:
    """Say what pieces and topics cost and brought: contacts, people, who stayed, cost of one who stayed.

    Args:
        file: A calendar; all in the workspace's folder ``content`` if none is given.
    """
    with open_workspace(workspace) as opened:
        planned = calendars(opened) if file is None else [read_calendar(file)]
        if not planned:
            raise BadInputError("there is no calendar", where=str(opened.folder / FOLDER), mend="give a file")
        answer(returns(opened, planned), json=json)


@app.command
def mix(*, days: int = 30, workspace: Path | None = None, json: bool = False) -> None:
    """Say as whom staff really spoke (expert, friend, sales), beside the mix that the calendars plan.

    Args:
        days: How far back.
    """
    if days < 1:
        raise BadInputError(f"{days} is out of range", where="--days", mend="from 1 up")
    with open_workspace(workspace) as opened:
        answer(spoken(opened, calendars(opened), days=days), json=json)
