"""Read a table from a file: CSV, TSV, semicolons, columns of blanks, Parquet, Excel."""

import re
from io import BytesIO
from pathlib import Path

import polars as pl

from siyu.kernel.errors import BadInputError

_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?$")


def read_table(path: Path) -> pl.DataFrame:
    """Read the table in ``path``.

    Text files: the separator is found from the first lines; a first line with a number in it is data, not names, and
    the columns are then called ``0``, ``1``, ``2`` …; cells are text. Rows with too many cells lose what is beyond.

    Raises:
        BadInputError: there is no such file, or it is no table.
    """
    if not path.is_file():
        raise BadInputError(f"there is no file {path}")
    try:
        match path.suffix.lower():
            case ".parquet" | ".pq":
                table = pl.read_parquet(path)
            case ".xlsx" | ".xls":
                table = pl.read_excel(path)
            case _:
                table = _read_text(path)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from error
    if not table.width or not table.height:
        raise BadInputError(f"{path.name} holds no rows")
    return table


def _read_text(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        head = file.read(65_536)
    text = _decoded(head)
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if not lines:
        raise BadInputError(f"{path.name} is empty")
    separator = _separator(lines[:-1] or lines)
    if separator == " ":
        content = re.sub(r"[ \t]+", "\t", _decoded(path.read_bytes()))
        content = "\n".join(line.strip("\t\r") for line in content.splitlines() if line.strip())
        source, separator, first = content.encode(), "\t", lines[0].split()
    else:
        source, first = path.read_bytes(), lines[0].split(separator)
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or not _is_utf8(head):
            source = _decoded(source).encode()
    named = not any(_NUMBER.match(cell.strip().strip('"')) for cell in first)
    table = pl.read_csv(
        BytesIO(source),
        separator=separator,
        has_header=named,
        infer_schema=False,
        truncate_ragged_lines=True,
        null_values=["", "NULL", "null", "NA", "N/A", "None", "nan", "NaN"],
    )
    if not named:
        return table.rename({name: str(i) for i, name in enumerate(table.columns)})
    return table.rename({name: name.strip().lstrip("\ufeff") for name in table.columns})


def _separator(lines: list[str]) -> str:
    """Return the separator that splits every line into the same number of cells, most cells first."""
    best, cells = ",", 1
    for mark in ("\t", ",", ";", "|"):
        counts = [line.count(mark) for line in lines]
        if min(counts) > 0 and min(counts) + 1 > cells:
            best, cells = mark, min(counts) + 1
    if cells == 1 and min(len(line.split()) for line in lines) > 1:
        return " "
    return best


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut in two at the end
    return True


def _decoded(raw: bytes) -> str:
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", errors="ignore")
    if _is_utf8(raw):
        return raw.decode("utf-8-sig", errors="ignore")
    return raw.decode("gb18030", errors="replace")
