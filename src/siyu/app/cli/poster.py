"""``siyu poster``: draw a personal poster for everybody in a file."""

import time
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.app.posters import press_of, read_picture
from siyu.content.poster_drawing import PosterFor
from siyu.kernel.errors import BadInputError

app = App(name="poster", help="Posters 海报: one template, one poster a person, each with its own code.")

_BATCH = 500


@app.command
def draw(
    template: Path,
    people: Path,
    *,
    out: Path,
    photo: Annotated[Path | None, Parameter(help="The photo of the template.")] = None,
    font: Annotated[Path | None, Parameter(help="A font with the letters of the names.")] = None,
    link: Annotated[str, Parameter(help="The column with what the code says.")] = "link",
    name: Annotated[str, Parameter(help="The column that names the file; row numbers without one.")] = "",
    avatar: Annotated[str, Parameter(help="The column with the path of the person's picture, if there is one.")] = "",
    json: bool = False,
) -> None:
    """Draw posters from a template (YAML) and a CSV with a link and the values of the slots, one row a person."""
    press = press_of(template, photo=photo, font=font)
    try:
        rows = pl.read_csv(people, infer_schema=False).fill_null("")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInputError(str(error).splitlines()[0], where=str(people)) from error
    for column in filter(None, (link, name, avatar)):
        if column not in rows.columns:
            raise BadInputError(
                f"there is no column {column!r}", where=str(people), mend=f"known: {', '.join(rows.columns)}"
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"cannot make the folder: {error.strerror}", where=str(out)) from error
    started, drawn, problems = time.perf_counter(), 0, []
    for first in range(0, rows.height, _BATCH):
        batch: list[tuple[str, PosterFor]] = []
        for place, row in enumerate(rows.slice(first, _BATCH).iter_rows(named=True), start=first + 1):
            try:
                face = read_picture(people.parent / row[avatar]) if avatar and row[avatar] else None
            except BadInputError as error:
                problems.append(f"row {place}: {error}")
                continue
            batch.append((_file_name(row[name]) if name else f"{place:06d}", PosterFor(row[link], row, face)))
        for file, one in batch:
            try:
                jpeg = press.posters([one])[0]
            except BadInputError as error:
                problems.append(f"{file}: {error}")
                continue
            (out / f"{file}.jpg").write_bytes(jpeg)
            drawn += 1
    for problem in problems[:10]:
        notes.print(problem, markup=False)
    seconds = time.perf_counter() - started
    document: dict[str, Any] = {"drawn": drawn, "set_aside": len(problems), "seconds": seconds, "out": str(out)}
    answer(document, json=json)


def _file_name(text: str) -> str:
    return "".join(mark if mark.isalnum() or mark in "-_." else "_" for mark in text).lstrip(".")[:100] or "_"
