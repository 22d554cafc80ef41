"""What the columns of unknown files hold, and which columns of two files hold the same."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from siyu.kernel.errors import BadInputError
from siyu.people.match_address import is_address, parts_of
from siyu.people.match_date import date_of, month_first
from siyu.people.match_name import is_chinese_name, names_apart

Values = Sequence[str | None]

_MOBILE: Final = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")
_LABEL: Final = re.compile(
    r"(true_?)?(cluster|label|truth|entity|match|group|source|source_dataset|dataset|row)(_?(id|no))?"
)
#: What is said of the record, not of the person.
_RECORD: Final = re.compile(
    r"(.*_)?(create|created|update|updated|modified|regist\w*|sign_?up|signup|join|joined|order|ordered|last|visit|login"
    r"|entry|import)_?(time|date|at|on|day)|timestamp|time|date|(total_?)?(amount|price|paid|spend|points|quantity|qty)"
    r"|remarks?|notes?|memo|comments?|.*时间|(下单|注册|创建|更新|入会|登记|消费|购买|录入|导入)(时间|日期|日|金额)?"
    r"|.*(金额|积分|备注|数量|余额)|备注.*|序号|编号"
)
_SAMPLE: Final = 2000  # values looked at to tell what a column holds


class Kind(IntEnum):
    """How two values of a column are compared; the numbers are those of ``match_text.compare``."""

    TEXT = 0
    CODE = 1
    DATE = 2
    CATEGORY = 3


_WHO: Final = r"(客户|会员|顾客|用户|联系人|联系|收货人|收货|收件人|收件|买家|真实|本人|移动|移动联系)?"
#: What a column may be called, in English and Chinese, and what it then holds.
_NAMES: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("given_name", r"(given|first|fore|christian)_?(names?)?|name_?first|fname|名|名字", Kind.TEXT),
    ("surname", r"(sur|last|family)_?names?|last|family|name_?last|lname|姓|姓氏", Kind.TEXT),
    ("full_name", r"(full_?|customer_?|client_?|contact_?|member_?|person_?|user_?|buyer_?|real_?)?names?", Kind.TEXT),
    ("full_name", rf"{_WHO}(姓名|名称|名字)|收货人|收件人|联系人|客户|会员名", Kind.TEXT),
    ("date_of_birth", r"dob|born(_?on)?|(date_?)?born|(date_?of_?)?birth_?(day|date)?", Kind.DATE),
    ("date_of_birth", r".{0,2}生日(日期)?|出生(日期|年月日?|日)?", Kind.DATE),
    ("email", r"((contact|home|work|personal)_?)?e_?mail(_?(address|id|addr))?|mail", Kind.CODE),
    ("email", r"(电子)?(邮箱|邮件)(地址)?", Kind.CODE),
    ("phone", r"((mobile|cell|tele|contact|home|work)_?)?(phones?|mobile|tel)(_?(no|num|number|\d))?", Kind.CODE),
    ("phone", r"(cell|contact|whatsapp)(_?(no|num|number))?|telephone(_?(no|num|number))?", Kind.CODE),
    ("phone", rf"{_WHO}(手机号?码?|电话号?码?)|联系方式|固定?电话|座机", Kind.CODE),
    ("postcode", r"post_?(al_?)?code|zip(_?code)?|邮编|邮政编码", Kind.CODE),
    ("street_number", r"(street|house)_?(no|number)|门牌号?", Kind.CODE),
    ("address", r"([a-z]+_)?(address|addr|residence)(_?(line)?_?\d)?|street(_name)?", Kind.TEXT),
    ("address", r".{0,4}(地址|住址)|街道|住所", Kind.TEXT),
    ("city", r"city|town|suburb|place|city_town|所在城市|城市|市|区县?|所在地", Kind.TEXT),
    ("state", r"state|province|region|county|省份?", Kind.CATEGORY),
    ("gender", r"gender|sex|性别", Kind.CATEGORY),
    ("id_number", r"soc(ial)?_?sec(urity)?(_?(id|no|number))?|ssn|id_?(card|no|number)(_?(no|number))?", Kind.CODE),
    ("id_number", r"passport(_?(no|number))?|(居民|公民)?(证件|身份证?)号?码?", Kind.CODE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or a part of one.

    Attributes:
        name: As its file calls it.
        holds: What the whole column was recognised as (``full_name``), or its name.
        role: What this part of it is (``surname``).
    """

    name: str
    holds: str
    role: str
    kind: Kind
    values: Values


def read_columns(
    first: Mapping[str, Values], second: Mapping[str, Values] | None = None, *, named: Mapping[str, str] | None = None
) -> list[Column]:
    """Recognise columns by name, else by content, and leave out what says nothing about who somebody is.

    Names are taken apart to surname and given name, addresses to their numbers, area and road; dates are YYYYMMDD.

    Args:
        first, second: Values by column name; those of a second file go below those of the first.
        named: What columns hold, said by hand: column name to role, such as ``{"xm": "full_name"}``; ``ignore`` leaves
            one out.

    Raises:
        BadInputError: a column named by hand is not there, a role is unknown, nothing can be compared, or the two
            files share no column.
    """
    named, second = named or {}, second or {}
    there = list(dict.fromkeys((*first, *second)))
    known = {role: kind for role, _, kind in _NAMES} | {kind.name.lower(): kind for kind in Kind}
    for name, role in named.items():
        if name not in there:
            raise BadInputError(f"no column {name!r}", where="--columns", mend=f"there are {', '.join(there)}")
        if role not in known and role != "ignore":
            raise BadInputError(f"{role!r} is no role", where="--columns", mend=f"one of {', '.join(known)}, ignore")

    def recognised(columns: Mapping[str, Values], border: int = 0) -> list[Column]:
        found = []
        for name, values in columns.items():
            role = named.get(name)
            guess = _guess(name, values) if role is None else (role, known.get(role, Kind.TEXT))
            if guess is not None and role != "ignore":
                found.append(
                    Column(name, guess[0], *guess, _dates(values, border) if guess[1] is Kind.DATE else values)
                )
        return found

    if not second:
        (columns,) = _names_apart(recognised(first))
    else:
        alike = [name for name in first if name in second]
        border = len(next(iter(first.values()), []))
        shared = recognised({name: [*first[name], *second[name]] for name in alike}, border)
        one, two = (
            recognised({name: values for name, values in file.items() if name not in alike}) for file in (first, second)
        )
        shared, one, two = _names_apart(shared, one, two)
        columns = shared + _paired(one, two)
        if not columns:
            raise BadInputError(
                "the two files share no column", mend="name their columns alike, or say --columns name=role"
            )
    return [part for column in columns for part in _address_apart(column)]


