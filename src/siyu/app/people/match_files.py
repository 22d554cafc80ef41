"""Match the people of one or two CSV files (``siyu people match``)."""

import csv
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from siyu.kernel.errors import BadInputError
from siyu.people.match import match

_DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class FilesMatched:
    """What matching came to.

    Attributes:
        pairs: Pairs of records that are one person.
        clusters: People of two or more records.
        threshold: The probability from which pairs were taken.
        seconds: Wall time without reading and writing files or loading compiled code.
        columns: What each column was taken for.
    """

    pairs: int
    clusters: int
    threshold: float
    seconds: float
    records: int
    compared: int
    columns: Mapping[str, str]


def match_files(
    files: list[Path],
    *,
    key: str,
    key_b: str = "",
    out: Path | None,
    named: Mapping[str, str],
    threshold: float | None = None,
) -> FilesMatched:
    """Match one file with itself, or two with each other; write ``left,right,probability`` by the key column.

    Args:
        key, key_b: The key column of the first file, and of the second if it is called something else there.

    Raises:
        BadInputError: a file cannot be read, has no such key column, a key is empty or twice in one file, or nothing
            can be compared.
    """
    if len(files) > 2:
        raise BadInputError(f"{len(files)} files are too many", mend="one file, or two to compare with each other")
    tables, keys = [], []
    for file, name, option in zip(files, (key, key_b or key), ("--key", "--key-b"), strict=False):
        table = _read(file)
        if name not in table:
            raise BadInputError(f"no column {name!r}", where=str(file), mend=f"{option}, one of {', '.join(table)}")
        keys += _unique(table.pop(name), file, name)
        tables.append(table)
    _load_compiled_code()
    started = time.perf_counter()
    found = match(tables[0], tables[1] if len(tables) == 2 else None, named=named, threshold=threshold)
    seconds = time.perf_counter() - started
    if out is not None:
        try:
            with out.open("w", newline="", encoding="utf-8") as handle:
                writer = csv.writer(handle)
                writer.writerow(("left", "right", "probability"))
                for left, right, chance in zip(
                    found.left.tolist(), found.right.tolist(), found.probability.tolist(), strict=True
                ):
                    writer.writerow((keys[left], keys[right], f"{chance:.6f}"))
        except OSError as error:
            raise BadInputError(f"cannot write {out}: {error.strerror}", where="--out") from error
    return FilesMatched(
        pairs=int(found.left.size),
        clusters=found.clusters,
        threshold=round(found.threshold, 6),
        seconds=round(seconds, 4),
        records=len(keys),
        compared=found.compared,
        columns=found.columns,
    )


def _load_compiled_code() -> None:
    names = ["张三", "张三", "李四"]
    for second in (None, {"name": names}):
        match({"name": names}, second)


def _read(file: Path) -> dict[str, list[str | None]]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    if not raw.strip():
        raise BadInputError("the file is empty", where=str(file))
    text = text_of(raw, file)
    first = text.split("\n", 1)[0]
    lines = csv.reader(StringIO(text, ""), delimiter=max(_DELIMITERS, key=first.count), skipinitialspace=True)
    try:
        head = [name.strip() for name in next(lines, [])]
        if len(set(head)) != len(head) or not head:
            raise BadInputError("the first line must name each column once", where=f"{file}, line 1")
        rows = []
        for row in lines:
            if len(row) > len(head):
                raise BadInputError(f"{len(row)} cells for {len(head)} columns", where=f"{file}, line {lines.line_num}")
            if row:
                rows.append(row + [""] * (len(head) - len(row)))
    except csv.Error as error:
        raise BadInputError(str(error), where=f"{file}, line {lines.line_num}") from error
    return {name: [row[place].strip() or None for row in rows] for place, name in enumerate(head)}


def text_of(raw: bytes, file: Path) -> str:
    """Return text as UTF-8 or GB 18030, or as UTF-16 where its first bytes say so (a spreadsheet's "Unicode text")."""
    known = ("utf-16",) if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ("utf-8-sig", "gb18030")
    for encoding in known:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInputError("is neither UTF-8 nor GB 18030 text", where=str(file))


def _unique(values: list[str | None], file: Path, key: str) -> list[str]:
    seen: dict[str, int] = {}
    for row, value in enumerate(values, start=2):
        if value is None:
            raise BadInputError("the key is empty", where=f"{file}, column {key}, line {row}")
        if value in seen:
            raise BadInputError(
                f"the key {value!r} is there twice", where=f"{file}, line {row}", mend=f"also in line {seen[value]}"
            )
        seen[value] = row
    return list(seen)
