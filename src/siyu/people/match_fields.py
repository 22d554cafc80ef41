"""What the columns of an unknown file hold, and how their values are written to be compared."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int32
from siyu.kernel.errors import BadInputError
from siyu.people.match_address import is_address, parts_of
from siyu.people.match_text import Letters, letters_of

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_MOBILE: Final = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")
_LABEL: Final = re.compile(
    r"(true_?)?(cluster|label|truth|entity|match|group|source|source_dataset|dataset|row)(_?(id|no))?"
)
_PHONE: Final = 5  # digits: fewer are no phone, but what is left of one
_SAMPLE: Final = 2000  # values looked at to tell what a column holds


class Kind(IntEnum):
    """How two values of a column are compared; the numbers are those of ``match_text.compare``."""

    TEXT = 0
    CODE = 1
    DATE = 2
    CATEGORY = 3


#: What a column may be called, in English and Chinese, and what it then holds.
_NAMES: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("given_name", r"(given|first|fore)_?names?|name_?first|fname|名|名字", Kind.TEXT),
    ("surname", r"(sur|last|family)_?names?|name_?last|lname|姓|姓氏", Kind.TEXT),
    ("full_name", r"(full_?|customer_?|client_?|contact_?|member_?|person_?|user_?)?names?", Kind.TEXT),
    ("full_name", r"(客户|会员|顾客|用户|联系人|收货人|收件人|买家)?(姓名|名称|名字)|收货人|收件人|联系人", Kind.TEXT),
    ("date_of_birth", r"dob|birth_?(day|date)?|date_?of_?birth|.{0,2}生日|出生(日期|年月日?)?", Kind.DATE),
    ("email", r"e_?mail(_?address)?|mail|(电子)?(邮箱|邮件)(地址)?", Kind.CODE),
    ("phone", r"((mobile|cell|tele|contact|home|work)_?)?(phones?|mobile|tel)(_?(no|number|\d))?", Kind.CODE),
    ("phone", r"(cell|contact)_?(no|number)|cell", Kind.CODE),
    ("phone", r"(联系|移动|收货人?|客户|会员)?(手机号?码?|电话号?码?)|联系方式", Kind.CODE),
    ("postcode", r"post_?(al_?)?code|zip(_?code)?|邮编|邮政编码", Kind.CODE),
    ("street_number", r"(street|house)_?(no|number)|门牌号?", Kind.CODE),
    ("address", r"([a-z]+_)?(address|addr)(_?(line)?_?\d)?|street(_name)?|.{0,4}(地址|住址)|街道|住所", Kind.TEXT),
    ("city", r"city|town|suburb|place|所在城市|城市|市|区县?|所在地", Kind.TEXT),
    ("state", r"state|province|region|省份?", Kind.CATEGORY),
    ("gender", r"gender|sex|性别", Kind.CATEGORY),
    ("id_number", r"soc(ial)?_?sec(urity)?(_?(id|no|number))?|ssn|id_?(card|no|number)", Kind.CODE),
    ("id_number", r"passport(_?(no|number))?|(居民|公民)?(证件|身份证?)号?码?", Kind.CODE),
)  # fmt: skip


#: What a household does not share.
_OWN: Final = frozenset({"given_name", "date_of_birth", "email", "id_number"})


@dataclass(slots=True)
class Field:
    """One column of both files, ready to compare.

    Attributes:
        name: The column as its file calls it.
        role: What it was recognised as (``surname``), or its name.
        code: Which text each record has; -1 for none.
        texts: The distinct values.
        letters, length: What is compared letter by letter; pinyin for Chinese.
        sorted_letters, sorted_length: The words in alphabetical order, if there are several words.
        share: How often each text occurs among the records that have one: its term frequency.
    Shape: (records,) for ``code``; (texts, ...) for the rest.
    """

    name: str
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
    def own(self) -> bool:
        """Is it each person's own, so that even a household does not share it?"""
        return self.role in _OWN or self.kind is Kind.DATE


def read_fields(columns: Mapping[str, Sequence[str | None]], *, named: Mapping[str, str] | None = None) -> list[Field]:
    """Recognise columns by name, else by content, and leave out what says nothing about who somebody is.

    Args:
        columns: Values by column name, all equally long; both files one below the other.
        named: What columns hold, said by hand: column name to role, such as ``{"xm": "full_name"}``; ``ignore`` leaves
            one out.

    Raises:
        BadInputError: a column named by hand is not there, a role is unknown, or nothing can be compared.
    """
    named = named or {}
    roles = {role: kind for role, _, kind in _NAMES} | {kind.name.lower(): kind for kind in Kind}
    for name, role in named.items():
        if name not in columns:
            raise BadInputError(f"no column {name!r}", where="--columns", mend=f"there are {', '.join(columns)}")
        if role not in roles and role != "ignore":
            raise BadInputError(f"{role!r} is no role", where="--columns", mend=f"one of {', '.join(roles)}, ignore")
    fields = []
    for name, values in columns.items():
        if named.get(name) == "ignore":
            continue
        if name in named:
            role, kind = named[name], roles[named[name]]
        else:
            guess = _guess(name, values)
            if guess is None:
                continue
            role, kind = guess
        for part in _parts(values, role, kind):
            made = _field(name, role, part[0], part[1])
            if len(made.texts) > 1:
                fields.append(made)
    if not fields:
        raise BadInputError("no column can be compared", mend="say what they hold with --columns name=role")
    return fields


