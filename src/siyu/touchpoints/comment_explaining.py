"""Why the finder says what it says (线索理由): which characters of a comment spoke for an inquiry, which against."""

from typing import Final

import numpy as np

from siyu.touchpoints.comment import Reason
from siyu.touchpoints.comment_finder import Finder
from siyu.touchpoints.comment_reading import HASHED, features_of, fold_comment, join_comments
from siyu.touchpoints.comment_words import Words, shipped_words

#: What one pattern group adds to the log-odds per unit of its weight, as in ``comment_reading``.
_GROUP_SHARE: Final = 0.5


def explain(finder: Finder, text: str, *, words: Words | None = None) -> tuple[Reason, ...]:
    """Say which characters of the comment spoke for an inquiry and which against, heaviest first.

    The weight of each n-gram is shared evenly by its characters; neighbours of one sign are one stretch.
    """
    words = words or shipped_words()
    codes, _starts = join_comments([text])
    out, at = np.empty(404, np.int32), np.empty(404, np.int32)
    size, _marks = fold_comment(codes, 0, codes.size, words.fold, out, at)
    columns, values, _begins, _masks = features_of([text], words)
    grams = [(i, n) for i in range(1, size) for n in (1, 2, 3) if n <= i + 1 and not (n == 1 and out[i] == 3)]
    each = finder.slope * finder.weights[columns] * values
    weight = np.zeros(size)
    order = [column for column in columns if column < HASHED]
    for (i, n), column, value in zip(grams, order, each, strict=False):
        if column < HASHED:
            weight[i - n + 1 : i + 1] += value / n
    state = 0
    for i in range(size):  # a pattern's weight goes to the characters it ends on
        state = int(words.goto[state, words.letter[out[i]]]) if out[i] < words.letter.size else 0
        for bit in range(len(words.groups)):
            if int(words.hits[state]) >> bit & 1:
                value = finder.slope * _GROUP_SHARE * float(finder.weights[HASHED + bit]) / 2
                weight[max(i - 1, 1)] += value
                weight[i] += value
    reasons: list[Reason] = []
    for i in range(1, size - 1):
        start, stop = int(at[i]), int(at[i]) + 1
        value = float(weight[i])
        if reasons and reasons[-1].stop == start and (reasons[-1].weight > 0) == (value > 0):
            last = reasons.pop()
            reasons.append(Reason(last.start, stop, last.weight + value))
        else:
            reasons.append(Reason(start, stop, value))
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))
