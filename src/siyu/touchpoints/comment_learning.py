"""How the finder of inquiries learns: from our own templates, from labels, and from what staff do with each comment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix, hstack

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment_finder import Encoder, Finder, probability_of
from siyu.touchpoints.comment_fitting import (
    area_under_curve,
    average_precision,
    best_f1,
    fit_logistic,
    folds_of,
    scale_of,
)  # fmt: skip
from siyu.touchpoints.comment_reading import FEATURES, features_of, folded_text
from siyu.touchpoints.comment_seed import seed_sentences
from siyu.touchpoints.comment_words import Words, shipped_words

#: How far one label moves the weights, for the templates and for a brand's own labels.
SEED_STRENGTH: Final = 1.0
STRENGTH: Final = 10.0
#: Share of inquiries that is assumed where no label says otherwise: most comments under most posts ask nothing.
SHIPPED_SHARE: Final = 0.08
#: How much of the certainty that templates teach holds for comments from life; from labelled comments.
SHIPPED_TRUST: Final = 0.625
_FOLDER: Final = files("siyu.touchpoints")


@dataclass(frozen=True, slots=True)
class Learned:
    """A finder after learning, and how it did on comments it had not learned from (each held out once).

    Attributes:
        average_precision, best_f1, auc: Of the last stage there is, over the held-out comments.
        letters_average_precision: Of patterns and letters alone.
    """

    finder: Finder
    comments: int
    leads: int
    average_precision: float
    best_f1: float
    auc: float
    letters_average_precision: float


@lru_cache(maxsize=1)
def shipped_finder() -> Finder:
    """Return the finder as it comes: taught by our templates, calibrated to a thread in which few people ask.

    ``comment_shipped.npz`` keeps what ``teach`` made of the templates, so that nobody waits for it.
    """
    with as_file(_FOLDER / "comment_shipped.npz") as file, np.load(file) as kept:
        weights = np.zeros(FEATURES, np.float32)
        weights[kept["columns"]] = kept["weights"]
        intercept, slope, shift, meaning_intercept = kept["scale"].tolist()
        # Half the letters and half the meaning say together what either says alone, so one calibration serves both.
        meaning = np.concatenate([weights, kept["meaning"].astype(np.float32)]) / 2
    return Finder(
        weights=weights,
        intercept=intercept,
        slope=slope,
        shift=shift,
        share=SHIPPED_SHARE,
        labels=0,
        squares=np.ones(FEATURES, np.float32),
        meaning=meaning.astype(np.float32),
        meaning_intercept=(intercept + meaning_intercept) / 2,
        meaning_slope=slope,
        meaning_shift=shift,
    )


def teach(encoder: Encoder) -> dict[str, Any]:
    """Fit the templates anew: what ``comment_shipped.npz`` holds (``bench/comments.py --teach`` writes it)."""
    words = shipped_words()
    texts, lead, _complaint = seed_sentences()
    rows = _rows(texts, words)
    fit = fit_logistic(rows, lead, strength=SEED_STRENGTH)
    fold = folds_of(lead, 3)
    scores = np.zeros(lead.size)
    for part in range(3):
        held = fold == part
        other = fit_logistic(rows[~held], lead[~held], strength=SEED_STRENGTH)
        scores[held] = rows[held] @ other.weights + other.intercept
    slope, shift = scale_of(scores, lead)
    # Templates are cleaner than life: less slope, and the share of inquiries of a usual thread.
    shift = SHIPPED_TRUST * (shift - _logit(float(lead.mean()))) + _logit(SHIPPED_SHARE)
    vectors = encoder.encode([folded_text(text, words) or "-" for text in texts]).astype(np.float64)
    meaning = fit_logistic(csr_matrix(vectors), lead, strength=1.0)
    columns = np.flatnonzero(np.abs(fit.weights) > 1e-4).astype(np.int32)
    return {
        "made_from": np.array(written_from()),
        "columns": columns,
        "weights": fit.weights[columns].astype(np.float16),
        "scale": np.array([fit.intercept, slope * SHIPPED_TRUST, shift, meaning.intercept]),
        "meaning": meaning.weights.astype(np.float16),
    }


def written_from() -> str:
    """Return the fingerprint of the templates and words that the shipped finder is made from."""
    both = b"".join((_FOLDER / name).read_bytes() for name in ("comment_seed.toml", "comment_words.toml"))
    return sha256(both).hexdigest()


def learn(
    finder: Finder,
    texts: Sequence[str],
    lead: Sequence[int],
    *,
    words: Words | None = None,
    encoder: Encoder | None = None,
) -> Learned:
    """Return the finder after learning from labelled comments; what it knew before counts as its expectation.

    The probabilities are calibrated on folds that were not learned from.

    Args:
        texts, lead: The comments, and 1 for each inquiry.
        encoder: When given, the meaning stage is learned too.

    Raises:
        BadInputError: fewer than 10 labels, a label other than 0 and 1, or only one of the two occurs.
    """
    words = words or shipped_words()
    answer = _labels(texts, lead)
    rows = _rows(texts, words)
    before = finder.weights.astype(np.float64)
    fit = fit_logistic(rows, answer, strength=STRENGTH, before=before, intercept=finder.intercept)
    fold = folds_of(answer, min(5, int(answer.sum()), int(answer.size - answer.sum())))
    scores = _held_out(rows, answer, fold, before)
    slope, shift = scale_of(scores, answer)
    learned = replace(
        finder,
        weights=fit.weights.astype(np.float32),
        intercept=fit.intercept,
        slope=slope,
        shift=shift,
        share=float(answer.mean()),
        labels=finder.labels + answer.size,
        meaning=np.zeros(0, np.float32),
    )
    letters = average_precision(scores, answer)
    if encoder is None:
        return _judged(learned, scores, answer, letters)
    vectors = encoder.encode([folded_text(text, words) or "-" for text in texts]).astype(np.float64)
    both = hstack([rows, csr_matrix(vectors)]).tocsr()
    before = _before_meaning(finder, vectors.shape[1])
    fit = fit_logistic(both, answer, strength=STRENGTH, before=before, intercept=finder.intercept)
    scores = _held_out(both, answer, fold, before)
    slope, shift = scale_of(scores, answer)
    learned = replace(
        learned,
        meaning=fit.weights.astype(np.float32),
        meaning_intercept=fit.intercept,
        meaning_slope=slope,
        meaning_shift=shift,
    )
    return _judged(learned, scores, answer, letters)


def learn_online(finder: Finder, texts: Sequence[str], lead: Sequence[int], *, words: Words | None = None) -> Finder:
    """Return the finder after one step for each comment that staff answered (1) or dismissed (0), in order.

    One step of AdaGrad (Duchi, Hazan, Singer 2011) on the log loss of the calibrated probability.
    """
    rows = _rows(texts, words or shipped_words())
    weights, squares = finder.weights.astype(np.float64), finder.squares.astype(np.float64)
    intercept = finder.intercept
    for place, label in enumerate(lead):
        span = slice(rows.indptr[place], rows.indptr[place + 1])
        columns, values = rows.indices[span], rows.data[span].astype(np.float64)
        score = float(values @ weights[columns]) + intercept
        error = probability_of(np.array([finder.slope * score + finder.shift]))[0] - label
        step = error * values
        np.add.at(squares, columns, step**2)
        np.add.at(weights, columns, -step / np.sqrt(squares[columns]))
        intercept -= 0.05 * error
    return replace(
        finder,
        weights=weights.astype(np.float32),
        squares=squares.astype(np.float32),
        intercept=intercept,
        labels=finder.labels + len(lead),
    )


def _rows(texts: Sequence[str], words: Words) -> csr_matrix:
    columns, values, begins, _masks = features_of(texts, words)
    return csr_matrix((values, columns, begins), shape=(len(texts), FEATURES))


def _labels(texts: Sequence[str], lead: Sequence[int]) -> Int8:
    answer = np.asarray(lead)
    if answer.size != len(texts) or answer.size < 10:
        raise BadInputError(f"{answer.size} labelled comments are too few to learn from", mend="give at least 10")
    wrong = ~np.isin(answer, (0, 1))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise BadInputError(
            f"{answer[place]!r} is no label", where=f"row {place + 1}", mend="write 1 for a lead, 0 for none"
        )
    answer = answer.astype(np.int8)
    if not 1 < int(answer.sum()) < answer.size - 1:
        raise BadInputError("the labels are all alike: both leads and other comments are needed to learn from")
    return answer


def _held_out(rows: csr_matrix, answer: Int8, fold: Int64, before: Float64) -> Float64:
    scores = np.zeros(answer.size)
    for part in range(int(fold.max()) + 1):
        held = fold == part
        fit = fit_logistic(rows[~held], answer[~held], strength=STRENGTH, before=before)
        scores[held] = rows[held] @ fit.weights + fit.intercept
    return scores


def _before_meaning(finder: Finder, dimensions: int) -> Float64:
    if finder.meaning.size == FEATURES + dimensions:
        return finder.meaning.astype(np.float64)
    return np.concatenate([finder.weights.astype(np.float64), np.zeros(dimensions)])


def _judged(finder: Finder, scores: Float64, answer: Int8, letters: float) -> Learned:
    return Learned(
        finder=finder,
        comments=int(answer.size),
        leads=int(answer.sum()),
        average_precision=average_precision(scores, answer),
        best_f1=best_f1(scores, answer)[0],
        auc=area_under_curve(scores, answer),
        letters_average_precision=letters,
    )


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
