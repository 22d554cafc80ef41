"""The finder of inquiries (评论线索): patterns and letters first, meaning for the uncertain few.

Three stages, each only as dear as it must be: folding and patterns, a hashed linear model over characters (both in
one compiled pass), and, where an encoder is installed, a sentence model for comments whose probability is neither low
nor high. What it knows when it comes, and how it learns, is in ``comment_learning``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int64
from siyu.touchpoints.comment import Finding, Intent
from siyu.touchpoints.comment_reading import FEATURES, Float32, folded_text, score_comments
from siyu.touchpoints.comment_words import Words, shipped_words

#: Comments of a thread are judged as if this many of the learned mixture had been seen beside them.
_PRIOR_WEIGHT: Final = 20.0
#: No thread is believed to hold fewer inquiries than this part of the learned share: one who asks among hundreds who do
#: not is still looked at.
_LEAST_SHARE: Final = 0.25
#: The meaning stage reads comments whose probability lies between these.
UNCERTAIN: Final = (0.02, 0.98)
_LEAST: Final = 1e-6


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


def find(
    finder: Finder, texts: Sequence[str], *, words: Words | None = None, encoder: Encoder | None = None,
    share: float | None = None, threads: int = 2,
) -> tuple[Float64, tuple[Intent, ...], Bool]:  # fmt: skip
    """Say of each comment how probable an inquiry is, and what it asks.

    Args:
        share: Share of inquiries in these comments, if known. Otherwise it is estimated from their scores: a thread in
            which almost nobody asks is judged by its own share, not by that of the labels (Saerens et al. 2002,
            with a prior worth 20 comments, and not below a quarter of the learned share).

    Returns probabilities, intents and whether the meaning stage decided, (comments,) each.
    """
    words = words or shipped_words()
    scores, masks = score_comments(texts, words, finder.weights, threads=threads)
    logit = finder.slope * (scores.astype(np.float64) + finder.intercept) + finder.shift
    seen = np.zeros(len(texts), np.bool_)
    if encoder is not None and finder.meaning.size:
        first = probability_of(logit)
        whole = sum(1 << bit for bit, group in enumerate(words.groups) if group.whole)
        seen = (first >= UNCERTAIN[0]) & (first <= UNCERTAIN[1]) & (masks & whole == 0)
        chosen = np.flatnonzero(seen)
        if chosen.size:
            some = [texts[place] for place in chosen.tolist()]
            vectors = _vectors(encoder, [folded_text(text, words) or "-" for text in some])
            letters, _masks = score_comments(some, words, finder.meaning[:FEATURES], threads=threads)
            total = letters + vectors @ finder.meaning[FEATURES:] + finder.meaning_intercept
            logit[chosen] = finder.meaning_slope * total + finder.meaning_shift
    probability = _shifted(probability_of(logit), finder.share, share)
    probability[[not text or text.isspace() for text in texts]] = 0.0  # who says nothing asks nothing
    return probability, _intents(probability, masks, words, finder.threshold), seen


def findings(probability: Float64, intents: Sequence[Intent], seen: Bool) -> tuple[Finding, ...]:
    """Put the columns of ``find`` together, one finding per comment."""
    return tuple(
        Finding(float(p), intent, "meaning" if deep else "patterns and letters")
        for p, intent, deep in zip(probability, intents, seen, strict=True)
    )


def _vectors(encoder: Encoder, texts: Sequence[str]) -> Float32:
    """Encode each text once, so that the same comment always gets the same vector, also among others."""
    once = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return encoder.encode(list(once)).astype(np.float32)[[once[text] for text in texts]]


def probability_of(logit: Float64) -> Float64:
    """Return the probability of each log-odds."""
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
        share = max(share, _LEAST_SHARE * learned)
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
