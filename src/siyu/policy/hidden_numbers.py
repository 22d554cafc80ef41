"""Find telephone numbers and account numbers however they are written: 1️⃣3️⃣8️⃣, 幺三八, ①③⑧, 1 3 8, 138-0013-8000.

A number is read as groups of digits with signs between them. A telephone number is a row of whole groups that makes
eleven digits of a mobile number, or a land line with its area code, or a 400 line. Price lists, dates, order numbers
and long codes have eleven digits too: they are told apart by their groups and by the words before and after.

Source of the forms of numbers: Telecommunications Network Numbering Plan (2017), MIIT: mobile numbers are 1[3-9] and
nine digits; area codes are 010, 02x and four digits from 03xx to 09xx.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from siyu.policy.plain_writing import View

#: What people write for a digit. 两 and 俩 are left out: they count things far more often than they hide a number.
_DIGITS: Final = {
    **dict(zip("〇零洞", "000", strict=True)),
    **dict(zip("一壹幺弌", "1111", strict=True)),
    **dict(zip("二贰三叁四肆五伍六陆七柒拐八捌九玖勾", "223344556677788999", strict=True)),
}  # fmt: skip
#: Letters and words that sound or look like a digit; they count only between many real digits.
_LIKE_DIGITS: Final = {
    **dict(zip("oli|", "0111", strict=True)),
    **dict(zip("妖腰依衣伞散午舞溜流起妻爸吧扒久酒灵铃", "1111335566778889900", strict=True)),
}  # fmt: skip
_SPOKEN: Final = {
    "ling": "0", "yao": "1", "yi": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7", "ba": "8",
    "jiu": "9", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_SYLLABLE: Final = "|".join(_SPOKEN)
#: Three digits in Latin letters at least, each a word of its own: yi ba liu.
_IN_LETTERS: Final = re.compile(rf"(?<![a-z])(?:(?:{_SYLLABLE})[\s.·-]+){{2,}}(?:{_SYLLABLE})(?![a-z])")
#: Words that hold the groups of one number together: 139 打头，然后 8866，最后四位 0077; a heart reads 心.
_HOLD: Final = re.compile(
    r"(?:[\s，,、.。:：]*(?:然后|接着|后[面边](?:是)?|(?:中间|最后|[后末]尾?)[四4]位(?:是)?|中间(?:是)?|最后(?:是)?|尾[巴号](?:是)?|[打开]头|再[来加接]?|心|空格|横?杠)[\s，,、.。:：]*)+"
)
_GAP: Final = 3
#: Digits of a telephone number, with the country's code and without.
_SHORTEST: Final = 10
_LONGEST: Final = 15
_SURE: Final = 7
#: Groups of a telephone number as people write it.
_USUAL: Final = frozenset(
    {(3, 4, 4), (3, 8), (7, 4), (4, 7), (3, 3, 5), (4, 4, 3), (3, 5, 3), (5, 6), (6, 5), (4, 3, 4), (3, 4, 2, 2)}
)
#: Signs that stand between prices, scores and moments.
_LISTED: Final = frozenset("、,，/.:：;；~")
_MOBILE: Final = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"(?:(?:00)?86)?0?(?:10|2\d)[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}")
_HOTLINE: Final = re.compile(r"[48]00[0-9]\d{6}")
_OF_A_THING: Final = re.compile(
    r"(?:单号|订单|运单|编号|批号|条码|条形码|序列号|货号|款号|身份证|卡号|流水|学号|工号|型号|sku|isbn|no)[^\u4e00-\u9fffa-z]{0,3}$"
)
_COUNTED: Final = re.compile(
    r"\s*(?:元|块|件|个|人|次|年|月|日|%|名|位|条|家|公里|米|克|毫升|积分|分(?!机)|粉丝|万|亿)"
)
_MAY_STAND_BEFORE: Final = re.compile(r"(?:^|[^a-z])(?:tel|t|v|vx|wx|vv|p|m|mob|mobile|phone|call|ph|q|qq|dh|sj)$")


@dataclass(frozen=True, slots=True)
class _Digit:
    value: str
    start: int
    stop: int
    sure: bool


def phone_spans(plain: View) -> list[tuple[int, int]]:
    """Return the stretches of the original text that are telephone numbers, half-open, in order."""
    found = []
    for run in _runs(plain.text):
        found += [plain.span(*one) for one in _phones_in(run, plain.text)]
    return found


def digit_view(squeezed: View) -> View:
    """Write digits that are written as words or signs as digits: 幺三八 reads 138."""
    return View("".join(_DIGITS.get(one) or _sign(one) or one for one in squeezed.text), squeezed.at)


def _sign(one: str) -> str:
    value = unicodedata.digit(one, -1) if not one.isascii() else -1
    return str(value) if value >= 0 else ""


def _runs(text: str) -> Iterator[list[_Digit]]:
    """Yield rows of digits with nothing but a few signs between them."""
    run: list[_Digit] = []
    in_letters = {
        stretch.start() + word.start(): word[0]
        for stretch in _IN_LETTERS.finditer(text)
        for word in re.finditer(_SYLLABLE, stretch[0])
    }
    held = {stretch.start(): stretch.end() for stretch in _HOLD.finditer(text)}
    reached = since = 0  # where reading goes on, and where the last digit or word between digits ended
    for place, one in enumerate(text):
        if place < reached:
            continue
        if place in held and run and since == place:
            reached = since = held[place]
            continue
        if place in in_letters:
            value, reached, sure = _SPOKEN[in_letters[place]], place + len(in_letters[place]), True
        else:
            value, reached = one if one.isascii() and one.isdigit() else _DIGITS.get(one) or _sign(one), place + 1
            sure = bool(value)
            value = value or _LIKE_DIGITS.get(one, "")
        if value:
            if run and place - since > _GAP:
                yield run
                run = []
            run.append(_Digit(value, place, reached, sure))
            since = reached
        elif one.isalnum() and run:
            yield run
            run = []
    if run:
        yield run


def _phones_in(run: list[_Digit], text: str) -> Iterator[tuple[int, int]]:
    for guesses in (False, True):
        kept = [one for one in run if guesses or one.sure]
        if sum(one.sure for one in kept) < _SURE or (guesses and all(one.sure for one in run)):
            continue
        groups = _groups(kept, broken_by=() if guesses else [one.start for one in run if not one.sure])
        taken = 0
        for first in range(len(groups)):
            if first < taken:
                continue
            for last in _ends(groups, first):
                row = groups[first:last]
                if _is_phone(row, text):
                    yield row[0][0].start, row[-1][-1].stop
                    taken = last
                    break
        if taken:
            return


def _ends(groups: list[list[_Digit]], first: int) -> list[int]:
    """Return where a number that begins with this group may end by its length, the longest first."""
    ends: list[int] = []
    if groups[first][0].value in "0148":
        length, last = 0, first
        while last < len(groups) and length <= _LONGEST:
            length += len(groups[last])
            last += 1
            if _SHORTEST <= length <= _LONGEST:
                ends.append(last)
        ends.reverse()
    return ends


def _groups(digits: list[_Digit], *, broken_by: tuple[int, ...] | list[int]) -> list[list[_Digit]]:
    groups = [[digits[0]]]
    for before, one in pairwise(digits):
        spoken = min(before.stop - before.start, one.stop - one.start) > 1 and one.start - before.stop == 1
        if (before.stop == one.start and before.stop not in broken_by) or spoken:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _is_phone(row: list[list[_Digit]], text: str) -> bool:
    number = "".join(one.value for group in row for one in group)
    start, stop = row[0][0].start, row[-1][-1].stop
    sizes = tuple(len(group) for group in row)
    if (number.startswith("86") and sizes[0] == 2) or (number.startswith("0086") and sizes[0] == 4):
        sizes = sizes[1:]
    mobile, landline, hotline = (form.fullmatch(number) for form in (_MOBILE, _LANDLINE, _HOTLINE))
    if landline and not mobile and (len(sizes) > 3 or (not number.startswith("0") and sizes[0] > 4)):
        landline = None
    if hotline and len(sizes) > 3:
        hotline = None
    if not (mobile or landline or hotline):
        return False
    signs = {text[a[-1].stop : b[0].start].strip() for a, b in pairwise(row)}
    if mobile and len(sizes) > 1 and sizes not in _USUAL and set(sizes) != {1}:
        listed = any(_LISTED & set(sign) for sign in signs)
        if listed or len(signs) > 1 or len(sizes) > 7:
            return False
    before = text[max(0, start - 12) : start]
    if before and before[-1].isascii() and before[-1].isalpha() and not _MAY_STAND_BEFORE.search(before):
        return False
    return not _OF_A_THING.search(before) and not _COUNTED.match(text, stop)