def even(value: str) -> str:
    """Return a value in lower case and half width, without spaces around it."""
    return unicodedata.normalize("NFKC", value).casefold().strip()


def role_of(name: str) -> str:
    """Return the role that a column's name gives it, or the name in plain letters."""
    plain = _letters(name)
    return next((role for role, pattern, _ in _NAMES if re.fullmatch(pattern, plain)), plain)


def _letters(name: str) -> str:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", unicodedata.normalize("NFKC", name).strip())
    return re.sub(r"[\s\-./]+", "_", parted).lower().strip("_:：*")


def _guess(name: str, values: Values) -> tuple[str, Kind] | None:
    plain = _letters(name)
    filled = [even(value) for value in values if value][:_SAMPLE]
    if not filled or _LABEL.fullmatch(plain) or _RECORD.fullmatch(plain):
        return None
    for role, pattern, kind in _NAMES:
        if re.fullmatch(pattern, plain):
            if kind is Kind.DATE and _share(filled, date_of) < 0.5:
                break
            if kind is Kind.CATEGORY and len(set(filled)) > 60:
                kind = Kind.TEXT  # noqa: PLW2901  a "region" with many values is a place
            return role, kind
    if _share(filled, date_of) > 0.8:
        return plain, Kind.DATE
    if _share(filled, lambda value: value.count("@") == 1) > 0.8:
        return "email", Kind.CODE
    if _share(filled, lambda value: _MOBILE.match(re.sub(r"[\s-]", "", value))) > 0.6:
        return "phone", Kind.CODE
    if _share(filled, is_chinese_name) > 0.8:
        return "full_name", Kind.TEXT
    if is_address(filled):
        return "address", Kind.TEXT
    distinct = len(set(filled))
    if distinct <= min(30, len(filled) / 20):
        return plain, Kind.CATEGORY
    digits = sum(sum(letter.isdigit() for letter in value) for value in filled) / sum(len(value) for value in filled)
    return plain, Kind.CODE if digits > 0.5 else Kind.TEXT


def _share(values: Sequence[str], reads: Callable[[str], object]) -> float:
    return sum(bool(reads(value)) for value in values) / len(values)


def _dates(values: Values, border: int) -> Values:
    """Write dates as YYYYMMDD, or their digits; each file tells for itself whether the month stands first."""
    written: list[str | None] = []
    for part in (values[:border], values[border:]) if border else (values,):
        american = month_first(part)
        written += [date_of(even(value), american=american) or value if value else value for value in part]
    return written


def _names_apart(*files: list[Column]) -> list[list[Column]]:
    """Take the full names of all files apart, or of none: a column is compared with one of its own kind."""
    whole = [column for file in files for column in file if column.role == "full_name"]
    split = names_apart([even(value or "") for column in whole for value in column.values])
    if split is None:
        return list(files)
    done, begin = [], 0
    for file in files:
        columns: list[Column] = []
        for column in file:
            if column.role != "full_name":
                columns.append(column)
                continue
            end = begin + len(column.values)
            parts = zip(("surname", "given_name"), split, strict=True)
            columns += [replace(column, role=role, values=part[begin:end]) for role, part in parts]
            begin = end
        done.append(columns)
    return done


def _address_apart(column: Column) -> list[Column]:
    filled = [value for value in column.values if value][:_SAMPLE]
    if column.role != "address" or column.kind is not Kind.TEXT or not filled:
        return [column]
    if _share(filled, lambda value: re.search(r"\d", value)) < 0.5:
        return [column]
    split = [parts_of(even(value or "")) for value in column.values]
    return [
        replace(column, kind=kind, values=[one[place] for one in split])
        for place, kind in enumerate((Kind.CODE, Kind.TEXT, Kind.TEXT))
    ]


def _paired(first: list[Column], second: list[Column]) -> list[Column]:
    """Put the columns of two files below each other that were recognised as the same; dates if each has only one."""
    pairs, free = [], list(second)
    for column in first:
        other = next((other for other in free if other.role == column.role), None)
        if other is not None:
            free.remove(other)
            pairs.append((column, other))
    left = [column for column in first if column.kind is Kind.DATE and all(column is not one for one, _ in pairs)]
    right = [column for column in free if column.kind is Kind.DATE]
    if len(left) == len(right) == 1:
        pairs.append((left[0], right[0]))
    return [
        replace(
            one, kind=one.kind if one.kind is other.kind else Kind.TEXT, values=[*one.values, *other.values],
            name=one.name if one.name == other.name else f"{one.name} = {other.name}",
        )
        for one, other in pairs
    ]  # fmt: skip
