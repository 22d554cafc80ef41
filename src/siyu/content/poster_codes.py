"""QR codes in bulk: a code of a given length is linear over GF(2), so each is a few exclusive-ors of prepared rows.

With version, error level and mask fixed, every module of a QR code is the sum modulo 2 of a base and of one row for
each bit of the text: the error correction is linear over GF(2^8), and the mask is added after it (ISO/IEC 18004). The
rows are taken once from segno for each length of text; then a code costs as many look-ups as it has characters.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import segno

from siyu.kernel.arrays import UInt64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError

UInt8 = npt.NDArray[np.uint8]
#: Every 7-bit change of this character is one that a QR code in byte mode can hold.
_BASE: Final = "a"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class _Rows:
    """Prepared rows for texts of one length.

    Attributes:
        side: Modules along a side, without a quiet zone.
        base: (words,) the code of the base text, 64 modules in a word.
        rows: (length, 128, words) what a character at a place adds.
    """

    side: int
    base: UInt64
    rows: UInt64


@lru_cache(maxsize=64)
def _rows_of(length: int) -> _Rows:
    first = segno.make_qr(_BASE * length, error="m", boost_error=False, mode="byte")
    version, mask = first.version, first.mask

    def packed(text: str) -> tuple[int, UInt64]:
        code = segno.make_qr(text, error="m", boost_error=False, mode="byte", version=version, mask=mask)
        modules = np.array(code.matrix, np.uint8)
        bits = np.packbits(modules.ravel() & 1)
        return modules.shape[0], np.pad(bits, (0, -bits.size % 8)).view(np.uint64)

    side, base = packed(_BASE * length)
    rows = np.zeros((length, 128, base.size), np.uint64)
    for place in range(length):
        by_bit = []
        for bit in range(7):
            changed = chr(ord(_BASE) ^ (1 << bit))
            by_bit.append(packed(_BASE * place + changed + _BASE * (length - place - 1))[1] ^ base)
        for character in range(128):
            for bit in range(7):
                if (character ^ ord(_BASE)) >> bit & 1:
                    rows[place, character] ^= by_bit[bit]
    return _Rows(side, base, rows)


@compiled
def _add_rows(texts: UInt8, base: UInt64, rows: UInt64, out: UInt64) -> None:
    for code in range(texts.shape[0]):
        for word in range(base.size):
            out[code, word] = base[word]
        for place in range(texts.shape[1]):
            row = rows[place, texts[code, place]]
            for word in range(base.size):
                out[code, word] ^= row[word]


def codes_of(texts: Sequence[str]) -> list[UInt8]:
    """Return the QR codes of many texts: error level M, byte mode, the smallest version that holds each.

    Args:
        texts: Printable ASCII, at most 300 characters each: links. Texts of equal length share their preparation.

    Returns (side, side) modules for each text, 1 is dark, without a quiet zone.

    Raises:
        BadInputError: a text is empty, too long or not ASCII.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        if not 0 < len(text) <= _LONGEST or not text.isascii():
            raise BadInputError(
                f"{text[:40]!r} cannot be a code",
                where=f"text {place + 1}",
                mend="1 to 300 ASCII characters, such as a link",
            )
        by_length[len(text)].append(place)
    found: list[UInt8] = [np.zeros((0, 0), np.uint8)] * len(texts)
    for length, places in by_length.items():
        rows = _rows_of(length)
        letters = np.frombuffer("".join(texts[place] for place in places).encode(), np.uint8).reshape(-1, length)
        out = np.empty((len(places), rows.base.size), np.uint64)
        _add_rows(letters, rows.base, rows.rows, out)
        modules = np.unpackbits(out.view(np.uint8), axis=1, count=rows.side**2).reshape(-1, rows.side, rows.side)
        for place, code in zip(places, modules, strict=True):
            found[place] = code
    return found


def code_picture(code: UInt8, size: int, *, quiet: int = 4) -> UInt8:
    """Draw a code as grey pixels: whole pixels a module, centred, with a quiet zone of ``quiet`` modules.

    Returns (size, size), 0 is black, 255 white.

    Raises:
        BadInputError: the code does not fit into ``size`` pixels.
    """
    side = code.shape[0]
    scale = size // (side + 2 * quiet)
    if scale < 1:
        raise BadInputError(f"a code of {side} modules does not fit into {size} pixels", where="code.size")
    picture = np.full((size, size), 255, np.uint8)
    edge = (size - side * scale) // 2
    drawn = np.repeat(np.repeat((1 - code) * np.uint8(255), scale, axis=0), scale, axis=1)
    picture[edge : edge + side * scale, edge : edge + side * scale] = drawn
    return picture
