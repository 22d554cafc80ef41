"""Read through disguises: full-width letters, emoji digits, spaces between letters, numbers written as words.

Two views of a text: *plain* (folded, everything still there) and *squeezed* (letters, digits and Chinese only). Each
character of a view knows where in the original it came from, so that a finding can point at what was written.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

#: What people write for a digit. 两 and 俩 are left out: they count things far more often than they hide a number.
_DIGITS: Final = {
    **dict(zip("〇零洞", "000", strict=True)),
    **dict(zip("一壹幺腰", "1111", strict=True)),
    **dict(zip("二贰三叁四肆五伍六陆七柒拐八捌九玖勾", "223344556677788999", strict=True)),
}  # fmt: skip
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\ufe0e\u20e3")
#: Signs that stand for a word in "add me".
_SIGNS: Final = {"➕": "加", "+": "加", "✚": "加", "🛰": "卫", "💚": "微", "🍀": "微", "❤": "心", "♥": "心"}


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text.

    Attributes:
        text: What it reads as.
        at: For each character of ``text``, its position in the original.
    """

    text: str
    at: tuple[int, ...]

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Return the stretch of the original that ``text[start:stop]`` came from, half-open."""
        return self.at[start], self.at[stop - 1] + 1


def plain_view(text: str) -> View:
    """Fold width, case, compatibility forms and invisible characters; keep spaces and punctuation."""
    folded, at = [], []
    for position, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        for one in unicodedata.normalize("NFKC", character).lower():
            folded.append(one)
            at.append(position)
    return View("".join(folded), tuple(at))


def squeezed_view(plain: View) -> View:
    """Keep letters, digits and Chinese only; signs that stand for words become the words."""
    kept = [
        (_SIGNS.get(one, one), position)
        for one, position in zip(plain.text, plain.at, strict=True)
        if one.isalnum() or one in _SIGNS
    ]
    return View("".join(one for one, _ in kept), tuple(position for _, position in kept))


def digit_view(squeezed: View) -> View:
    """Write numbers that are written as words as digits: 幺三八 reads 138."""
    return View("".join(_digit(one) for one in squeezed.text), squeezed.at)


def _digit(one: str) -> str:
    if one in _DIGITS:
        return _DIGITS[one]
    value = unicodedata.digit(one, -1) if one.isdigit() else -1
    return str(value) if value >= 0 else one
