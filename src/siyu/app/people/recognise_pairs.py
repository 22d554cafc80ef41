"""Recognise people in a file of identifier pairs (``siyu people recognise``)."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from siyu.kernel.errors import BadInputError
from siyu.people.components import SHARED_FROM, components, recognise_pairs, sizes


@dataclass(frozen=True, slots=True)
class PairsRecognised:
    """What a file of pairs came to.

    Attributes:
        seconds: Wall time of the recognition alone, without reading and writing files or loading compiled code.
        largest: Identifiers of the largest person.
    """

    pairs: int
    identifiers: int
    people: int
    largest: int
    seconds: float


def recognise_file(file: Path, out: Path | None) -> PairsRecognised:
    """Read ``left`` and ``right`` of a Parquet file, write ``identifier`` and ``person`` to ``out``.

    Identifiers are whole numbers or text. A person goes by its smallest number, or by its text that came first.

    Raises:
        BadInputError: no such file, no Parquet, no such columns, empty cells, or columns of another type.
    """
    left, right = _columns(file)
    _load_compiled_code()
    started = time.perf_counter()
    if pa.types.is_integer(left.type) and pa.types.is_integer(right.type):
        found = recognise_pairs(_numbers(left), _numbers(right))
        people, largest = found.people, found.largest
        identifiers, person = _arrow(found.identifiers), _arrow(found.person)
    else:
        codes, names = _numbered(left, right)
        label = components(codes[: len(left)], codes[len(left) :], len(names))
        people, largest = sizes(label)
        identifiers, person = names, pc.take(names, _arrow(label))
    seconds = time.perf_counter() - started
    if out is not None:
        try:
            pq.write_table(pa.table({"identifier": identifiers, "person": person}), out, compression="zstd")
        except OSError as error:
            raise BadInputError(f"cannot write {out}: {error}", where="--out") from error
    return PairsRecognised(
        pairs=len(left),
        identifiers=len(identifiers),
        people=people,
        largest=largest,
        seconds=round(seconds, 4),
    )


def _load_compiled_code() -> None:
    alone = _numbers(_arrow(np.arange(SHARED_FROM)))  # of the layout that a file's columns have
    for few_or_many in (alone[:2], alone):
        recognise_pairs(few_or_many, few_or_many)


def _numbers(column: Any) -> Any:
    """Return whole numbers of Arrow as numpy's, in the same memory; ``to_numpy`` would load pandas first: a second."""
    return np.from_dlpack(column)


def _arrow(numbers: Any) -> Any:
    """The same, the other way."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), [None, pa.py_buffer(numbers)])


def _columns(file: Path) -> tuple[Any, Any]:
    if not file.is_file():
        raise BadInputError("this is a folder" if file.is_dir() else "no such file", where=str(file))
    try:
        parquet = pq.ParquetFile(file)
        missing = {"left", "right"} - set(parquet.schema_arrow.names)
        if missing:
            raise BadInputError(
                f"no column {' and '.join(sorted(missing))}", where=str(file), mend="the columns are left and right"
            )
        table = parquet.read(columns=["left", "right"])
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInputError(f"cannot be read as Parquet: {error}", where=str(file)) from error
    sides = []
    for name in ("left", "right"):
        column = table[name]
        if column.null_count:
            row = int(pc.index(column.is_null(), True).as_py()) + 1
            raise BadInputError("empty cell", where=f"{file}, column {name}, row {row}")
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if _is_any(column.type, "string", "large_string", "string_view"):
            column = column.cast(pa.large_string())
        elif _is_any(column.type, "binary", "large_binary", "fixed_size_binary"):
            column = column.cast(pa.binary()).cast(pa.large_binary())
        elif not pa.types.is_integer(column.type):
            raise BadInputError(
                f"{column.type} names no identifier", where=f"{file}, column {name}", mend="whole numbers or text"
            )
        sides.append(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    left, right = sides
    if left.type != right.type and not (pa.types.is_integer(left.type) and pa.types.is_integer(right.type)):
        raise BadInputError(f"left is {left.type} and right is {right.type}", where=str(file), mend="make them alike")
    return left, right


def _is_any(kind: Any, *names: str) -> bool:
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def _numbered(left: Any, right: Any) -> tuple[Any, Any]:
    encoded = pa.chunked_array([left, right]).dictionary_encode().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return _numbers(encoded.indices).astype(np.int32), encoded.dictionary
