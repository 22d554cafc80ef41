"""Take a name (姓名) apart: what a family shares, and what is each person's own.

王小芳, Wang Xiaofang, XIAOFANG WANG and wangxiaofang are all the surname wang and the given name xiao fang; Robert J.
Smith and "Smith, Robert J." are smith and robert j.
"""

import re
from collections.abc import Sequence
from typing import Final

_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
#: Surnames of two characters.
_TWO: Final = frozenset(re.findall(
    r"\w+",
    """
    欧阳 上官 诸葛 司马 东方 独孤 慕容 夏侯 司徒 皇甫 尉迟 公孙 令狐 长孙 宇文 南宫 端木 轩辕
    司空 闻人 钟离 申屠 澹台 公冶 宗政 濮阳 淳于 单于 太史 呼延 归海 赫连 拓跋 百里 东郭 西门
    """,
))  # fmt: skip
#: How the surnames of nearly everybody sound; of two that one word begins with, the longer counts.
_SOUNDS: Final = frozenset(re.findall(
    r"\w+",
    """
    ouyang shangguan zhuge sima dongfang dugu murong xiahou situ huangfu linghu zhangsun yuwen nangong duanmu ximen
    zhuang zhuo zhong zheng zhang zhan zhao zhai zhou zhu zeng zou zuo chang cheng chai chen chi chu cui cao cai cen
    shang shan shao shen sheng shi shui shu song su sun sha wang wan wei wen weng wu huang huan hong hou hao hang
    han hua huo hu he liang liao ling lian luan liu lin long lou luo lei lang lai lan le li lu lv jiang jian jiao
    jin jing jia ji jie ju qian qiao qiang qin qiu qing qi qu guang guan guo gong gou geng gao gan gai gu ge kang
    kong kuang ke yang yuan yan yao yin ying ye yi you yong yu yue yun xiang xiong xiao xing xie xian xin xia xiu xi
    xu xue xuan tian tang tong teng tao tan tai tu deng dong ding diao dai dang du dou duan ning nie niu ni nan ma
    mao mei meng miao min mi mo mu bai ban bao bei bian bing bi bo bu pang pan pei peng pi ping pu fang fan fei feng
    fu rao ren rong ruan rui sang sai an ao
    """,
))  # fmt: skip
#: Those of every second Chinese: of two words that could be the surname, it is this one.
_USUAL: Final = frozenset(re.findall(r"\w+", "wang li zhang liu chen yang huang zhao zhou wu xu sun zhu ma hu guo lin"))
_SYLLABLE: Final = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ian|iao|ing|ong|uai|uan|ai|an|ao|ei|en|er|ia|"
    r"ie|in|iu|ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v))"
)
_PINYIN: Final = re.compile(f"{_SYLLABLE}{{1,4}}")
_MOST: Final = 4  # characters of a Chinese name; five with a surname of two
_SAMPLE: Final = 2000
_CLEAR: Final = 4  # times as many names one way round as the other: the ambiguous ones follow them


def is_chinese_name(value: str) -> bool:
    """Tell whether a text could be the full name of a Chinese person, in characters, by its length and surname."""
    if not 2 <= len(value) <= _MOST + 1 or not _HAN.fullmatch(value):
        return False
    from pypinyin import lazy_pinyin  # noqa: PLC0415  a large dictionary, needed for Chinese alone

    return value[:2] in _TWO or (len(value) <= _MOST and lazy_pinyin(value[0])[0] in _SOUNDS)


def names_apart(names: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Return the surnames and the given names of a column of full names; ``None`` where most are one word.

    Args:
        names: In lower case; empty where there is none.
    """
    filled = [name for name in names if name]
    sample = filled[:: max(1, len(filled) // _SAMPLE)]
    latin = [name for name in sample if not _HAN.search(name)]
    pinyin = sum(_is_pinyin(name) for name in latin) > 0.7 * len(latin)
    first = _surname_first(latin) if pinyin else None
    split = [_apart(name, pinyin=pinyin, first=first) for name in names]
    if sum(bool(surname and given) for surname, given in split) < 0.6 * len(filled):
        return None
    return [surname for surname, _ in split], [given for _, given in split]


def _surname_first(names: Sequence[str]) -> bool | None:
    """Tell which end of a pinyin name the surname stands at, from those that leave no choice; ``None`` if mixed."""
    ends = [(words[0] in _SOUNDS, words[-1] in _SOUNDS) for words in map(str.split, names) if len(words) > 1]
    first, last = ends.count((True, False)), ends.count((False, True))
    return None if max(first, last) < _CLEAR * max(1, min(first, last)) else first > last


def _is_pinyin(name: str) -> bool:
    words = re.findall(r"[a-z]+", name)
    if not 1 <= len(words) <= _MOST or not all(_PINYIN.fullmatch(word) for word in words):
        return False
    if len(words) == 1:
        return bool(_surname_of(words[0]))
    return words[0] in _SOUNDS or words[-1] in _SOUNDS


def _surname_of(word: str) -> str:
    """Return the surname that one word of pinyin begins with, if a given name follows."""
    fits = [one for one in _SOUNDS if word.startswith(one) and _PINYIN.fullmatch(word[len(one) :])]
    return max(fits, key=len, default="")


def _apart(name: str, *, pinyin: bool, first: bool | None = None) -> tuple[str, str]:
    if found := _HAN.search(name):
        letters = found.group()
        size = 2 if letters[:2] in _TWO and len(letters) > 2 else 1
        return (letters[:size], letters[size:]) if len(letters) > 1 else (name, "")
    before, comma, after = (part.strip() for part in name.partition(","))
    if comma and before and after:
        return before, after
    words = re.sub(r"[,，]+", " ", name).split()
    if len(words) == 1 and pinyin and (surname := _surname_of(words[0])):
        return surname, words[0][len(surname) :]
    if len(words) < 2:
        return name, ""
    if pinyin and words[0] in _SOUNDS and words[-1] in _SOUNDS and first is not None:
        return (words[0], "".join(words[1:])) if first else (words[-1], "".join(words[:-1]))
    if pinyin and words[0] in _SOUNDS and not (words[-1] in _USUAL and words[0] not in _USUAL):
        return words[0], "".join(words[1:])
    if pinyin:
        return words[-1], "".join(words[:-1])
    return words[-1], " ".join(words[:-1])
