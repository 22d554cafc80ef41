"""``siyu content``: calendars checked before they go out, and what each piece and topic brought."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.content import CARDS, FOLDER, calendars, checked, read_calendar, read_personas, returns, spoken
from siyu.app.workspace import open_workspace
from siyu.content.persona import out_of_tone, speaker
from siyu.kernel.errors import BadInputError

app = App(name="content", help="Content 内容: a calendar of topics, checked beforehand and judged by who stays.")


@app.command
def check(
    file: Path,
    *,
    earlier: Annotated[
        list[Path] | None, Parameter(consume_multiple=True, help="Calendars that should not be said again.")
    ] = None,
    personas: Annotated[Path | None, Parameter(help="Persona cards of those in whose name pieces go.")] = None,
    json: bool = False,
) -> None:
    """Say what to mend: clauses, repetition, no brief, nothing to do for the reader, the brand speaking of itself."""
    cards = None if personas is None else read_personas(personas)
    found = checked(read_calendar(file), [read_calendar(one) for one in earlier or [] if one != file], cards)
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


@app.command(name="as")
def as_(staff: str, text: str = "", /, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show somebody's persona card, and say what in a text does not sound like them.

    Args:
        staff: The platform's user id, as in the workspace's ``personas.yaml``.
        text: A reply or a message that they are about to send.
    """
    with open_workspace(workspace) as opened:
        persona = speaker(read_personas(opened.folder / CARDS), staff)
    tone = [{"says": told, "mend": mend} for told, mend in out_of_tone(persona, text)] if text else []
    answer({"staff": staff, "card": msgspec.to_builtins(persona), "tone": tone}, json=json)
