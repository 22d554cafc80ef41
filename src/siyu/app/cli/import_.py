"""``siyu import``: files of orders, touches, people, consents and ad spend."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from siyu.app.cli.answer import answer, notes
from siyu.app.intake.import_file import Imported, import_file, together
from siyu.app.intake.mapping import Mapping, What, preset, preset_names, read_mapping
from siyu.app.intake.preview import preview
from siyu.app.intake.quarantine import look, replay
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError

app = App(
    name="import",
    help="Import files: CSV, TSV, NDJSON, Parquet and Excel; columns are guessed, or named by a preset or mapping.",
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read, and where what they hold goes."""

    preset: Annotated[str, Parameter(help="A shape that is known: `siyu import presets` lists them.")] = ""
    mapping: Annotated[Path | None, Parameter(help="A TOML file that says which column means what.")] = None
    dry_run: Annotated[bool, Parameter(help="Show the first rows as they would be understood; change nothing.")] = False
    zone: Annotated[str, Parameter(help="Zone of moments without an offset; the brand's if none is named.")] = ""
    workspace: Path | None = None
    json: bool = False


_DEFAULT = Reading()


@app.command
def orders(*files: Path, channel: str = "", account: str = "", currency: str = "", reading: Reading = _DEFAULT) -> None:
    """Import orders, or the lines of orders: one paid order is one touch, what was taken back is a refund."""
    _run("orders", files, reading, {"channel": channel, "account": account, "currency": currency})


@app.command
def touches(
    *files: Path,
    kind: str = "",
    channel: str = "",
    account: str = "",
    currency: str = "",
    reading: Reading = _DEFAULT,
) -> None:
    """Import anything that happened, one row each."""
    _run("touches", files, reading, {"kind": kind, "channel": channel, "account": account, "currency": currency})


@app.command
def people(*files: Path, channel: str = "", account: str = "", reading: Reading = _DEFAULT) -> None:
    """Import people: identifiers in one row are one person; names and addresses go to the vault."""
    _run("people", files, reading, {"channel": channel, "account": account})


@app.command
def consents(*files: Path, purpose: str = "", channel: str = "", reading: Reading = _DEFAULT) -> None:
    """Import what people allowed and took back."""
    _run("consents", files, reading, {"purpose": purpose, "channel": channel})


@app.command
def spend(*files: Path, channel: str = "", account: str = "", currency: str = "", reading: Reading = _DEFAULT) -> None:
    """Import ad spend; a later export of the same day and place replaces the earlier one."""
    _run("spend", files, reading, {"channel": channel, "account": account, "currency": currency})


@app.command
def presets(*, json: bool = False) -> None:
    """List the shapes that are known, with their source and date."""
    listed = []
    for what in ("orders", "touches", "people", "consents", "spend"):
        for name in preset_names(what):
            one = preset(name, what)
            listed.append({"name": name, "what": what, "title": one.title, "as_of": one.as_of, "source": one.source})
    answer(listed, json=json)


@app.command
def quarantine(
    *,
    replay_: Annotated[
        bool, Parameter(name="--replay", help="Read the rows again, and take in what is understood.")
    ] = False,
    mapping: Annotated[Path | None, Parameter(help="A TOML file that says which column means what.")] = None,
    source: str = "",
    heading: str = "",
    limit: Annotated[int, Parameter(help="How many rows to list.")] = 20,
    show: Annotated[bool, Parameter(help="Show what stands in the rows; it may be personal.")] = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Look at the rows that were set aside, or replay them."""
    with open_workspace(workspace) as opened:
        if replay_:
            answer(replay(opened, mapping=mapping, source=source, heading=heading), json=json)
        else:
            answer(look(opened, source=source, heading=heading, limit=limit, show=show), json=json)


def _run(what: What, files: tuple[Path, ...], reading: Reading, fixed: dict[str, str]) -> None:
    if not files:
        raise BadInputError("name at least one file", where=f"siyu import {what}")
    if reading.preset and reading.mapping:
        raise BadInputError("give a preset or a mapping file, not both")
    given: Mapping | None = None
    if reading.preset:
        given = preset(reading.preset, what)
    elif reading.mapping:
        given = read_mapping(reading.mapping, what)
    missing = next((file for file in files if not file.exists()), None)
    if missing is not None:  # before a workspace is made for nothing
        raise BadInputError("there is no such file", where=str(missing))
    opened = open_workspace(reading.workspace, create=True)
    try:
        if reading.dry_run:
            shown = [preview(opened, what, file, mapping=given, fixed=fixed, zone=reading.zone) for file in files]
            answer(shown[0] if len(shown) == 1 else shown, json=reading.json)
            return
        done: list[Imported] = []
        with _progress() as bar:
            for file in files:
                task = bar.add_task(file.name, total=None)
                done.append(
                    import_file(
                        opened, what, file, mapping=given, fixed=fixed, zone=reading.zone,
                        progress=_teller(bar, task),
                    )
                )  # fmt: skip
        answer(_document(together(done)), json=reading.json)
    except KeyboardInterrupt as stop:
        said = "stopped: what was taken in stays; run the same command again to complete it"
        raise KeyboardInterrupt(said) from stop
    finally:
        opened.close()


def _teller(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    return lambda at, of: bar.update(task, completed=at, total=of)


def _document(done: Imported) -> dict[str, Any]:
    return {name: getattr(done, name) for name in Imported.__slots__}


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=notes,
        transient=True, disable=not notes.is_terminal,
    )  # fmt: skip
