"""``siyu journey``: journeys 旅程, checked, compared, published and watched."""

import sys
from pathlib import Path
from typing import Any

from cyclopts import App

from siyu.app.cli.answer import answer, notes
from siyu.app.journeys import publish as publishing
from siyu.app.workspace import default_workspace, open_workspace
from siyu.campaigns.journey.compare import changes
from siyu.campaigns.journey.language import Checked
from siyu.campaigns.journey.place import FaultyError

app = App(name="journey", help="Journeys 旅程: check, plan, publish, watch.")


@app.command
def check(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Check a journey's file: every fault with its line and column, and how to mend it. Status 2 if there are any.

    Args:
        workspace: Whose money and clock it uses; needs not exist.
    """
    folder = workspace or default_workspace()
    opened = open_workspace(folder) if (folder / "siyu.toml").exists() else None
    try:
        checked = publishing.check_text(opened, publishing.read_file(file))
    except FaultyError as error:
        checked = Checked(None, error.faults, [])
    finally:
        if opened:
            opened.close()
    if json:
        answer(_told(checked), json=True)
    else:
        for fault in (*checked.faults, *checked.warnings):
            word = "error" if fault in checked.faults else "warning"
            notes.print(f"{file}:{fault.line}:{fault.column}: {word}: {fault.what} ({fault.mend})", highlight=False,
                        markup=False, soft_wrap=True)  # fmt: skip
        if checked.journey:
            steps = [f"{one['place']:>3} {one['name']}: {one['says']}" for one in _steps(checked)]
            sys.stdout.write("\n".join([f"{file} is well: {len(steps)} steps", *steps]) + "\n")
    if checked.faults:
        sys.exit(2)


@app.command
def schema() -> None:
    """Print the JSON Schema of the language, for editors: save it and name it in a comment of the file."""
    from siyu.campaigns.journey.schema import json_schema  # noqa: PLC0415  needed here alone

    answer(json_schema(), json=True)


@app.command
def plan(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Say what publishing a file would change, and for how many people on their way."""
    with open_workspace(workspace) as opened:
        answer(publishing.plan(opened, publishing.read_file(file), file=str(file)), json=json)


@app.command
def diff(file: Path, other: Path | None = None, *, workspace: Path | None = None, json: bool = False) -> None:
    """Compare a file with what is published, or with another file.

    Args:
        other: The newer file; without one, ``file`` is the newer and the published version the older.
    """
    with open_workspace(workspace) as opened:
        newer = publishing.read_journey_file(opened, other or file)
        if other:
            older = publishing.read_journey_file(opened, file)
            answer({"name": newer.name, "changes": changes(older, newer)}, json=json)
        else:
            planned = publishing.plan(opened, publishing.read_file(file), file=str(file))
            answer({"name": planned.name, "changes": planned.changes}, json=json)


@app.command
def publish(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Publish a file: people enter this version from now on. The same file again changes nothing."""
    with open_workspace(workspace) as opened:
        answer(publishing.publish(opened, publishing.read_file(file), file=str(file)), json=json)


@app.command
def pause(name: str, *, reason: str = "", workspace: Path | None = None, json: bool = False) -> None:
    """Stop a journey: nobody enters and nobody moves on; goals and exits still count."""
    with open_workspace(workspace) as opened:
        publishing.set_paused(opened, name, paused=True, reason=reason)
        answer({"name": name, "state": "paused", "reason": reason}, json=json)


@app.command
def resume(name: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Let a paused journey go on."""
    with open_workspace(workspace) as opened:
        publishing.set_paused(opened, name, paused=False)
        answer({"name": name, "state": "running"}, json=json)


@app.command
def show(name: str, *, version: int | None = None, workspace: Path | None = None, json: bool = False) -> None:
    """Show how many people stand at each step, why, and how the others ended."""
    from siyu.app.journeys.show import show as shown  # noqa: PLC0415  needed here alone

    with open_workspace(workspace) as opened:
        answer(shown(opened, name, version), json=json)


@app.command(name="list")
def list_(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the journeys that are published."""
    from siyu.app.journeys.show import journeys  # noqa: PLC0415  needed here alone

    with open_workspace(workspace) as opened:
        answer({"journeys": journeys(opened)}, json=json)


@app.command
def enter(name: str, people: list[int], *, workspace: Path | None = None, json: bool = False) -> None:
    """Let people into a journey by request, as far as its rules allow.

    Args:
        people: Their numbers.
    """
    from siyu.app.journeys.tick import enter_on_request  # noqa: PLC0415  needed here alone

    with open_workspace(workspace) as opened:
        answer({"name": name, "asked": len(people), "entered": enter_on_request(opened, name, people)}, json=json)


@app.command
def tick(*, workspace: Path | None = None, json: bool = False) -> None:
    """Move everybody who is due, now; the worker does this every minute."""
    from siyu.app.campaigns.best_hours import keep_best_hours  # noqa: PLC0415  needed here alone
    from siyu.app.journeys.tick import tick as ticked  # noqa: PLC0415  as above

    with open_workspace(workspace) as opened:
        keep_best_hours(opened)
        answer(ticked(opened), json=json)


@app.command
def tasks(*, staff: str = "", workspace: Path | None = None, json: bool = False) -> None:
    """List what journeys ask of staff, the most urgent first."""
    from siyu.app.journeys.tasks import open_tasks  # noqa: PLC0415  needed here alone

    with open_workspace(workspace) as opened:
        answer({"tasks": open_tasks(opened, staff=staff)}, json=json)


@app.command
def done(task: str, *, said: str = "", workspace: Path | None = None, json: bool = False) -> None:
    """Book a task of a journey as done.

    Args:
        said: What came of it.
    """
    from siyu.app.journeys.tasks import finish_task  # noqa: PLC0415  needed here alone

    with open_workspace(workspace) as opened:
        finish_task(opened, task, answer=said)
        answer({"task": task, "done": True}, json=json)


def _told(checked: Checked) -> dict[str, Any]:
    return {
        "ok": not checked.faults,
        "errors": checked.faults,
        "steps": _steps(checked),
        "warnings": checked.warnings,
    }


def _steps(checked: Checked) -> list[dict[str, Any]]:
    if checked.journey is None:
        return []
    from siyu.campaigns.journey.told import says  # noqa: PLC0415  needed here alone

    one = checked.journey
    return [
        {"place": place, "name": step.name, "kind": type(step).__name__.lower(), "line": step.line,
         "says": says(one, step)}
        for place, step in enumerate(one.steps)
    ]  # fmt: skip
