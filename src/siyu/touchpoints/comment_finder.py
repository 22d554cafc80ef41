"""The finder of inquiries (评论线索): patterns and letters first, meaning for the uncertain few.

Three stages, each only as dear as it must be: folding and patterns, a hashed linear model over characters (both in
one compiled pass), and, where an encoder is installed, a sentence model for comments whose probability is neither low
nor high.
It starts with what our own templates taught it, and learns from labels and from what staff do with each comment.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack

from siyu.kernel.arrays import Bool, Float64, Int8, Int64
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment import Finding, Intent, Reason
from siyu.touchpoints.comment_fitting import (
    area_under_curve,
    average_precision,
    best_f1,
    fit_logistic,
    folds_of,
    scale_of,
)  # fmt: skip
from siyu.touchpoints.comment_reading import (
    BITS,
    FEATURES,
    HASHED,
    Float32,
    features_of,
    fold_comment,
    folded_text,
    join_comments,
    score_comments,
)  # fmt: skip
from siyu.touchpoints.comment_seed import seed_sentences
from siyu.touchpoints.comment_words import Words, shipped_words

#: How far one label moves the weights, for the templates and for a brand's own labels.
SEED_STRENGTH: Final = 1.0
STRENGTH: Final = 10.0
#: Share of inquiries that is assumed where no label says otherwise: most comments under most posts ask nothing.
SHIPPED_SHARE: Final = 0.08
#: Comments of a thread are judged as if this many of the learned mixture had been seen beside them.
_PRIOR_WEIGHT: Final = 50.0
#: The meaning stage reads comments whose probability lies between these.
UNCERTAIN: Final = (0.02, 0.98)
_LEAST: Final = 1e-6
#: What one pattern group adds to the log-odds per unit of its weight, as in ``comment_reading``.
_GROUP_SHARE: Final = 0.5


class Encoder(Protocol):
    """Turns sentences into vectors; runs on this machine."""

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one row of length 1 for each text, (texts, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class Finder:
    """What the finder knows. Immutable: learning returns a new one.

    Attributes:
        weights: (FEATURES,) log-odds of patterns and letters.
        intercept: Their intercept.
        slope, shift: Calibration of ``weights`` (log-odds = slope * score + shift).
        share: Share of inquiries in what it learned from.
        labels: How many labelled comments it has learned from.
        squares: (FEATURES,) sums of squared steps of online learning (AdaGrad).
        meaning: (FEATURES + dimensions,) log-odds of letters and meaning together, empty without an encoder.
        meaning_intercept, meaning_slope, meaning_shift: Theirs.
        threshold: Probability above which a comment is a lead.
    """

    weights: Float32
    intercept: float
    slope: float
    shift: float
    share: float
    labels: int
    squares: Float32
    meaning: Float32
    meaning_intercept: float = 0.0
    meaning_slope: float = 1.0
    meaning_shift: float = 0.0
    threshold: float = 0.5


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
    """Return the finder as it comes: taught by our templates, calibrated to a thread in which few people ask."""
    texts, lead, _complaint = seed_sentences()
    rows, _masks = _rows(texts, shipped_words())
    fit = fit_logistic(rows, lead, strength=SEED_STRENGTH)
    fold = folds_of(lead, 3)
    scores = np.zeros(lead.size)
    for part in range(3):
        held = fold == part
        other = fit_logistic(rows[~held], lead[~held], strength=SEED_STRENGTH)
        scores[held] = rows[held] @ other.weights + other.intercept
    slope, shift = scale_of(scores, lead)
    # Templates are cleaner than life: half the slope, and the share of inquiries of a usual thread.
    slope, shift = slope / 2, shift / 2 + _logit(SHIPPED_SHARE) - _logit(float(lead.mean()))
    taught = json.loads((files("siyu.touchpoints") / "comment_meaning.json").read_text("utf-8"))
    # Half the letters and half the meaning say together what either says alone, so one calibration serves both.
    meaning = np.concatenate([fit.weights, np.array(taught["weights"])]) / 2
    return Finder(
        weights=fit.weights.astype(np.float32),
        intercept=fit.intercept,
        slope=slope,
        shift=shift,
        share=SHIPPED_SHARE,
        labels=0,
        squares=np.ones(FEATURES, np.float32),
        meaning=meaning.astype(np.float32),
        meaning_intercept=(fit.intercept + taught["intercept"]) / 2,
        meaning_slope=slope,
        meaning_shift=shift,
    )


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
    rows, _masks = _rows(texts, words)
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
    rows, _masks = _rows(texts, words or shipped_words())
    weights, squares = finder.weights.astype(np.float64), finder.squares.astype(np.float64)
    intercept = finder.intercept
    for place, label in enumerate(lead):
        span = slice(rows.indptr[place], rows.indptr[place + 1])
        columns, values = rows.indices[span], rows.data[span].astype(np.float64)
        score = float(values @ weights[columns]) + intercept
        error = _probability(np.array([finder.slope * score + finder.shift]))[0] - label
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


def find(
    finder: Finder, texts: Sequence[str], *, words: Words | None = None, encoder: Encoder | None = None,
    share: float | None = None, threads: int = 2,
) -> tuple[Float64, tuple[Intent, ...], Bool]:  # fmt: skip
    """Say of each comment how probable an inquiry is, and what it asks.

    Args:
        share: Share of inquiries in these comments, if known. Otherwise it is estimated from their scores: a thread in
            which almost nobody asks is judged by its own share, not by that of the labels (Saerens et al. 2002,
            with a prior worth 50 comments).

    Returns probabilities, intents and whether the meaning stage decided, (comments,) each.
    """
    words = words or shipped_words()
    scores, masks = score_comments(texts, words, finder.weights, threads=threads)
    logit = finder.slope * (scores.astype(np.float64) + finder.intercept) + finder.shift
    seen = np.zeros(len(texts), np.bool_)
    if encoder is not None and finder.meaning.size:
        first = _probability(logit)
        seen = (first >= UNCERTAIN[0]) & (first <= UNCERTAIN[1])
        chosen = np.flatnonzero(seen)
        if chosen.size:
            some = [texts[place] for place in chosen.tolist()]
            vectors = encoder.encode([folded_text(text, words) or "-" for text in some]).astype(np.float32)
            letters, _masks = score_comments(some, words, finder.meaning[:FEATURES], threads=threads)
            total = letters + vectors @ finder.meaning[FEATURES:] + finder.meaning_intercept
            logit[chosen] = finder.meaning_slope * total + finder.meaning_shift
    probability = _shifted(_probability(logit), finder.share, share)
    return probability, _intents(probability, masks, words, finder.threshold), seen


def findings(probability: Float64, intents: Sequence[Intent], seen: Bool) -> tuple[Finding, ...]:
    """Put the columns of ``find`` together, one finding per comment."""
    return tuple(
        Finding(float(p), intent, "meaning" if deep else "patterns and letters")
        for p, intent, deep in zip(probability, intents, seen, strict=True)
    )


def explain(finder: Finder, text: str, *, words: Words | None = None) -> tuple[Reason, ...]:
    """Say which characters of the comment spoke for an inquiry and which against, heaviest first.

    The weight of each n-gram is shared evenly by its characters; neighbours of one sign are one stretch.
    """
    words = words or shipped_words()
    codes, _starts = join_comments([text])
    out, at = np.empty(404, np.int32), np.empty(404, np.int32)
    size, _marks = fold_comment(codes, 0, codes.size, words.fold, out, at)
    rows, _masks = _rows([text], words)
    grams = [(i, n) for i in range(1, size) for n in (1, 2, 3) if n <= i + 1 and not (n == 1 and out[i] == 3)]
    columns = rows.indices[: rows.indptr[1]]
    each = finder.slope * finder.weights[columns] * rows.data
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


def _rows(texts: Sequence[str], words: Words) -> tuple[csr_matrix, Int64]:
    columns, values, begins, masks = features_of(texts, words)
    return csr_matrix((values, columns, begins), shape=(len(texts), FEATURES)), masks


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


def _probability(logit: Float64) -> Float64:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -500, 500))), np.float64)


def _shifted(probability: Float64, learned: float, share: float | None) -> Float64:
    """Move probabilities from the share of inquiries that was learned to that of these comments."""
    if probability.size == 0:
        return probability
    p = np.clip(probability, _LEAST, 1 - _LEAST)
    odds = p / (1 - p) * (1 - learned) / learned  # likelihood ratio of an inquiry
    if share is None:
        share = learned
        for _round in range(100):
            posterior = share * odds / (share * odds + 1 - share)
            moved = float((posterior.sum() + _PRIOR_WEIGHT * learned) / (p.size + _PRIOR_WEIGHT))
            moved = min(max(moved, 1e-4), 1 - 1e-4)
            if abs(moved - share) < 1e-7:
                break
            share = moved
    share = min(max(share, 1e-6), 1 - 1e-6)
    return np.asarray(share * odds / (share * odds + 1 - share), np.float64)


def _intents(probability: Float64, masks: Int64, words: Words, threshold: float) -> tuple[Intent, ...]:
    """Name what each comment asks: the group of the highest rank that hit; complaints win, also below the threshold."""
    complaint = sum(1 << bit for bit, group in enumerate(words.groups) if group.intent is Intent.COMPLAINT)
    named = sorted(
        (
            (group.rank, bit, group.intent)
            for bit, group in enumerate(words.groups)
            if group.intent not in {Intent.NONE, Intent.COMPLAINT}
        ),
        reverse=True,
    )

    @cache
    def asked(mask: int) -> Intent:
        for _rank, bit, intent in named:
            if mask >> bit & 1:
                return intent
        return Intent.OTHER_INQUIRY

    lead = (probability >= threshold).tolist()
    return tuple(
        asked(mask) if is_lead else Intent.COMPLAINT if mask & complaint else Intent.NONE
        for is_lead, mask in zip(lead, masks.tolist(), strict=True)
    )


__all__ = ["BITS", "Encoder", "Finder", "explain", "find", "findings", "learn", "learn_online", "shipped_finder"]
