"""Settled knowledge (内容沉淀): what was asked once and answered well is found again and does not scroll away.

Ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with the usual
k1 = 1.2 and b = 0.75) over question and answer together. Chinese is cut into pairs of characters, which needs no
dictionary; other writing into words. Two questions are the same when they resemble each other enough.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siyu.kernel.ids import time_ordered_id
from siyu.kernel.resemblance import folded, resemblance, runs_of

_K1: Final = 1.2
_B: Final = 0.75
#: From this resemblance on, two questions ask the same.
ALIKE: Final = 0.8
_CHINESE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_WORDS: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+|[^\\W_\u3400-\u4dbf\u4e00-\u9fff]+")
#: Phone numbers, orders, cards and addresses of mail say who somebody is; an answer for everybody needs none of them.
_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\d)\+?\d(?:[ -]?\d){6,}(?!\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is known.

    Attributes:
        entry_id: 16 bytes; the same question, answer and moment have the same.
        topic: What it is about, such as ``price``; empty if nobody said.
        source: Where it was settled from, such as ``comment:douyin`` or a file's name.
    """

    entry_id: bytes
    question: str
    answer: str
    topic: str
    source: str
    said_at_us: int


def entry(question: str, answer: str, *, topic: str = "", source: str = "", said_at_us: int) -> Entry:
    """Make an entry for everybody to read: what says who somebody is is left out of both texts."""
    asked, told = impersonal(question), impersonal(answer)
    return Entry(time_ordered_id(said_at_us, asked, told), asked, told, topic, source, said_at_us)


def impersonal(text: str) -> str:
    """Replace mail addresses and numbers of seven digits and more by an ellipsis."""
    return _PERSONAL.sub("…", text).strip()


def new_ones(known: Sequence[Entry], offered: Sequence[Entry]) -> list[Entry]:
    """Return what is offered and not known yet: neither the same question with the same answer, nor nearly so."""
    kept: dict[str, list[frozenset[str]]] = {}
    for one in known:
        kept.setdefault(folded(one.answer), []).append(runs_of(one.question))
    found = []
    for one in offered:
        asked, same = runs_of(one.question), kept.setdefault(folded(one.answer), [])
        if all(resemblance(asked, runs) < ALIKE for runs in same):
            found.append(one)
            same.append(asked)
    return found


class Index:
    """Entries by their words."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        counts = [Counter(words(f"{one.question} {one.answer}")) for one in entries]
        lengths = [count.total() for count in counts]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        self._standing: dict[str, list[tuple[int, float]]] = {}
        for place, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            slowed = _K1 * (1 - _B + _B * length / average)
            for word, times in count.items():
                self._standing.setdefault(word, []).append((place, times * (_K1 + 1) / (times + slowed)))

    def search(self, asked: str, *, most: int = 10) -> list[tuple[Entry, float]]:
        """Return the entries that fit best with their score, the best first; nothing where no word is shared."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in set(words(asked)):
            standing = self._standing.get(word, [])
            rarity = math.log(1 + (len(self._entries) - len(standing) + 0.5) / (len(standing) + 0.5))
            for place, weight in standing:
                scores[place] += rarity * weight
        best = sorted(scores.items(), key=lambda found: (-found[1], -self._entries[found[0]].said_at_us))
        return [(self._entries[place], score) for place, score in best[:most]]


def words(text: str) -> list[str]:
    """Cut a text into what is searched: pairs of Chinese characters, and words of other writing in lower case."""
    found: list[str] = []
    for run in _WORDS.findall(folded(text)):
        if _CHINESE.match(run) and len(run) > 1:
            found.extend(run[place : place + 2] for place in range(len(run) - 1))
        else:
            found.append(run)
    return found
