"""Read ``comment_words.toml`` into the tables that the reading kernel walks: folding, letters, automaton."""

import tomllib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product
from re import findall
from typing import Any, Final

import numpy as np

from siyu.kernel.arrays import Int32, Int64
from siyu.kernel.errors import ConfigError
from siyu.touchpoints.comment import Intent

#: Folded codes with a meaning of their own.
DROPPED: Final = 0
EMOJI: Final = 1
START: Final = 2
END: Final = 3
_BMP: Final = 0x10000
_MOST_GROUPS: Final = 62


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns that mean one thing; one bit of the mask that a comment gets.

    Attributes:
        rank: Among the groups that hit, the highest names the intent.
        whole: Its patterns are whole comments.
    """

    name: str
    intent: Intent
    rank: int
    patterns: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the kernel needs to read comments.

    Attributes:
        fold: (65536,) what each character of the basic plane reads as; 0 is dropped, 1 is an emoji.
        letter: (65536,) the automaton's letter of a folded character, 0 for letters no pattern has.
        goto: (states, letters) the automaton's next state.
        hits: (states,) bit ``g`` is set where a pattern of group ``g`` ends.
        groups: The groups in the order of their bits.
    """

    fold: Int32
    letter: Int32
    goto: Int32
    hits: Int64
    groups: tuple[Group, ...]


@lru_cache(maxsize=1)
def shipped_words() -> Words:
    """Return the words that come with Siyu."""
    return read_words(tomllib.loads((files("siyu.touchpoints") / "comment_words.toml").read_text("utf-8")))


def read_words(written: Mapping[str, Any]) -> Words:
    """Build the tables from the file's content.

    Raises:
        ConfigError: a pattern names a list that does not exist, an intent is unknown, or there are too many groups.
    """
    fold = _fold_table(str(written.get("fold", "")))
    lists: Mapping[str, Sequence[str]] = written.get("words", {})
    rows = written.get("group", [])
    if len(rows) > _MOST_GROUPS:
        raise ConfigError(f"{len(rows)} groups of patterns are too many (at most {_MOST_GROUPS})")
    groups: list[Group] = []
    bits: dict[tuple[int, ...], int] = {}
    for bit, row in enumerate(rows):
        try:
            intent = Intent(row["intent"])
        except ValueError as error:
            raise ConfigError(f"group {row['name']}: {row['intent']!r} is no intent") from error
        patterns = {_folded(text, fold) for pattern in row["of"] for text in _expanded(pattern, lists, row["name"])}
        patterns.discard(())
        for pattern in patterns:
            bits[pattern] = bits.get(pattern, 0) | (1 << bit)
        groups.append(Group(str(row["name"]), intent, int(row["rank"]), len(patterns), whole=bool(row.get("whole"))))
    letter, goto, hits = _automaton(bits)
    return Words(fold, letter, goto, hits, tuple(groups))


def _expanded(pattern: str, lists: Mapping[str, Sequence[str]], group: str) -> list[str]:
    names = findall(r"\{(\w+)\}", pattern)
    unknown = [name for name in names if name not in lists]
    if unknown:
        raise ConfigError(f"group {group}: pattern {pattern!r} names no list {{{unknown[0]}}}")
    texts = []
    for chosen in product(*[lists[name] for name in names]):
        text = pattern
        for name, word in zip(names, chosen, strict=True):
            text = text.replace(f"{{{name}}}", word, 1)
        texts.append(text)
    return texts


def _folded(text: str, fold: Int32) -> tuple[int, ...]:
    """Fold a pattern as the kernel folds a comment, runs longer than two cut to two.

    ``^`` and ``$`` at its ends are the ends of the comment.

    Raises:
        ConfigError: an emoji is in it; without it the pattern would mean something else.
    """
    codes: list[int] = []
    for place, mark in enumerate(text):
        if mark == "^" and place == 0:
            codes.append(START)
        elif mark == "$" and place == len(text) - 1:
            codes.append(END)
        else:
            code = int(fold[ord(mark)]) if ord(mark) < _BMP else EMOJI
            if code == EMOJI:
                raise ConfigError(f"pattern {text!r} holds {mark!r}: emoji are not read as letters")
            if code > END and codes[-2:] != [code, code]:
                codes.append(code)
    return tuple(codes)


def _fold_table(pairs: str) -> Int32:
    fold = np.arange(_BMP, dtype=np.int32)
    fold[ord("A") : ord("Z") + 1] += 32
    fold[0xFF01:0xFF5F] = fold[np.arange(0xFF01, 0xFF5F) - 0xFEE0]  # full-width forms of ASCII
    fold[0xFF21:0xFF3B] += 32 * (fold[0xFF21:0xFF3B] < ord("a"))
    fold[ord("0") : ord("9") + 1] = ord("0")
    fold[0xFF10:0xFF1A] = ord("0")
    for span in ((0, 0x21), (0x7F, 0xA1), (0x2000, 0x2010), (0x2028, 0x2030), (0x205F, 0x2070)):
        fold[span[0] : span[1]] = DROPPED  # control, spaces, zero-width, direction marks
    fold[0xD800:0xE000] = DROPPED  # halves of a character that lost the other half
    for span in ((0x2190, 0x2400), (0x2460, 0x2500), (0x25A0, 0x27C0), (0x2900, 0x2980), (0x2B00, 0x2C00)):
        fold[span[0] : span[1]] = EMOJI
    fold[0x2460:0x2474] = ord("0")  # circled digits
    fold[0xFE00:0xFE10] = DROPPED  # variation selectors
    fold[0xFEFF] = fold[0x3000] = fold[0x00AD] = DROPPED
    for mark in "·・•‧∙.．-—–_~～*＊|｜/／\\'’‘`\"“”「」『』《》<>＜＞（）()#＃【】{}%=":
        fold[ord(mark)] = DROPPED  # joiners and wrappers, also those that stand between spaced letters
    for mark, plain in (
        ("。", ","),
        ("、", ","),
        ("，", ","),
        ("；", ","),
        (";", ","),
        ("…", ","),
        ("：", ","),
        (":", ","),
    ):
        fold[ord(mark)] = ord(plain)
    for pair in pairs.split():
        if len(pair) != 2:
            raise ConfigError(f"fold: {pair!r} is not a pair of characters")
        fold[ord(pair[0])] = ord(pair[1])
    return fold


def _automaton(bits: Mapping[tuple[int, ...], int]) -> tuple[Int32, Int32, Int64]:
    """Build the automaton of Aho and Corasick (1975) with every failure resolved: one look-up per character."""
    letters = sorted({code for pattern in bits for code in pattern})
    letter = np.zeros(_BMP, np.int32)
    letter[letters] = np.arange(1, len(letters) + 1)
    children: list[dict[int, int]] = [{}]
    ends: list[int] = [0]
    for pattern, mask in bits.items():
        state = 0
        for code in pattern:
            step = int(letter[code])
            if step not in children[state]:
                children[state][step] = len(children)
                children.append({})
                ends.append(0)
            state = children[state][step]
        ends[state] |= mask
    goto = np.zeros((len(children), len(letters) + 1), np.int32)
    queue = deque([(0, 0)])
    while queue:
        state, failure = queue.popleft()
        if state:
            goto[state] = goto[failure]
            ends[state] |= ends[failure]
        for step, child in children[state].items():
            queue.append((child, int(goto[failure, step]) if state else 0))
        for step, child in children[state].items():
            goto[state, step] = child
    return letter, goto, np.array(ends, np.int64)
