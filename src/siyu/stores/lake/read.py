"""Read the columns of lake files: number columns copied straight from the page cache where that is possible."""

import mmap
import os
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
_FLAGS = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)  # bring the pages in at once, where the system can
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
    numbers: dict[str, list[Column]] = {name: [] for name in names if name in NUMBERS}
    texts: dict[str, list[Coded]] = {name: [] for name in names if name not in NUMBERS}
    for path in paths:
        with pq.ParquetFile(path, filesystem=filesystem, read_dictionary=list(texts)) as file:
            plain = isinstance(filesystem, fs.LocalFileSystem) and _is_plain(file.metadata)
            for name, parts in numbers.items():
                column = _plain_pages(path, file.metadata, name) if plain else None
                parts.append(_decoded(file, name) if column is None else column)
            for name, codes in texts.items():
                codes.append(coded(file.read([name]).column(0).unify_dictionaries()))
    return Columns(
        {name: parts[0] if len(parts) == 1 else np.concatenate(parts) for name, parts in numbers.items()},
        {name: joined(parts) for name, parts in texts.items()},
    )


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


def _decoded(file: pq.ParquetFile, name: str) -> Column:
    column: Column = file.read([name]).column(0).cast(pa.int8() if name == "kind" else pa.int64()).to_numpy().copy()
    return column


def _is_plain(meta: pq.FileMetaData) -> bool:
    return PLAIN.keys() <= (meta.metadata or {}).keys()


def _plain_pages(path: str, meta: pq.FileMetaData, name: str) -> Column | None:
    """Read a column that lies in the file as plain numbers; ``None`` if it is written any other way.

    A column chunk of one plain page without nulls and compression ends with exactly its numbers.
    """
    place = [meta.schema.column(number).name for number in range(meta.num_columns)].index(name)
    stored = np.dtype(_STORED.get(name, np.int64))
    if meta.num_row_groups == 1 and meta.num_rows:
        start = _start_of_numbers(meta, 0, place, stored.itemsize)
        return None if start is None else _mapped(path, start, meta.num_rows, stored, _KEPT.get(name, np.int64))
    column = np.empty(meta.num_rows, stored)
    room = memoryview(column.data).cast("B") if meta.num_rows else memoryview(b"")
    filled = 0
    handle = os.open(path, os.O_RDONLY)
    try:
        for group in range(meta.num_row_groups):
            start = _start_of_numbers(meta, group, place, stored.itemsize)
            if start is None:
                return None
            size = meta.row_group(group).column(place).num_values * stored.itemsize
            _fill(handle, room[filled : filled + size], start)
            filled += size
    finally:
        os.close(handle)
    return column.astype(_KEPT.get(name, np.int64), copy=False)


def _start_of_numbers(meta: pq.FileMetaData, group: int, place: int, width: int) -> int | None:
    """Return where in the file a column's plain numbers begin; ``None`` if they are written any other way."""
    chunk = meta.row_group(group).column(place)
    header = int(chunk.total_compressed_size) - int(chunk.num_values) * width
    plain = chunk.compression == "UNCOMPRESSED" and set(chunk.encodings) <= {"PLAIN", "RLE"}
    if not plain or not 0 < header < _HEADER or meta.schema.column(place).max_definition_level:
        return None
    return int(chunk.data_page_offset + header)


def _mapped(path: str, start: int, rows: int, stored: np.dtype[np.generic], kept: type[np.generic]) -> Column:
    """Look at numbers where they lie in the file, without copying them; the file may go, the numbers stay readable."""
    page = start - start % mmap.ALLOCATIONGRANULARITY
    with open(path, "rb") as file:  # noqa: PTH123  only the handle is wanted
        pages = mmap.mmap(
            file.fileno(), start - page + rows * stored.itemsize, flags=_FLAGS, prot=mmap.PROT_READ, offset=page
        )
    column: Column = np.frombuffer(pages, stored, rows, start - page)
    return column.astype(kept, copy=False)


def _fill(handle: int, room: memoryview, offset: int) -> None:
    """Read until ``room`` is full; the system may give less than was asked for."""
    done = 0
    while done < len(room):
        got = os.preadv(handle, [room[done:]], offset + done)
        if not got:
            raise EOFError("a lake file ends before its footer says so")
        done += got
