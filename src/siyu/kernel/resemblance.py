"""How much two texts are the same, whatever their letters' case, width, blanks and signs.

Resemblance of Broder, "On the resemblance and containment of documents" (1997), over runs of three characters.
"""

import re
import unicodedata
from typing import Final

_RUN: Final = 3
_SIGNS: Final = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return a text as it is compared: one width, lower case, no blanks around it."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def runs_of(text: str) -> frozenset[str]:
    """Return the runs of three characters of a text without blanks and signs; a shorter text is one run."""
    bare = _SIGNS.sub("", folded(text))
    return frozenset(bare[place : place + _RUN] for place in range(max(len(bare) - _RUN + 1, 1)))


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of runs that two texts have in common, in [0, 1]."""
    return len(one & other) / len(one | other)
