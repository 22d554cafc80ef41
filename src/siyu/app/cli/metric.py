"""``siyu metric``: any number of the field, over a workspace or over any file."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.app.fission.spread_file import spread_of_file
from siyu.app.measurement.metric import FileColumns, answered, engine_of, metric_of_file, metric_of_workspace
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.measurement.describe import metrics_page
from siyu.measurement.metric import TEXT_COLUMNS, card_of, cards

app = App(name="metric", help="Any number of the field: siyu metric --list, siyu metric retention.")


@app.default
def metric(
    name: str | None = None,
    file: Path | None = None,
    *,
    workspace: Path | None = None,
    list_: Annotated[bool, Parameter(name="--list", help="List every metric and its options.")] = False,
    page: Annotated[bool, Parameter(name="--page", help="Print docs/metrics.md, made from the metrics.")] = False,
    from_: Annotated[Path | None, Parameter(name="--from", help="Measure this file instead of a workspace.")] = None,
    person: Annotated[str, Parameter(help="The file's column of who.")] = "person",
    at: Annotated[str, Parameter(help="The file's column of when.")] = "at",
    kind: Annotated[str, Parameter(help="The file's column of what; without it every row is a paid order.")] = "",
    value: Annotated[str, Parameter(help="The file's column of money, in whole units.")] = "",
    currency: Annotated[str, Parameter(help="The file's currency; of a workspace, the only one that counts.")] = "",
    zone: Annotated[str, Parameter(help="The clock and calendar of the file.")] = "UTC",
    until: Annotated[str, Parameter(help="Up to when the file is complete; after its last row if not said.")] = "",
    drop_identical: Annotated[
        bool, Parameter(help="Use rows of the file that are equal in every column once.")
    ] = False,
    engine: Annotated[str, Parameter(help="local (threads), or spark.")] = "local",
    master: Annotated[str, Parameter(help="Spark's master, such as local-cluster[2,1,1024].")] = "",
    json: bool = False,
    **options: str,
) -> None:
    """Measure.

    Options of a metric are written as ``--window 7``; ``siyu metric --list`` names them. A file's text columns are
    named by what metrics call them: ``--channel utm_source``.
    """
    if page:
        print(metrics_page(), end="")
        return
    if list_ or name is None:
        answer({"metrics": [*[_listed(one) for one in cards()], _SPREAD]}, json=json)
        return
    from_ = from_ or file
    if name == "spread":
        _spread(from_, {**options, **({"at": at} if at != "at" else {})}, json=json)
        return
    if card_of(name).reads == "nothing":
        answer({"metric": name, "result": answered(name, options)}, json=json)
        return
    if from_ is None:
        opened = open_workspace(workspace)
        result = metric_of_workspace(opened, name, options, engine=engine_of(engine, master), currency=currency)
        answer({"metric": name, "result": shown(result)}, json=json)
        return
    texts: dict[str, str] = {}
    for column in _TEXTS:
        for written in (column, column.replace("_", "-")):
            if written in options:
                texts[column] = options.pop(written)
    columns = FileColumns(person, at, kind, value, currency or "CNY", texts, zone, until, drop_identical)
    read, result = metric_of_file(from_, name, columns, options, engine=engine_of(engine, master))
    if read.used < read.rows:
        notes.print(f'{read.rows - read.used} of {read.rows} rows set aside, see "read"', highlight=False)
    for said in read.warnings:
        notes.print(said, highlight=False)
    answer({"metric": name, "read": read, "result": shown(result)}, json=json)


@app.command
def spread(
    file: Path,
    *,
    tree: Annotated[str, Parameter(help="The column of the post or campaign; empty: the file is one tree.")] = "root",
    node: Annotated[str, Parameter(help="The column of the row's own name.")] = "mid",
    parent: Annotated[str, Parameter(help="The column of who or what brought it; -1 or empty: nobody.")] = "parent",
    at: Annotated[str, Parameter(help="The column of when.")] = "date",
    retained: Annotated[str, Parameter(help="A column that is 1 for those who stayed.")] = "",
    people: Annotated[bool, Parameter(help="Rows without a parent are seeds, not answers to a post.")] = False,
    engine: Annotated[str, Parameter(help="Any; a tree is walked here, in one piece.")] = "local",
    master: Annotated[str, Parameter(help="Of Spark; not needed here.")] = "",
    json: bool = False,
) -> None:
    """Measure who brought whom: generations, K with its interval, spreaders, cycle time, saturation, retained share."""
    if engine not in {"local", "spark"}:
        raise BadInputError(f"there is no engine {engine!r}", where="--engine", mend="local or spark")
    if engine == "spark":
        notes.print(f"spread walks one file of trees; no task is sent to {master or 'Spark'}", highlight=False)
    found = spread_of_file(file, tree=tree, node=node, parent=parent, at=at, retained=retained, people_are_roots=people)
    answer(found, json=json)


_TEXTS = (*TEXT_COLUMNS, "properties")
_SPREAD = {
    "name": "spread",
    "chinese": "裂变传播",
    "says": "Who brought whom, generation by generation: K with its interval, cycle time, saturation.",
    "needs": (),
    "reads": "a file: siyu metric spread FILE",
    "options": [{"name": name, "says": "column of the file", "default": ""} for name in ("tree", "node", "parent")],
}


def shown(result: Any) -> Any:
    """Leave out what is for programs only: fields of a result that do not show, such as a row per buyer."""
    if not dataclasses.is_dataclass(result) or isinstance(result, type):
        return result
    return {field.name: getattr(result, field.name) for field in dataclasses.fields(result) if field.repr}


def _spread(file: Path | None, options: dict[str, str], *, json: bool) -> None:
    if file is None:
        raise BadInputError("spread measures a file of who brought whom", mend="siyu metric spread FILE")
    known = {"tree": "root", "node": "mid", "parent": "parent", "at": "date", "retained": ""}
    for option in options:
        if option not in known:
            raise BadInputError(f"spread has no option --{option}", mend="there are --" + ", --".join(known))
    tree, node, parent, at, retained = (options.get(name, usual) for name, usual in known.items())
    answer(spread_of_file(file, tree=tree, node=node, parent=parent, at=at, retained=retained), json=json)


def _listed(name: str) -> dict[str, object]:
    card = card_of(name)
    options = [{"name": option.name, "says": option.says, "default": option.default} for option in card.options]
    return {
        "name": card.name,
        "chinese": card.chinese,
        "says": card.says,
        "needs": card.needs,
        "reads": card.reads,
        "options": options,
    }
