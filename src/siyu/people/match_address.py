"""Take an address (地址) apart: whichever way it was written, what says who lives there is in the same place.

Three parts: the numbers in their order, the area, and the road. 浙江省杭州市西湖区文三路12号3栋501室 and
杭州西湖区文三路12-3-501 share the numbers 123501, the area 西湖 and the road 文三路.
"""

import re
from collections.abc import Sequence
from typing import Final

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_DIGITS: Final = re.compile(r"\d+")
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
#: A number written in Chinese that counts a building, a floor or a door.
_COUNTED: Final = re.compile(r"[〇零一二三四五六七八九十百]+(?=[号栋幢座单元楼层弄室期])")
_PLACE: Final = re.compile(r"(?:特别行政区|自治区|自治州|自治县|地区|省|市(?![民场政])|盟|区|县(?!城)|旗)")
_DOOR: Final = re.compile(r"(?<=\d)\s*(?:号院|号楼|号|栋|幢|座|单元|室|层|楼|弄|门|户|期|#|-|—|/)+|[#\-—/]")
_SHORT: Final = (
    (re.compile(r"\bst\b"), "street"), (re.compile(r"\brd\b"), "road"), (re.compile(r"\bave?\b"), "avenue"),
    (re.compile(r"\bln\b"), "lane"), (re.compile(r"\bdr\b"), "drive"), (re.compile(r"\bapt\b"), "apartment"),
)  # fmt: skip


def is_address(values: Sequence[str]) -> bool:
    """Tell whether texts look like Chinese addresses: long, with places and doors."""
    alike = sum(
        len(value) >= 6 and bool(_HAN.search(value)) and bool(re.search(r"[省市区县镇乡路街道巷村弄号栋室]", value))
        for value in values
    )
    return alike > 0.6 * len(values)


def parts_of(address: str) -> tuple[str, str, str]:
    """Return the numbers, the area and the road of an address in lower case; each may be empty."""
    text = _COUNTED.sub(lambda found: _number(found.group()), address)
    numbers = "".join(_DIGITS.findall(text))
    if not _HAN.search(text):
        road = " ".join(_DIGITS.sub(" ", re.sub(r"[^\w\s]+", " ", text)).split())
        for short, long in _SHORT:
            road = short.sub(long, road)
        return numbers, "", road
    head = _DIGITS.split(text, maxsplit=1)[0]
    places = list(_PLACE.finditer(head))
    inside = places[-1].end() if places and len(head) - places[-1].end() >= 2 else 0
    area = places[-1].start() if inside else 0
    before = places[-2].end() if inside and len(places) > 1 else 0
    road = _DIGITS.sub("", _DOOR.sub("", text[inside:]))
    return numbers, text[before:area].strip(), re.sub(r"\W+", "", road)


def _number(text: str) -> str:
    """Return a Chinese number below 1000 in digits."""
    if not set(text) & set("十百"):
        return text.translate(_HAN_DIGITS)
    total, digit = 0, 0
    for letter in text:
        if letter == "十":
            total, digit = total + max(1, digit) * 10, 0
        elif letter == "百":
            total, digit = total + max(1, digit) * 100, 0
        else:
            digit = int(letter.translate(_HAN_DIGITS))
    return str(total + digit)
