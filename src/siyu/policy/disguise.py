"""Write contact details in disguise, by rule: what the lint must see through, made in any number for its own test.

Each way takes a plain number or id and hides it as people do, inside a sentence as they write it.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

_CARRIERS: Final = (
    "{}", "想要的{}", "喜欢的宝子 {} 咨询", "有问题{}", "{} 备注来意", "详细的{}哦", "价格表{}发你",
    "直播间的姐妹{}～", "需要的{}，秒回",
    "老粉{}有优惠！", "看中了就{}", "没货的时候{}通知你",
)  # fmt: skip
_WORDS: Final = "零一二三四五六七八九"
_RADIO: Final = "洞幺二三四五六拐八勾"
_BIG: Final = "零壹贰叁肆伍陆柒捌玖"
_SIGNS: Final = (" ", "-", ".", "·", "_", "~", "—", "*", "/", "🌸", "  ")


def _each(one: str, signs: str) -> str:
    return "".join(signs[int(digit)] for digit in one)


def _moved(one: str, to: int) -> str:
    """Write digits as the ten characters from ``to`` on."""
    return "".join(chr(to + int(digit)) for digit in one)


def _circled(one: str) -> str:
    return "".join("⓪" if digit == "0" else chr(0x245F + int(digit)) for digit in one)


def _keycaps(one: str) -> str:
    return "".join(f"{digit}\ufe0f\u20e3" for digit in one)


def _apart(one: str, dice: np.random.Generator) -> str:
    return str(dice.choice(_SIGNS)).join(one)


def _grouped(one: str, dice: np.random.Generator) -> str:
    sign = str(dice.choice(_SIGNS))
    return sign.join((one[:3], one[3:7], one[7:]))


def _mixed(one: str, dice: np.random.Generator) -> str:
    return "".join(_WORDS[int(digit)] if dice.random() < 0.4 else digit for digit in one)


#: How a telephone number is hidden, by name.
NUMBER_WAYS: Final[dict[str, Callable[[str, np.random.Generator], str]]] = {
    "as it is": lambda one, _: one,
    "full width": lambda one, _: _moved(one, 0xFF10),
    "keycaps": lambda one, _: _keycaps(one),
    "circled": lambda one, _: _circled(one),
    "Chinese words": lambda one, _: _each(one, _WORDS),
    "radio words": lambda one, _: _each(one, _RADIO),
    "banker's words": lambda one, _: _each(one, _BIG),
    "bold": lambda one, _: _moved(one, 0x1D7CE),
    "spaced": _apart,
    "grouped": _grouped,
    "mixed with words": _mixed,
    "words, grouped": lambda one, dice: _grouped(_each(one, _WORDS), dice),
    "country code": lambda one, dice: f"+86 {_grouped(one, dice)}",
    "o and l": lambda one, _: one.replace("0", "o").replace("1", "l", 1),
    "invisible between": lambda one, _: "\u200b".join(one),
    "subscript": lambda one, _: _moved(one, 0x2080),
}
_WEI: Final = ("微", "薇", "威", "徽", "溦", "维", "卫", "葳", "嶶", "v", "V", "Ｖ", "w", "∨")
_XIN: Final = ("信", "芯", "心", "❤", "欣", "馨", "♥️", "💗", "x", "X")
_ADD: Final = ("加", "➕", "+", "加我", "加个", "加下", "加我的", "伽", "＋")
_BETWEEN: Final = ("", "", "", " ", ".", "-", "|", "·", "~", "_", "/")
_TO_ID: Final = ("：", ":", " ", "号 ", "号：", "号是", "→")


def _wechat(dice: np.random.Generator, name: str) -> str:
    pick: Callable[[tuple[str, ...]], str] = lambda many: str(dice.choice(many))  # noqa: E731  a short name in one place
    word = pick(_WEI) + pick(_BETWEEN) + pick(_XIN)
    way = int(dice.integers(4))
    if way == 0:
        return pick(_ADD) + word
    if way == 1:
        return word + pick(_TO_ID) + name
    if way == 2:
        return pick(_ADD) + pick(("薇", "V", "v", "威", "微", "徽", "葳", "Ｖ", "嶶"))
    return pick(("vx", "VX", "wx", "V X", "v-x", "ｖｘ", "WX", "w.x")) + pick(("：", ":", "号", "同号", " ")) + name


def _name(dice: np.random.Generator) -> str:
    letters = "".join(dice.choice(list("abcdefghjkmnpqrstwxyz"), int(dice.integers(3, 7))))
    return letters + "".join(dice.choice(list("0123456789"), int(dice.integers(2, 5))))


def phone_number(dice: np.random.Generator) -> str:
    """Make a mobile number up."""
    return "1" + str(dice.integers(3, 10)) + "".join(str(one) for one in dice.integers(0, 10, 9))


def hidden_contacts(seed: int, each: int) -> Iterator[tuple[str, str, str]]:
    """Yield (rule that must find it, way, text).

    Args:
        each: Texts for each way of hiding a number, and ten times as many for WeChat.
    """
    dice = np.random.default_rng(seed)
    for way, hide in NUMBER_WAYS.items():
        for _ in range(each):
            yield "contact_phone", way, str(dice.choice(_CARRIERS)).format(hide(phone_number(dice), dice))
    for _ in range(10 * each):
        yield "contact_wechat", "WeChat", str(dice.choice(_CARRIERS)).format(_wechat(dice, _name(dice)))
    for _ in range(2 * each):
        number = str(dice.integers(10_000_000, 4_000_000_000))
        word = str(dice.choice(("QQ", "扣扣", "q", "Ｑ", "企鹅", "🐧", "抠抠", "q q", "秋秋", "QQ群", "企鹅号")))
        hidden = dice.choice((number, _each(number, _WORDS), _circled(number), _keycaps(number), " ".join(number)))
        between = str(dice.choice(("", "：", " ")))
        yield "contact_qq", "QQ", str(dice.choice(_CARRIERS)).format(f"{word}{between}{hidden}")


def harmless_numbers(seed: int, each: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) with many digits and no contact: orders, parcels, prices, dates, sizes."""
    dice = np.random.default_rng(seed)

    def any_of(low: int, high: int) -> int:
        return int(dice.integers(low, high))

    for _ in range(each):
        digits = "".join(str(one) for one in dice.integers(0, 10, 18))
        day, clock = f"{any_of(1, 13):02d}-{any_of(1, 29):02d}", f"{any_of(8, 22):02d}:{any_of(0, 60):02d}"
        yield "order", f"订单号 {any_of(1, 10)}{digits[: any_of(12, 18)]} 什么时候发货"
        yield "parcel", f"{dice.choice(('SF', 'YT', 'JD', 'ZTO'))}{digits[:13]} 到哪了"
        yield "prices", "、".join(f"{any_of(9, 999)}元" for _ in range(4)) + " 哪个划算"
        yield "prices", " ".join(f"{any_of(10, 99)}.9" for _ in range(any_of(3, 6)))
        yield "date", f"2026-{day} {clock}:00 开播"
        yield "size", f"身高{any_of(150, 190)}，体重{any_of(45, 90)}，{any_of(150, 190)}/{any_of(80, 99)}A 合适吗"
        yield "scores", f"比分 {any_of(50, 130)}:{any_of(50, 130)}，{any_of(50, 130)}:{any_of(50, 130)}"
        yield "count", f"已售{any_of(10_000, 999_999)}件，好评{any_of(1000, 99_999)}"
        yield "barcode", f"条码 69{digits[:11]}"
