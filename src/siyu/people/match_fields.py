"""How the values of columns are written to be compared."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int32
from siyu.kernel.errors import BadInputError
from siyu.people.match_columns import Column, Kind, even
from siyu.people.match_text import Letters, letters_of

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_PHONE: Final = 5  # digits: fewer are no phone, but what is left of one
_SCRIPT: Final = 0.1  # of the values in either script, at least: they are compared as they sound

_PLACES: Final = frozenset({"city", "state"})
#: What is compared as it sounds, between scripts.
_SPOKEN: Final = _PLACES | {"full_name", "given_name", "surname"}
_TWINS: Final = 0.005  # of two in a household: so many were born on one day
#: What a household does not share.
_OWN: Final = frozenset({"given_name", "date_of_birth", "email", "id_number"})


@dataclass(slots=True)
class Field:
    """One column of both files, ready to compare.

    Attributes:
        name: The column as its file calls it.
        holds: What the whole column was recognised as (``full_name``), or its name.
        role: What this part of it is (``surname``).
        code: Which text each record has; -1 for none.
        texts: The distinct values.
        letters, length: What is compared letter by letter; pinyin for Chinese.
        sorted_letters, sorted_length: The words in alphabetical order, if there are several words.
        share: How often each text occurs among the records that have one: its term frequency.
    Shape: (records,) for ``code``; (texts, ...) for the rest.
    """

    name: str
    holds: str
    role: str
    kind: Kind
    code: Int32
    texts: Sequence[str]
    letters: Letters
    length: Int32
    share: Float64
    sorted_letters: Letters | None = None
    sorted_length: Int32 | None = None
    plain: Sequence[str] = field(default=())

    @property
    def own(self) -> float | None:
        """How often two of one household agree on it though it is each person's own; ``None`` if they share it."""
        if self.kind is Kind.DATE:
            return _TWINS
        return 0.0 if self.role in _OWN else None


def read_fields(columns: Sequence[Column]) -> list[Field]:
    """Make columns ready to compare; those with one value say nothing and are left out.

    Raises:
        BadInputError: nothing can be compared.
    """
    fields = [field for field in map(_field, columns) if len(field.texts) > 1]
    if not fields:
        raise BadInputError("no column can be compared", mend="say what they hold with --columns name=role")
    return fields


def _field(column: Column) -> Field:
    role, kind = column.role, column.kind
    plain = [_plain(value or "", role, kind) for value in column.values]
    if role in _SPOKEN:
        plain = _in_one_script(plain)
    written: dict[str, int] = {}
    code = np.array([written.setdefault(text, len(written)) if text else -1 for text in plain], np.int32)
    texts = list(written)
    spoken = texts if kind is not Kind.TEXT else [_pinyin(text) if _HAN.search(text) else text for text in texts]
    letters, length = letters_of(spoken)
    counts = np.bincount(code[code >= 0], minlength=len(texts)).astype(np.float64)
    made = Field(
        column.name,
        column.holds,
        role,
        kind,
        code,
        texts,
        letters,
        length,
        counts / max(1.0, counts.sum()),
        plain=spoken,
    )
    several = [" " in text for text in spoken]
    if kind is Kind.TEXT and sum(several) > 0.1 * len(spoken):
        made.sorted_letters, made.sorted_length = letters_of([" ".join(sorted(text.split())) for text in spoken])
    return made


def _plain(value: str, role: str, kind: Kind) -> str:
    text = even(value)
    if text in {"", "nan", "null", "none", "n/a", "na", "-", "--", "unknown", "无", "未知"}:
        return ""
    if kind is Kind.DATE:
        return re.sub(r"\D", "", text)
    if role == "email" or "@" in text:
        return re.sub(r"\s", "", text)
    if kind is Kind.CODE:
        kept = "".join(letter for letter in text if letter.isalnum())
        if role == "phone":
            kept = kept.removeprefix("0086") if kept.startswith("0086") else kept
            kept = kept.removeprefix("86") if len(kept) == 13 and kept.startswith("86") else kept
            if len(kept) < _PHONE:
                return ""
        return kept.lstrip("0") or kept
    text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    text = re.sub(r"[^\w@]+", " ", text).replace("_", " ").strip()
    return text[:-1] if role in _PLACES and len(text) > 2 and text[-1] in "省市区县" else text


def _in_one_script(texts: list[str]) -> list[str]:
    """Write Chinese names and places as they sound where others are written in Latin letters."""
    filled = [text for text in texts if text]
    chinese = sum(bool(_HAN.search(text)) for text in filled)
    if not min(chinese, len(filled) - chinese) > _SCRIPT * len(filled):
        return texts
    return [(_pinyin(text) if _HAN.search(text) else text).replace(" ", "") for text in texts]


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415  a large dictionary, needed for Chinese alone

    return " ".join(lazy_pinyin(text)) if len(text) <= 4 else text  # a longer one is an address: compared as written
