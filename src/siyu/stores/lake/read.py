"""Read the columns of lake files: number columns copied straight from the page cache where that is possible."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from siyu.measurement.timeline import Coded
from siyu.stores.lake.layout import NUMBERS, PLAIN

Column = npt.NDArray[np.generic]
_STORED: dict[str, type[np.generic]] = {"kind": np.int32}  # Parquet has no 8-bit integer: it stores 32 bits
_KEPT: dict[str, type[np.generic]] = {"kind": np.int8}
_HEADER = 512  # bytes: the most that the header of a single page takes


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one file or of several, in the order of the files.

    Attributes:
        numbers: ``person``, ``identifier``, ``at``, ``kind``, ``value``, as asked for.
        texts: Text columns as small integers.
    """

    numbers: dict[str, Column] = field(default_factory=dict)
    texts: dict[str, Coded] = field(default_factory=dict)


def read_columns(paths: Sequence[str], names: Sequence[str], filesystem: fs.FileSystem) -> Columns:
    """Read columns of some files, one after the other.

    Raises:
        FileNotFoundError: a file is gone, because the lake has moved on since its list was read.
    """
    got = Columns()
    for name in names:
        if name in NUMBERS:
            numbers = [_number(path, name, filesystem) for path in paths]
            got.numbers[name] = numbers[0] if len(numbers) == 1 else np.concatenate(numbers)
        else:
            got.texts[name] = joined([_text(path, name, filesystem) for path in paths])
    return got


def joined(parts: Sequence[Coded]) -> Coded:
    """Put coded columns one after the other, under one numbering of the names (ascending)."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part.names})
    place = {name: position for position, name in enumerate(names)}
    codes = [
        np.array([place[name] for name in part.names], np.int32)[part.codes] if part.codes.size else part.codes
        for part in parts
    ]
    return Coded(np.concatenate(codes) if codes else np.empty(0, np.int32), names)


def coded(column: pa.ChunkedArray | pa.Array) -> Coded:
    """Turn a text column into small integers; names ascending, an empty text where there is none."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(array.type):
        array = pc.dictionary_encode(array.cast(pa.string()).fill_null(""))
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    names = np.array(array.dictionary.to_pylist(), object)
    rank = np.empty(names.size, np.int32)
    order = np.argsort(names, kind="stable")
    rank[order] = np.arange(names.size, dtype=np.int32)
    codes = array.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return Coded(rank[codes] if names.size else codes, names[order].tolist())


def _text(path: str, name: str, filesystem: fs.FileSystem) -> Coded:
    with pq.ParquetFile(path, filesystem=filesystem, read_dictionary=[name]) as file:
        return coded(file.read([name]).column(0).unify_dictionaries())


def _number(path: str, name: str, filesystem: fs.FileSystem) -> Column:
    kept = _KEPT.get(name, np.int64)
    if isinstance(filesystem, fs.LocalFileSystem):
        plain = _plain_pages(path, name, _STORED.get(name, np.int64), kept)
        if plain is not None:
            return plain
    with pq.ParquetFile(path, filesystem=filesystem) as file:
        read = file.read([name]).column(0)
    column: Column = read.cast(pa.int8() if name == "kind" else pa.int64()).to_numpy().copy()
    return column


def _plain_pages(path: str, name: str, stored: type[np.generic], kept: type[np.generic]) -> Column | None:
    """Copy a column that lies in the file as plain numbers; ``None`` if it is written any other way.

    A column chunk of one plain page without nulls and compression ends with exactly its numbers.
    """
    with pq.ParquetFile(path) as file:
        meta = file.metadata
    if not PLAIN.keys() <= (meta.metadata or {}).keys():
        return None
    place = meta.schema.to_arrow_schema().get_field_index(name)
    width = np.dtype(stored).itemsize
    column = np.empty(meta.num_rows, kept)
    raw = np.memmap(path, np.uint8, mode="r") if meta.num_rows else np.empty(0, np.uint8)
    filled = 0
    for group in range(meta.num_row_groups):
        chunk = meta.row_group(group).column(place)
        size = chunk.num_values * width
        header = chunk.total_compressed_size - size
        if chunk.compression != "UNCOMPRESSED" or set(chunk.encodings) - {"PLAIN", "RLE"} or not 0 < header < _HEADER:
            return None
        if meta.schema.column(place).max_definition_level:
            return None
        end = chunk.data_page_offset + chunk.total_compressed_size
        column[filled : filled + chunk.num_values] = raw[end - size : end].view(stored)
        filled += chunk.num_values
    return column
