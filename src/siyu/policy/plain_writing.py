"""Read through disguises: full-width letters, emoji, signs between letters, traditional characters.

Two views of a text: *plain* (folded, everything still there) and *squeezed* (letters, digits, Chinese and ``%``; the
ends of sentences and clauses stay, unless what stands between them is so short that they are the disguise). Each
character of a view knows where in the original it came from, so that a finding can point at what was written. Numbers
have a reading of their own in ``hidden_numbers.py``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\ufe0e\u20e3\u034f\u180e")
#: Signs that people write instead of a word.
_SIGNS: Final = {
    "➕": "加", "✚": "加", "╋": "加", "✛": "加", "✜": "加", "⊕": "加", "🞤": "加", "🛰": "卫星", "💚": "微",
    "🍀": "微", "♥": "心", "♡": "心", "🩷": "心", "🩵": "心", "🩶": "心", "🐧": "企鹅", "🧣": "围脖", "🍠": "红薯",
    "👍": "赞", "🟢": "绿", "🟩": "绿", "💬": "聊", "❌": "x", "❎": "x", "✖": "x", "✕": "x", "×": "x",
    "🧧": "红包", "∨": "v", "ν": "v", "ѵ": "v", "√": "v", "蕞": "最", "冣": "最",
}  # fmt: skip
#: Letters in another dress, by their names in Unicode: ᴡ, 🅥, 🇻.
_DRESSED: Final = re.compile(
    r"LATIN LETTER SMALL CAPITAL ([A-Z])|(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
#: What a plus sign must stand before to mean "add".
_ADDED: Final = frozenset("vw微薇威徽卫维葳崴溦嶶魏q扣企我好")
#: Traditional characters that rules speak of, and what they are in simplified writing.
_SIMPLE: Final = str.maketrans(
    "為偉僞緯葦違個轉發領紅獎贈讚贊關後號業國級價購買續網優頂極獨無師證療癒糖壓賺險風圍維衛薇電話碼鏈頭簡聯繫搜尋親羣裏這錢圖"
    "與萬盡權費員團隊銷層應當邀請給從嗎們點擊贏單訂簽質穩潤現",
    "为伟伪纬苇违个转发领红奖赠赞赞关后号业国级价购买续网优顶极独无师证疗愈糖压赚险风围维卫薇电话码链头简联系搜寻亲群里这钱图"
    "与万尽权费员团队销层应当邀请给从吗们点击赢单订签质稳润现",
)
_ENDS: Final = frozenset("。！？!?；;\n\r…")
_PAUSES: Final = frozenset("，,、：:")
#: A stretch between two marks that is no longer than this is split to hide a word, not to end a sentence.
_SPLIT_UP: Final = 2


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
    """Fold width, case, compatibility and traditional forms, invisible characters and signs; keep punctuation."""
    folded: list[str] = []
    at: list[int] = []
    for position, character in enumerate(text):
        if character in _INVISIBLE or 0x1F3FB <= ord(character) <= 0x1F3FF:  # also the colours of skin
            continue
        for one in _meant(character):
            if unicodedata.combining(one):
                continue
            folded.append(one)
            at.append(position)
    for place, one in enumerate(folded):
        if one == "+":
            rest = next((other for other in folded[place + 1 : place + 4] if not other.isspace()), "")
            if rest in _ADDED:
                folded[place] = "加"
    return View("".join(folded), tuple(at))


@lru_cache(maxsize=16_384)
def _meant(character: str) -> str:
    """Return what one character stands for."""
    if character in _SIGNS:
        return _SIGNS[character]
    folded = unicodedata.normalize("NFKC", character).lower().translate(_SIMPLE)
    if folded.isascii() or "\u4e00" <= folded <= "\u9fff":
        return folded
    name = unicodedata.name(character, "")
    dressed = _DRESSED.fullmatch(name)
    if dressed:
        return next(letter for letter in dressed.groups() if letter).lower()
    return "心" if re.search(r"\bHEARTS?\b", name) and unicodedata.category(character) == "So" else folded


def squeezed_view(plain: View) -> View:
    """Keep letters, digits, Chinese and ``%``, and a mark where a sentence (``。``) or a clause (``，``) ends."""
    kept: list[tuple[str, int]] = []
    runs: list[int] = []  # letters between marks
    marks: list[int] = []  # places in ``kept`` of the marks after each run
    length = 0
    for one, position in zip(plain.text, plain.at, strict=True):
        if one.isalnum() or one == "%":
            kept.append((one, position))
            length += 1
        elif one in _ENDS or one in _PAUSES:
            if length:
                runs.append(length)
                marks.append(len(kept))
                kept.append(("。" if one in _ENDS else "，", position))
                length = 0
            elif marks and one in _ENDS:
                kept[marks[-1]] = ("。", kept[marks[-1]][1])
    runs.append(length)
    dropped = {
        place
        for number, place in enumerate(marks)
        if number + 1 < len(runs) and 0 < min(runs[number], runs[number + 1] or _SPLIT_UP + 1) <= _SPLIT_UP
    }
    left = [pair for place, pair in enumerate(kept) if place not in dropped]
    return View("".join(one for one, _ in left), tuple(position for _, position in left))
