"""The sentences that the finder has learned from before a brand teaches it: made from our own templates."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

import numpy as np

from siyu.kernel.arrays import Int8
from siyu.kernel.ids import share_of

_SLOT = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def seed_sentences() -> tuple[tuple[str, ...], Int8, Int8]:
    """Return our sentences; 1 for those that are inquiries; 1 for those that complain. The same at every call."""
    written = tomllib.loads((files("siyu.touchpoints") / "comment_seed.toml").read_text("utf-8"))
    lists: dict[str, list[str]] = written["lists"]
    texts: dict[str, tuple[int, int]] = {}
    for section, marks in (("lead", (1, 0)), ("other", (0, 0)), ("complaint", (0, 1))):
        for template in written[section]["of"]:
            slots = len(_SLOT.findall(template))
            for turn in range(int(written["per_template"]) if slots else 1):
                texts.setdefault(_filled(template, lists, turn), marks)
    marks_of = np.array(list(texts.values()), np.int8)
    return tuple(texts), marks_of[:, 0].copy(), marks_of[:, 1].copy()


def _filled(template: str, lists: dict[str, list[str]], turn: int) -> str:
    place = iter(range(99))

    def word(found: re.Match[str]) -> str:
        words = lists[found.group(1)]
        return words[int(share_of(template, str(turn), str(next(place))) * len(words))]

    return _SLOT.sub(word, template)