def role_of(name: str) -> str:
    """Return the role that a column's name gives it, or the name in plain letters."""
    plain = _letters(name)
    return next((role for role, pattern, _ in _NAMES if re.fullmatch(pattern, plain)), plain)


def _letters(name: str) -> str:
    return re.sub(r"[\s\-.]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())).lower()


def _guess(name: str, values: Sequence[str | None]) -> tuple[str, Kind] | None:
    plain = _letters(name)
    filled = [value for value in values if value][:_SAMPLE]
    if not filled or _LABEL.fullmatch(plain):
        return None
    for role, pattern, kind in _NAMES:
        if re.fullmatch(pattern, plain):
            if kind is Kind.DATE and _share(filled, _date) < 0.5:
                break
            if kind is Kind.CATEGORY and len(set(filled)) > 60:
                kind = Kind.TEXT  # noqa: PLW2901  a "region" with many values is a place
            return role, kind
    if _share(filled, _date) > 0.8:
        return plain, Kind.DATE
    if _share(filled, lambda value: "@"[: value.count("@")]) > 0.8:
        return "email", Kind.CODE
    if _share(filled, lambda value: "".join(_MOBILE.findall(re.sub(r"[\s-]", "", value)))) > 0.6:
        return "phone", Kind.CODE
    if is_address(filled):
        return "address", Kind.TEXT
    distinct = len(set(filled))
    if distinct <= min(30, len(filled) / 20):
        return plain, Kind.CATEGORY
    digits = sum(sum(letter.isdigit() for letter in value) for value in filled) / sum(len(value) for value in filled)
    return plain, Kind.CODE if digits > 0.5 else Kind.TEXT


def _parts(values: Sequence[str | None], role: str, kind: Kind) -> list[tuple[Kind, Sequence[str | None]]]:
    """Return a column as it is, or the parts of addresses that hold their numbers."""
    filled = [value for value in values if value][:_SAMPLE]
    if role != "address" or kind is not Kind.TEXT or not filled:
        return [(kind, values)]
    if _share(filled, lambda value: "".join(re.findall(r"\d", value))) < 0.5:
        return [(kind, values)]
    split = [parts_of(_even(value or "")) for value in values]
    return [(kind, [one[place] for one in split]) for place, kind in enumerate((Kind.CODE, Kind.TEXT, Kind.TEXT))]


def _even(value: str) -> str:
    return unicodedata.normalize("NFKC", value).casefold().strip()


def _share(values: Sequence[str], reads: Callable[[str], str]) -> float:
    return sum(bool(reads(value)) for value in values) / len(values)


def _field(name: str, role: str, kind: Kind, values: Sequence[str | None]) -> Field:
    written: dict[str, int] = {}
    code = np.full(len(values), -1, np.int32)
    for row, value in enumerate(values):
        plain = _plain(value or "", role, kind)
        if plain:
            code[row] = written.setdefault(plain, len(written))
    texts = list(written)
    spoken = texts if kind is not Kind.TEXT else [_pinyin(text) if _HAN.search(text) else text for text in texts]
    letters, length = letters_of(spoken)
    counts = np.bincount(code[code >= 0], minlength=len(texts)).astype(np.float64)
    made = Field(name, role, kind, code, texts, letters, length, counts / max(1.0, counts.sum()), plain=spoken)
    several = [" " in text for text in spoken]
    if kind is Kind.TEXT and sum(several) > 0.1 * len(spoken):
        made.sorted_letters, made.sorted_length = letters_of([" ".join(sorted(text.split())) for text in spoken])
    return made


def _plain(value: str, role: str, kind: Kind) -> str:
    text = _even(value)
    if text in {"", "nan", "null", "none", "n/a", "na", "-", "--", "unknown", "无", "未知"}:
        return ""
    if kind is Kind.DATE:
        return _date(text) or re.sub(r"\D", "", text)
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
    return re.sub(r"[^\w@]+", " ", text).replace("_", " ").strip()


def _date(text: str) -> str:
    """Return YYYYMMDD, or nothing."""
    year, month, day = 0, 0, 0
    if found := re.match(r"(\d{4})(?:(\d{2})(\d{2})$|\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2}))", text):
        year, month, day = (int(part) for part in found.groups() if part)
    elif found := re.match(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})", text):
        day, month, year = (int(part) for part in found.groups())
        if month > 12 >= day:
            day, month = month, day
    if not (1850 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return ""
    return f"{year:04}{month:02}{day:02}"


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415  a large dictionary, needed for Chinese alone

    return " ".join(lazy_pinyin(text)) if len(text) <= 4 else text  # a longer one is an address: compared as written
