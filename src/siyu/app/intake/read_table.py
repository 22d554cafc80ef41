"""Read a file of rows: CSV, TSV, NDJSON, Parquet or Excel, in the encodings that shops really export."""

import gzip
import io
import re
from pathlib import Path
from typing import Final

import polars as pl

from siyu.app.intake.mapping import FileShape
from siyu.kernel.errors import BadInputError

_TEXT: Final = {".csv", ".tsv", ".txt", ".tab", ".dat"}
_NDJSON: Final = {".ndjson", ".jsonl", ".json"}
_EXCEL: Final = {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}
_PARQUET_MAGIC: Final = b"PAR1"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_DELIMITERS: Final = (",", "\t", ";", "|")
LINE: Final = "__line__"


def read_table(path: Path, shape: FileShape | None = None) -> pl.DataFrame:
    """Read ``path`` into columns; text stays text, so that nothing is lost before it is understood.

    Args:
        path: The file; its content decides where the name does not.
        shape: Encoding, delimiter, sheet or column names, where they cannot be guessed.

    Returns:
        One row per data row, with its number (1 is the first data row) in the column ``__line__``.

    Raises:
        BadInputError: the file is missing, empty, or not of a kind that can be read.
    """
    table = read_columns(path, shape or FileShape())
    return table.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))


def read_columns(path: Path, shape: FileShape) -> pl.DataFrame:
    """Read ``path`` as ``read_table`` does, without numbers of rows."""
    if not path.exists():
        raise BadInputError("there is no such file", where=str(path))
    if path.is_dir():
        raise BadInputError("this is a folder", where=str(path), mend="name the files in it")
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path)) from error
    if not head.strip():
        raise BadInputError("the file is empty", where=str(path))
    try:
        table = _read(path, head, shape)
    except (pl.exceptions.PolarsError, ValueError, OSError, EOFError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BadInputError(f"cannot be read: {first}", where=str(path)) from error
    except BaseException as error:
        if type(error).__name__ in {"PanicException", "CalamineError", "FastExcelError"}:
            raise BadInputError("cannot be read as a table", where=str(path)) from error
        raise
    if table.width == 0 or table.height == 0:
        raise BadInputError("there is no row in the file", where=str(path))
    return table


def _read(path: Path, head: bytes, shape: FileShape) -> pl.DataFrame:
    ending = path.suffix.lower()
    source: Path | bytes = path
    if head.startswith(_GZIP_MAGIC):
        source, ending = gzip.decompress(path.read_bytes()), Path(path.stem).suffix.lower()
        head = source[:8]
    if head.startswith(_PARQUET_MAGIC) or ending in {".parquet", ".pq"}:
        return pl.read_parquet(source)
    if ending in _EXCEL or head.startswith(_ZIP_MAGIC):
        return pl.read_excel(source, sheet_name=shape.sheet or None, infer_schema_length=None)
    data = source if isinstance(source, bytes) else path.read_bytes()
    text = decoded(data, shape.encoding, where=str(path))
    if ending in _NDJSON or (ending not in _TEXT and text.lstrip()[:1] in {"{", "["}):
        return _read_json(text, str(path))
    return _read_text(text, shape, str(path))


def decoded(data: bytes, encoding: str = "", *, where: str = "") -> str:
    """Turn bytes into text by the encoding named, or by the first of utf-8 and gb18030 that fits.

    Raises:
        BadInputError: it is not text in any of them.
    """
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInputError("this is not a file of rows: it holds binary data", where=where)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    for name in (encoding,) if encoding else _ENCODINGS:
        try:
            text = data.decode(name)
        except LookupError as error:
            raise BadInputError(f"{name!r} is not an encoding", where=where, mend="utf-8 or gb18030") from error
        except UnicodeDecodeError:
            continue
        if sum(c < " " and c not in "\t\r\n\f" for c in text[:4096]) > 8:
            break
        return text
    raise BadInputError(f"not text in {encoding or 'utf-8 or gb18030'}", where=where, mend="say its encoding")


def _read_text(text: str, shape: FileShape, where: str) -> pl.DataFrame:
    if shape.skip:
        text = "\n".join(text.splitlines()[shape.skip :])
    if shape.delimiter == "whitespace":
        lines = re.sub(r"[ \t]*[\r\n]+[ \t]*", "\n", text.strip())  # blank lines hold no row
        text, delimiter = re.sub(r"[ \t]+", "\t", lines), "\t"
    else:
        delimiter = shape.delimiter or _guess_delimiter(text)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if not shape.names and not first.strip():
        raise BadInputError("there is no header line", where=where)
    columns = len(first.split(delimiter))
    table = pl.read_csv(
        io.BytesIO(text.encode()),
        separator=delimiter,
        infer_schema=False,
        has_header=not shape.names,
        truncate_ragged_lines=True,
        new_columns=shape.names or None,
        # a lone quotation mark inside unquoted text is no quotation
        quote_char='"' if shape.delimiter != "whitespace" else None,
    )
    if columns == 1 and table.width == 1 and not re.search(r"[\w一-鿿]", first):
        raise BadInputError("there is no header line", where=where)
    return table.rename({name: name.strip() for name in table.columns if name != name.strip()})


def _guess_delimiter(text: str) -> str:
    lines = [line for line in text[:65536].splitlines()[:20] if line.strip()]
    counts = {mark: [line.count(mark) for line in lines] for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: (counts[mark][0] > 0, min(counts[mark]), counts[mark][0]))


def _read_json(text: str, where: str) -> pl.DataFrame:
    import msgspec  # noqa: PLC0415  only JSON files need it

    text = text.strip()
    rows: list[dict[str, object]] = []
    try:
        if text.startswith("["):
            rows = msgspec.json.decode(text, type=list[dict[str, object]])
        else:
            decoder = msgspec.json.Decoder(dict[str, object])
            for number, line in enumerate(text.splitlines(), start=1):
                if line.strip():
                    where_line = f"{where} line {number}"
                    rows.append(_decode_line(decoder, line, where_line))
    except msgspec.MsgspecError as error:
        raise BadInputError(f"not JSON: {error}", where=where) from error
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: [_plain(row.get(name)) for row in rows] for name in names}, strict=False)


def _decode_line(decoder: "object", line: str, where: str) -> dict[str, object]:
    import msgspec  # noqa: PLC0415  only JSON files need it

    try:
        return decoder.decode(line)  # type: ignore[attr-defined, no-any-return]  # a msgspec decoder of dicts
    except msgspec.MsgspecError as error:
        return {"__broken__": line, "__error__": f"{where}: {error}"}


def _plain(value: object) -> str | None:
    """Write a JSON value as the text a CSV would hold, so that all files are understood alike."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    import msgspec  # noqa: PLC0415  only nested values need it

    return msgspec.json.encode(value).decode()
