"""Replies (回复建议): which of the brand's own answers belongs to a comment like this one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from siyu.touchpoints.comment_reading import FEATURES, features_of
from siyu.touchpoints.comment_words import Words, shipped_words

#: Comments less alike than this have nothing to say to each other.
LEAST_ALIKE: Final = 0.2


def nearest(
    text: str, answered: Sequence[str], *, most: int = 3, least: float = LEAST_ALIKE, words: Words | None = None
) -> list[tuple[int, float]]:
    """Return the answered comments most like ``text``, by the features that the finder reads.

    Args:
        answered: Comments that were answered; of two that are equally alike the earlier in this list comes first.

    Returns places in ``answered`` and their cosine in (least, 1], the most alike first.
    """
    if not answered or not text:
        return []
    columns, values, begins, _masks = features_of([text, *answered], words or shipped_words())
    rows = csr_matrix((values, columns, begins), shape=(len(answered) + 1, FEATURES), dtype=np.float64)
    rows.sum_duplicates()
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    alike = (rows[1:] @ rows[0].T).toarray().ravel() / np.maximum(lengths[1:] * lengths[0], 1e-12)
    order = np.argsort(-alike, kind="stable")[:most]
    return [(int(place), float(min(alike[place], 1.0))) for place in order if alike[place] > least]
