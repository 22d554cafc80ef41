"""Read paths such as "video > store > chat" from their bytes: every channel's name is looked at where it lies."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.compiled import compiled

_SLOTS: Final = 1 << 14
#: With more names than this the table of slots would be crowded.
_MOST_NAMES: Final = _SLOTS // 4
_BLANK: Final = 32
_ODD: Final = 1_099_511_628_211  # prime of the FNV hash

Bytes = NDArray[np.uint8]


def read_paths(texts: pl.Series, separator: str = ">") -> tuple[Int32, Int64, list[str]]:
    """Cut paths into codes of channels; blanks around a name do not count, empty names are left out.

    Args:
        texts: Paths, (paths,).
        separator: What stands between two channels.

    Returns:
        Codes of all touches, (touches,); where each path begins and the last one ends, (paths + 1,); names by code.
    """
    mark = separator.strip() or separator
    if len(mark.encode()) == 1:
        array = texts.cast(pl.String).to_arrow().cast("large_string")
        _, ends, data = array.buffers()
        offset = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1] if len(array) else _NOTHING
        taken = np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
        codes, start, begins, lengths = _read(taken, offset, ord(mark))
        if codes.size or not begins.size:
            raw = [taken[b : b + size].tobytes() for b, size in zip(begins.tolist(), lengths.tolist(), strict=True)]
            return codes, start, [name.decode() for name in raw]
    return _read_lists(texts, mark)


_NOTHING: Final = np.zeros(1, np.int64)


def _read_lists(texts: pl.Series, mark: str) -> tuple[Int32, Int64, list[str]]:
    """Do the same with lists, for separators of several characters and for very many names."""
    steps = texts.cast(pl.String).fill_null("").str.split(mark)
    flat = steps.explode().fill_null("").str.strip_chars()
    path = np.repeat(np.arange(len(texts)), steps.list.len().to_numpy())
    kept = (flat != "").to_numpy()
    used = flat.filter(flat != "")
    names = used.unique().sort()
    codes = used.cast(pl.Enum(names)).to_physical().cast(pl.Int32).to_numpy()
    start = np.concatenate([[0], np.cumsum(np.bincount(path[kept], minlength=len(texts)))])
    return np.ascontiguousarray(codes, np.int32), start.astype(np.int64), names.to_list()


@compiled
def _read(data: Bytes, offset: Int64, mark: int) -> tuple[Int32, Int64, Int64, Int64]:
    """Walk over the bytes once; a name is known again by its hash, and then by its bytes.

    Returns:
        Codes, starts, and where the first of each name lies; no codes but names where there are too many of them.
    """
    rows = offset.size - 1
    codes = np.empty((offset[rows] - offset[0]) // 2 + rows + 1, np.int32)
    start = np.empty(rows + 1, np.int64)
    slot = np.full(_SLOTS, -1, np.int32)
    begins, lengths = np.empty(_MOST_NAMES, np.int64), np.empty(_MOST_NAMES, np.int64)
    names = touches = 0
    for row in range(rows):
        start[row] = touches
        i, end = offset[row], offset[row + 1]
        while i < end:
            while i < end and data[i] <= _BLANK:
                i += 1
            first, last = i, i
            mixed = np.uint64(14_695_981_039_346_656_037)
            whole = mixed
            while i < end and data[i] != mark:
                mixed = (mixed ^ np.uint64(data[i])) * np.uint64(_ODD)
                if data[i] > _BLANK:
                    last, whole = i + 1, mixed
                i += 1
            i += 1
            size = last - first
            if size == 0:
                continue
            at = np.int64((whole ^ (whole >> np.uint64(29))) & np.uint64(_SLOTS - 1))
            while True:
                code = slot[at]
                if code < 0:
                    if names == _MOST_NAMES:
                        return codes[:0], start[:0], begins, lengths
                    code = names
                    slot[at], begins[names], lengths[names] = code, first, size
                    names += 1
                    break
                if lengths[code] == size:
                    same, k, known = True, 0, begins[code]
                    while same and k < size:
                        same = data[known + k] == data[first + k]
                        k += 1
                    if same:
                        break
                at = (at + 1) & (_SLOTS - 1)
            codes[touches] = code
            touches += 1
    start[rows] = touches
    return codes[:touches].copy(), start, begins[:names].copy(), lengths[:names].copy()
