"""Which records are worth comparing: pairs that share something, however small, in at least one place.

Blocking by many cheap keys at once (Papadakis et al., "Blocking and Filtering Techniques for Entity Resolution", ACM
Computing Surveys 53, 2020), plus sorted neighbourhoods (Hernandez and Stolfo, SIGMOD 1995) so that a value too common
to be a block still pairs its closest records.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.people.match_columns import Kind
from siyu.people.match_fields import Field

_BLOCK = 60  # records: a larger block is cut to neighbours
_FEW = 100_000  # pairs: so many are compared in any case
_WINDOW = 6  # records on each side of a neighbourhood


def candidate_pairs(fields: Sequence[Field], records: int, first: int) -> tuple[Int32, Int32]:
    """Return the pairs worth comparing, each once, left before right.

    Args:
        fields: The columns.
        records: How many records there are in all.
        first: How many of them are in the first file; 0 if there is one file, which is compared with itself.
    Shape: (pairs,) each.
    """
    order = _likeness(fields, records)
    found: list[Int64] = []
    for key in _keys(fields):
        kept = np.flatnonzero(key >= 0)
        rows = kept[np.lexsort((order[kept], key[kept]))].astype(np.int32)
        found.append(_counted(_pairs(rows, key[rows].astype(np.int64), _BLOCK, _WINDOW, first))[0])
    if not found:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    both, keys = _counted(np.concatenate(found))
    if both.size > _FEW:
        both = both[keys >= 2]  # what meets in one key alone, of several dozen, is chance
    return (both >> 32).astype(np.int32), (both & 0xFFFFFFFF).astype(np.int32)


def _counted(pairs: Int64) -> tuple[Int64, Int64]:
    """Return distinct pairs, ascending, and how often each is there; sorts in place."""
    pairs.sort()
    begins = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))) if pairs.size else np.empty(0, np.int64)
    return pairs[begins], np.diff(begins, append=pairs.size)


@compiled
def _pairs(rows: Int32, key: Int64, block: int, window: int, first: int) -> Int64:
    """Pair rows that follow each other with the same key: all of a small block, neighbours of a large one."""
    out = np.empty(1024, np.int64)
    count, start = 0, 0
    while start < rows.size:
        stop = start
        while stop < rows.size and key[stop] == key[start]:
            stop += 1
        reach = stop - start if stop - start <= block else window
        for i in range(start, stop):
            for j in range(i + 1, min(stop, i + reach + 1)):
                low, high = min(rows[i], rows[j]), max(rows[i], rows[j])
                if first and (low >= first or high < first):
                    continue
                if count == out.size:
                    larger = np.empty(2 * out.size, np.int64)
                    larger[:count] = out
                    out = larger
                out[count] = (np.int64(low) << 32) | np.int64(high)
                count += 1
        start = stop
    return out[:count].copy()


def _keys(fields: Sequence[Field]) -> Iterable[Int32]:
    """Give one key per record and way of blocking; -1 for none."""
    parts: list[Int32] = []
    for field in fields:
        if field.kind is Kind.CATEGORY:
            continue
        spoken = field.plain
        yield field.code
        if field.kind is Kind.TEXT:
            starts, ends, sounds = _codes([text[:4] for text in spoken]), _codes([text[-4:] for text in spoken]), None
            sounds = _codes([_sound(text) for text in spoken])
            yield from (_of(field.code, sounds), _of(field.code, starts), _of(field.code, ends))
            if field.sorted_letters is not None:
                yield _of(field.code, _codes([max(text.split(), key=len, default="") for text in spoken]))
                yield _of(field.code, _codes([text.split()[-1] if text else "" for text in spoken]))
            parts.append(_of(field.code, _codes([text[:1] for text in spoken])))
        elif field.kind is Kind.DATE:
            yield _of(field.code, _codes([text[:6] for text in spoken]))
            yield _of(field.code, _codes([text[4:] for text in spoken]))
            yield _of(field.code, _codes([text[:4] + text[6:] for text in spoken]))
            parts.append(_of(field.code, _codes([text[:4] for text in spoken])))
            parts.append(_of(field.code, _codes([text[4:8] for text in spoken])))
        else:
            half = [max(2, (len(text) + 1) // 2) for text in spoken]
            yield _of(field.code, _codes([text[:size] for text, size in zip(spoken, half, strict=True)]))
            yield _of(field.code, _codes([text[-size:] for text, size in zip(spoken, half, strict=True)]))
            parts.append(_of(field.code, _codes([text[:2] for text in spoken])))
    for one in range(len(parts)):
        for other in range(one + 1, len(parts)):
            yield _both(parts[one], parts[other])
    yield from _crossed(fields)


def _crossed(fields: Sequence[Field]) -> Iterable[Int32]:
    """Give a key by which a value meets itself in another column: names or address lines that changed places."""
    texts = [field for field in fields if field.kind is Kind.TEXT]
    numbers: dict[str, int] = {}
    columns = []
    for field in texts:
        lookup = np.array([numbers.setdefault(text, len(numbers)) for text in field.texts] or [0], np.int32)
        columns.append(_of(field.code, lookup))
    for one in range(len(columns)):
        for other in range(one + 1, len(columns)):
            # a key that does not depend on which of the two columns holds which value
            low, high = np.minimum(columns[one], columns[other]), np.maximum(columns[one], columns[other])
            yield np.where(low >= 0, _both(low, high), -1).astype(np.int32)


def _likeness(fields: Sequence[Field], records: int) -> Int64:
    """Return a rank that puts records close that start alike: where a large block is cut, neighbours stay together."""
    ranks = []
    for field in sorted(fields, key=lambda one: -len(one.texts))[:3]:
        place = np.argsort(np.argsort(np.array(field.plain, dtype=np.str_))) if field.plain else np.empty(0, np.int64)
        ranks.append(np.where(field.code >= 0, place[np.maximum(field.code, 0)], -1))
    return np.argsort(np.lexsort(tuple(ranks))).astype(np.int64) if ranks else np.zeros(records, np.int64)


def _of(code: Int32, lookup: Int32) -> Int32:
    return np.where(code >= 0, lookup[np.maximum(code, 0)], -1).astype(np.int32)


def _codes(texts: Sequence[str]) -> Int32:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) if text else -1 for text in texts] or [0], np.int32)


def _both(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> Int32:
    key = one.astype(np.int64) * (int(other.max(initial=0)) + 2) + other
    order = np.argsort(key, kind="stable")
    code = np.empty(key.size, np.int32)
    code[order] = np.cumsum(np.diff(key[order], prepend=key[order[:1]]) != 0)
    return np.where((one >= 0) & (other >= 0), code, -1).astype(np.int32)


_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")


def _sound(text: str) -> str:
    """Return the first letter and the consonants after it, by how they sound (Soundex, Russell and Odell 1918)."""
    word = text.replace(" ", "")
    if not word.isascii():
        return word[:3]
    sounds = word[1:].translate(_SOUNDS)
    kept, last = [], word[:1].translate(_SOUNDS)
    for sound in sounds:
        if sound.isdigit() and sound != last:
            kept.append(sound)
        if sound not in "hw":
            last = sound
    return (word[:1] + "".join(kept))[:4]
