"""Read files of comments: CSV, TSV, JSON lines, Parquet, in UTF-8 or GB 18030."""

from io import BytesIO
from pathlib import Path

import polars as pl

from siyu.kernel.errors import BadInputError

_YES = {"1", "1.0", "true", "yes", "y", "是", "lead"}
_NO = {"0", "0.0", "false", "no", "n", "否", "none"}


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
        frame = _parsed(raw, file.suffix.lower())
    except pl.exceptions.PolarsError as error:
        raise BadInputError(str(error).splitlines()[0], where=str(file)) from error
    for column in columns:
        if column not in frame.columns:
            known = ", ".join(frame.columns[:12])
            raise BadInputError(f"there is no column {column!r}", where=str(file), mend=f"the columns are {known}")
    return frame.select(pl.col(column).cast(pl.String).fill_null("") for column in columns)


def labels_of(cells: list[str], file: Path) -> tuple[list[int], list[int], list[str]]:
    """Read yes/no cells.

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


def _parsed(raw: bytes, suffix: str) -> pl.DataFrame:
    if suffix == ".parquet":
        return pl.read_parquet(BytesIO(raw))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    data = BytesIO(text.encode())
    if suffix in {".jsonl", ".ndjson"}:
        return pl.read_ndjson(data, infer_schema_length=None)
    return pl.read_csv(
        data, separator="\t" if suffix == ".tsv" else ",", infer_schema=False, truncate_ragged_lines=True
    )
