"""Read comments in one compiled pass: fold the writing, walk the patterns, hash characters 1 to 3 at a time.

One comment costs about a table look-up per character and table; nothing is allocated per comment.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment_words import Words

Codes = npt.NDArray[np.uint32]
Float32 = npt.NDArray[np.float32]

#: Hashed n-grams live in [0, 2**BITS); after them come the pattern groups, the length classes and two marks.
BITS: Final = 18
HASHED: Final = 1 << BITS
GROUPS: Final = 64
LENGTHS: Final = 8
MENTIONS: Final = HASHED + GROUPS + LENGTHS
PICTURES: Final = MENTIONS + 1
FEATURES: Final = PICTURES + 1
#: A comment is read to this many characters; what follows is prose, not a question.
LONGEST: Final = 400
#: Weight of one pattern group, length class or mark beside the n-grams, whose vector has length 1.
_GROUP_SCALE: Final = 0.5
_OTHER_SCALE: Final = 0.25
_K1: Final = -7046029254386353131
_K2: Final = -4417276706812531889
_K3: Final = 6364136223846793005


def join_comments(texts: Sequence[str]) -> tuple[Codes, Int64]:
    """Lay comments end to end as code points.

    Returns the code points, and where each comment begins, (comments + 1,).

    Raises:
        BadInputError: one of them is not text.
    """
    try:
        joined = "".join(texts)
        lengths = np.fromiter(map(len, texts), np.int64, count=len(texts))
    except TypeError as error:
        raise BadInputError("a comment is not text", where="comments") from error
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32), starts


@compiled
def fold_comment(  # noqa: PLR0917  compiled code has no keyword-only arguments
    codes: Codes, start: int, stop: int, fold: Int32, out: Int32, at: Int32
) -> tuple[int, int]:
    """Fold one comment into ``out`` (with start and end marks) and say in ``at`` where each character came from.

    Mentions (``@somebody``) and bracketed platform emoji (``[smile]``) are cut; runs longer than two are cut to two.

    Returns how many folded characters there are, and marks: 1 has a mention, 2 has an emoji.
    """
    size, marks = 1, 0
    out[0], at[0] = 2, start
    i = start
    stop = min(stop, start + 4 * 400)
    while i < stop and size < 401:
        raw = np.int64(codes[i])
        if raw in (64, 0xFF20):
            marks |= 1
            i += 1
            end = min(stop, i + 24)
            while i < end and not (codes[i] <= 32 or codes[i] == 0x3000 or codes[i] == 0xFF0C or codes[i] == 64):
                i += 1
            continue
        if raw == 91:
            close = i + 1
            end = min(stop, i + 12)
            while close < end and codes[close] != 93:
                close += 1
            if close < end:
                marks |= 2
                i = close + 1
                continue
        if raw < 65536:
            code = np.int64(fold[raw])
        elif 0x1F000 <= raw < 0x1FC00:
            code = np.int64(1)
        elif raw >= 0xE0000:
            code = np.int64(0)
        else:
            code = raw
        if code == 1:
            marks |= 2
        elif code > 3 and not (code != 91 and size >= 3 and out[size - 1] == code and out[size - 2] == code):
            out[size] = code
            at[size] = i
            size += 1
        i += 1
    out[size], at[size] = 3, min(i, stop)
    return size + 1, marks


@compiled
def length_class(size: int) -> int:
    """Return 0 to 7: comments of 0, 1-2, 3-4, 5-7, 8-12, 13-20, 21-40 and more folded characters."""
    limits = (0, 2, 4, 7, 12, 20, 40)
    for i in range(7):
        if size <= limits[i]:
            return i
    return 7


@compiled
def score_block(  # noqa: PLR0917  compiled code has no keyword-only arguments
    codes: Codes, starts: Int64, first: int, last: int, fold: Int32, letter: Int32, goto: Int32, hits: Int64,
    weights: Float32, scores: Float32, masks: Int64,
) -> None:  # fmt: skip
    """Score comments ``first`` to ``last``: the sum of the weights of what they hold, and the pattern groups hit."""
    text = np.empty(404, np.int32)
    at = np.empty(404, np.int32)
    for row in range(first, last):
        size, marks = fold_comment(codes, starts[row], starts[row + 1], fold, text, at)
        state, mask = np.int32(0), np.int64(0)
        before, before2 = np.int64(0), np.int64(0)
        total, grams = np.float32(0), 0
        for i in range(size):
            code = np.int64(text[i])
            state = goto[state, letter[code]] if code < 65536 else np.int32(0)
            mask |= hits[state]
            if i > 0:
                if code > 3:
                    total += weights[((code * _K1) >> 40) & (HASHED - 1)]
                    grams += 1
                total += weights[(((before << 21) | code) * _K2 >> 40) & (HASHED - 1)]
                grams += 1
                if i > 1:
                    total += weights[(((before2 << 42) ^ (before << 21) ^ code) * _K3 >> 40) & (HASHED - 1)]
                    grams += 1
            before2, before = before, code
        score = total / np.float32(np.sqrt(grams))
        rest, bit = mask, 0
        while rest:
            if rest & 1:
                score += np.float32(_GROUP_SCALE) * weights[HASHED + bit]
            rest >>= 1
            bit += 1
        score += np.float32(_OTHER_SCALE) * weights[HASHED + GROUPS + length_class(size - 2)]
        if marks & 1:
            score += np.float32(_OTHER_SCALE) * weights[MENTIONS]
        if marks & 2:
            score += np.float32(_OTHER_SCALE) * weights[PICTURES]
        scores[row] = score
        masks[row] = mask


@compiled
def features_block(  # noqa: PLR0917  compiled code has no keyword-only arguments
    codes: Codes, starts: Int64, fold: Int32, letter: Int32, goto: Int32, hits: Int64,
    columns: Int32, values: Float32, ends: Int64, masks: Int64,
) -> None:  # fmt: skip
    """Write the features of every comment as rows of a sparse matrix: the same features that ``score_block`` sums."""
    text = np.empty(404, np.int32)
    at = np.empty(404, np.int32)
    filled = np.int64(0)
    for row in range(starts.size - 1):
        size, marks = fold_comment(codes, starts[row], starts[row + 1], fold, text, at)
        state, mask = np.int32(0), np.int64(0)
        before, before2 = np.int64(0), np.int64(0)
        begin = filled
        for i in range(size):
            code = np.int64(text[i])
            state = goto[state, letter[code]] if code < 65536 else np.int32(0)
            mask |= hits[state]
            if i > 0:
                if code > 3:
                    columns[filled] = ((code * _K1) >> 40) & (HASHED - 1)
                    filled += 1
                columns[filled] = (((before << 21) | code) * _K2 >> 40) & (HASHED - 1)
                filled += 1
                if i > 1:
                    columns[filled] = (((before2 << 42) ^ (before << 21) ^ code) * _K3 >> 40) & (HASHED - 1)
                    filled += 1
            before2, before = before, code
        values[begin:filled] = 1.0 / np.sqrt(filled - begin)
        rest, bit = mask, 0
        while rest:
            if rest & 1:
                columns[filled], values[filled] = HASHED + bit, _GROUP_SCALE
                filled += 1
            rest >>= 1
            bit += 1
        columns[filled], values[filled] = HASHED + GROUPS + length_class(size - 2), _OTHER_SCALE
        filled += 1
        if marks & 1:
            columns[filled], values[filled] = MENTIONS, _OTHER_SCALE
            filled += 1
        if marks & 2:
            columns[filled], values[filled] = PICTURES, _OTHER_SCALE
            filled += 1
        ends[row] = filled
        masks[row] = mask


def score_comments(texts: Sequence[str], words: Words, weights: Float32, *, threads: int = 2) -> tuple[Float32, Int64]:
    """Score comments by patterns and letters.

    Args:
        weights: (FEATURES,) log-odds.
        threads: How many blocks run at once; the kernel frees the interpreter's lock.

    Returns the log-odds without the intercept, and the mask of pattern groups, (comments,) each.
    """
    codes, starts = join_comments(texts)
    count = len(texts)
    scores, masks = np.zeros(count, np.float32), np.zeros(count, np.int64)
    cuts = np.linspace(0, count, (threads if count > 2000 else 1) + 1).astype(np.int64)

    def run(part: int) -> None:
        score_block(
            codes, starts, int(cuts[part]), int(cuts[part + 1]), words.fold, words.letter, words.goto, words.hits,
            weights, scores, masks,
        )  # fmt: skip

    if cuts.size == 2:
        run(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(threads)))
    return scores, masks


def features_of(texts: Sequence[str], words: Words) -> tuple[Int32, Float32, Int64, Int64]:
    """Return the features of comments as a sparse matrix.

    Returns columns and values, (entries,) each; where each row begins, (comments + 1,); group masks, (comments,).
    """
    codes, starts = join_comments(texts)
    room = int(3 * (np.minimum(np.diff(starts), LONGEST) + 2).sum() + (GROUPS + 3) * len(texts))
    columns, values = np.zeros(room, np.int32), np.zeros(room, np.float32)
    begins, masks = np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts), np.int64)
    features_block(
        codes, starts, words.fold, words.letter, words.goto, words.hits, columns, values, begins[1:], masks
    )  # fmt: skip
    return columns[: begins[-1]], values[: begins[-1]], begins, masks


def folded_text(text: str, words: Words) -> str:
    """Return how a comment reads after folding: for the embedding model, for tests and for people who wonder."""
    codes, _starts = join_comments([text])
    out, at = np.empty(404, np.int32), np.empty(404, np.int32)
    size, _marks = fold_comment(codes, 0, codes.size, words.fold, out, at)
    return "".join(map(chr, out[1 : size - 1]))


__all__ = [
    "BITS",
    "FEATURES",
    "GROUPS",
    "HASHED",
    "Int8",
    "features_of",
    "folded_text",
    "join_comments",
    "score_comments",
]
