"""Read a table for measuring: as files are brought in, and also without a head, in columns of blanks, compressed."""

import gzip
import re
from pathlib import Path
from typing import Final

import polars as pl
from polars import selectors

from siyu.app.intake.mapping import FileShape
from siyu.app.intake.read_table import decoded, read_columns
from siyu.kernel.errors import BadInputError

_NUMBER: Final = re.compile(r"^[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?$")
_NOTHING: Final = ("", "NULL", "null", "NA", "N/A", "None", "nan", "NaN")
_HEAD: Final = 65_536
_COMPRESSED: Final = b"\x1f\x8b"
_NO_TEXT: Final = (b"PAR1", b"PK\x03\x04")


def read_table(path: Path) -> pl.DataFrame:
    """Read the table in ``path``: CSV, TSV, semicolons, columns of blanks, NDJSON, Parquet, Excel, any of them gzipped.

    Text files: the separator is found from the first lines; a first line with a number in it is data, not names, and
    the columns are then called ``0``, ``1``, ``2`` …; cells are text. Rows with too many cells lose what is beyond.

    Raises:
        BadInputError: there is no such file, or it is no table.
    """
    if not path.is_file():
        raise BadInputError(f"{path} is a folder" if path.is_dir() else f"there is no file {path}")
    table = read_columns(path, _shape(path))
    texts = selectors.string()
    blank = pl.when(texts.str.strip_chars().is_in(_NOTHING)).then(None).otherwise(texts).name.keep()
    table = table.with_columns(blank) if any(kind == pl.String for kind in table.dtypes) else table
    return table.rename({name: name.strip().lstrip("\ufeff") for name in table.columns})


def _shape(path: Path) -> FileShape:
    """Look at the first lines of a text file: its separator, and whether the first line holds names."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _COMPRESSED
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, EOFError) as error:
        raise BadInputError(f"{path.name} cannot be read as a table: {error}") from error
    if head.startswith(_NO_TEXT) or head.lstrip()[:1] in {b"{", b"["}:
        return FileShape()
    if len(head) == _HEAD:  # without the broken line at its end
        wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
        head = head if wide else head[: head.rfind(b"\n") + 1] or head
    lines = [line for line in decoded(head, where=path.name).splitlines()[:50] if line.strip()]
    if not lines:
        raise BadInputError(f"{path.name} is empty")
    separator = _separator(lines[:-1] or lines)
    first = lines[0].split() if separator == "whitespace" else lines[0].split(separator)
    named = not any(_NUMBER.match(cell.strip().strip('"')) for cell in first)
    return FileShape(delimiter=separator, names=[] if named else [str(i) for i in range(len(first))])


def _separator(lines: list[str]) -> str:
    """Return the separator that splits every line into the same number of cells, most cells first."""
    best, cells = ",", 1
    for mark in ("\t", ",", ";", "|"):
        counts = [line.count(mark) for line in lines]
        if min(counts) > 0 and min(counts) + 1 > cells:
            best, cells = mark, min(counts) + 1
    if cells == 1 and min(len(line.split()) for line in lines) > 1:
        return "whitespace"
    return best
