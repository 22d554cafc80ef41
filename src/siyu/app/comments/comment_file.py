"""Read files of comments: CSV, TSV, JSON lines, Excel, Parquet, in UTF-8, UTF-16 or GB 18030."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import polars as pl

from siyu.app.intake.read_table import decoded, read_table
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment import INQUIRIES

#: Files that hold a table whole; comments in text are read more leniently.
_TABLES = {".parquet", ".xlsx", ".xls", ".xlsm", ".gz"}
_YES = {"1", "1.0", "true", "yes", "y", "是", "lead", "inquiry", *(str(intent) for intent in INQUIRIES)}
_NO = {"0", "0.0", "false", "no", "n", "否", "complaint", "none"}


def read_comments(file: Path, *columns: str) -> pl.DataFrame:
    """Return the named columns as text, one row per comment; an empty cell is empty text.

    Raises:
        BadInputError: the file cannot be read, or a column is missing.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot read it: {error.strerror}", where=str(file)) from error
    try:
        frame = _parsed(raw, file)
    except pl.exceptions.PolarsError as error:
        raise BadInputError(str(error).splitlines()[0], where=str(file)) from error
    frame = frame.rename({name: name.strip() for name in frame.columns if name.strip() not in frame.columns})
    for column in columns:
        if column not in frame.columns:
            known = ", ".join(frame.columns[:12])
            raise BadInputError(f"there is no column {column!r}", where=str(file), mend=f"the columns are {known}")
    return frame.select(pl.col(column).cast(pl.String).fill_null("") for column in columns)


def labels_of(cells: list[str], file: Path) -> tuple[list[int], list[int], list[str]]:
    """Read yes/no cells; the name of an intent says which it is, an empty cell says nothing.

    Returns the places that could be read, their labels (1 or 0), and one line for each that could not.
    """
    places: list[int] = []
    labels: list[int] = []
    problems: list[str] = []
    for place, cell in enumerate(cells):
        plain = cell.strip().lower()
        if plain in _YES or plain in _NO:
            places.append(place)
            labels.append(int(plain in _YES))
        else:
            problems.append(f"{file.name} row {place + 1}: {cell!r} is neither 1 nor 0")
    return places, labels, problems


def _parsed(raw: bytes, file: Path) -> pl.DataFrame:
    suffix = file.suffix.lower()
    if suffix in _TABLES:
        return read_table(file)
    text = decoded(raw, where=str(file)).removeprefix("\ufeff")
    if not text.strip():
        raise BadInputError("the file is empty", where=str(file))
    data = BytesIO(text.encode())
    if suffix in {".jsonl", ".ndjson"}:
        return pl.read_ndjson(data, infer_schema_length=None)
    mark = "\t" if suffix == ".tsv" else ","
    try:
        return pl.read_csv(data, separator=mark, infer_schema=False, truncate_ragged_lines=True)
    except pl.exceptions.ComputeError:  # a quote in the midst of a cell; people write comments, not CSV
        return _read_leniently(text, mark)


def _read_leniently(text: str, mark: str) -> pl.DataFrame:
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=mark))
    names = rows[0]
    cells = [[*row[: len(names)], *[""] * (len(names) - len(row))] for row in rows[1:]]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
