"""Compare two texts letter by letter: the kernels of probabilistic recognition.

Sources: Jaro, "Advances in Record-Linkage Methodology" (JASA 84, 1989); Winkler, "String Comparator Metrics"
(ASA 1990): prefix weight 0.1 on at most four letters; optimal string alignment is Damerau (CACM 7, 1964) where no
piece is edited twice.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Int8, Int32
from siyu.kernel.compiled import compiled

Letters = npt.NDArray[np.uint32]

LONGEST = 40  # letters: what stands behind is not compared

# Levels of agreement. MISSING says nothing; a higher level says more.
MISSING, OTHER, ALIKE, CLOSE, NEAR, EXACT, MOVED = 0, 1, 2, 3, 4, 5, 6
LEVELS = 7

_SPACE = 32

_LUNAR = 60  # days: a birthday told by the lunar calendar lies so far from the same one told by the solar calendar
_YEAR = 370  # days: an age counted from one, a year lost


def letters_of(texts: Sequence[str]) -> tuple[Letters, Int32]:
    """Return texts as code points, cut at ``LONGEST``, and their lengths. Shape: (texts, LONGEST), (texts,)."""
    if not texts:
        return np.zeros((0, LONGEST), np.uint32), np.zeros(0, np.int32)
    cut = [text[:LONGEST] for text in texts]
    table = np.array(cut, dtype=f"<U{LONGEST}").view(np.uint32).reshape(len(cut), LONGEST)
    return np.ascontiguousarray(table), np.array([len(text) for text in cut], np.int32)


@compiled
def jaro_winkler(one: Letters, size: int, two: Letters, other: int) -> float:
    """Return the Jaro-Winkler similarity, 0 to 1, of the first ``size`` and ``other`` letters (at most 64)."""
    if size == 0 or other == 0:
        return 0.0
    reach = max(size, other) // 2 - 1
    taken_one, taken_two = np.uint64(0), np.uint64(0)
    bit = np.uint64(1)
    matched = 0
    for i in range(size):
        for j in range(max(0, i - reach), min(other, i + reach + 1)):
            if one[i] == two[j] and not (taken_two >> np.uint64(j)) & bit:
                taken_two |= bit << np.uint64(j)
                taken_one |= bit << np.uint64(i)
                matched += 1
                break
    if matched == 0:
        return 0.0
    out_of_order, j = 0, 0
    for i in range(size):
        if (taken_one >> np.uint64(i)) & bit:
            while not (taken_two >> np.uint64(j)) & bit:
                j += 1
            out_of_order += one[i] != two[j]
            j += 1
    jaro = (matched / size + matched / other + (matched - out_of_order // 2) / matched) / 3.0
    prefix = 0
    while prefix < min(4, size, other) and one[prefix] == two[prefix]:
        prefix += 1
    return jaro + prefix * 0.1 * (1.0 - jaro)


@compiled
def edits(one: Letters, size: int, two: Letters, other: int, most: int) -> int:
    """Return how many letters must be put in, taken out, changed or swapped with their neighbour; over ``most``: more.

    Returns:
        The distance, or ``most + 1`` if it is larger than ``most``.
    """
    if abs(size - other) > most:
        return most + 1
    begin = 0
    while begin < min(size, other) and one[begin] == two[begin]:
        begin += 1
    while size > begin and other > begin and one[size - 1] == two[other - 1]:
        size, other = size - 1, other - 1
    rows = np.full((3, LONGEST + 2), most + 1, np.int32)  # outside the band nothing is near enough
    for j in range(min(other - begin, most) + 1):
        rows[0, j] = j
    for i in range(1, size - begin + 1):
        row, last, before = i % 3, (i - 1) % 3, (i - 2) % 3
        first, end = max(1, i - most), min(other - begin, i + most)
        rows[row, first - 1] = i if first == 1 else most + 1
        best = rows[row, first - 1]
        for j in range(first, end + 1):
            mine, theirs = one[begin + i - 1], two[begin + j - 1]
            value = min(rows[last, j] + 1, rows[row, j - 1] + 1, rows[last, j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == two[begin + j - 2] and one[begin + i - 2] == theirs:
                value = min(value, rows[before, j - 2] + 1)
            rows[row, j] = value
            best = min(best, value)
        rows[row, end + 1] = most + 1
        if best > most:
            return most + 1
    return min(int(rows[(size - begin) % 3, other - begin]), most + 1)


@compiled
def text_level(one: Letters, size: int, two: Letters, other: int) -> int:
    """Return how alike two names or words are, from OTHER to NEAR."""
    shorter, longer = min(size, other), max(size, other)
    if words_within(one, size, two, other) or words_within(two, other, one, size):
        return CLOSE
    similar = jaro_winkler(one, size, two, other)
    if similar < 0.6:
        return OTHER
    if (longer >= 3 or similar >= 1.0) and edits(one, size, two, other, 1) <= 1:
        return NEAR  # of two letters only what sounds alike, such as 吕 and lv
    if shorter <= 2:
        return CLOSE if one[0] == two[0] and shorter == 1 else OTHER
    if similar >= 0.93 or (longer >= 6 and edits(one, size, two, other, 2) <= 2):
        return CLOSE
    if similar >= 0.84 or (longer >= 9 and edits(one, size, two, other, longer // 3) <= longer // 3):
        return ALIKE
    return OTHER


@compiled
def words_within(one: Letters, size: int, two: Letters, other: int) -> bool:
    """Tell whether all words of a text are words of a longer one, and at least one of them has two letters."""
    if size >= other:
        return False
    begin, long_enough = 0, False
    while begin < size:
        end = begin
        while end < size and one[end] != _SPACE:
            end += 1
        length, found, at = end - begin, False, 0
        while at + length <= other and not found:
            if (at == 0 or two[at - 1] == _SPACE) and (at + length == other or two[at + length] == _SPACE):
                found = True
                for i in range(length):
                    if one[begin + i] != two[at + i]:
                        found = False
                        break
            at += 1
        if not found:
            return False
        long_enough = long_enough or length > 1
        begin = end + 1
    return long_enough


@compiled
def code_level(one: Letters, size: int, two: Letters, other: int) -> int:
    """Return how alike two numbers, codes or phones are, from OTHER to NEAR."""
    distance = edits(one, size, two, other, 2)
    if distance <= 1 and max(size, other) >= 3:
        return NEAR
    longer = max(size, other)
    if distance <= 2 and longer >= 6:
        return CLOSE
    if longer >= 12 and edits(one, size, two, other, longer // 4) <= longer // 4:
        return ALIKE
    return OTHER


@compiled
def date_level(one: Letters, size: int, two: Letters, other: int) -> int:
    """Return how alike two dates written YYYYMMDD are, from OTHER to NEAR."""
    if size != 8 or other != 8:
        return code_level(one, size, two, other)
    if edits(one, size, two, other, 1) <= 1:
        return NEAR
    year, month, day = True, True, True
    for i in range(8):
        if one[i] != two[i]:
            if i < 4:
                year = False
            elif i < 6:
                month = False
            else:
                day = False
    swapped = one[4] == two[6] and one[5] == two[7] and one[6] == two[4] and one[7] == two[5]
    if year and (month or day or swapped):
        return CLOSE
    apart = abs(_day(one) - _day(two))
    if apart <= _LUNAR:
        return CLOSE
    if (month and day) or apart <= _YEAR or edits(one, size, two, other, 2) <= 2:
        return ALIKE
    return OTHER


@compiled
def _day(date: Letters) -> int:
    """Return about which day a date is, counted from the year 0; -10000 times its first letter if it is no date."""
    number = 0
    for i in range(8):
        digit = int(date[i]) - 48
        if digit < 0 or digit > 9:
            return -10_000 * int(date[0])
        number = 10 * number + digit
    return (number // 10_000) * 365 + (number // 100 % 100) * 30 + number % 100


@compiled
def compare(  # noqa: PLR0917  compiled code takes its arguments by place
    code: Int32, letters: Letters, length: Int32, left: Int32, right: Int32, kind: int, level: Int8
) -> None:
    """Write the level of every pair; a pair that is EXACT or MISSING already stays.

    Args:
        code: Which text each record has; -1 for none.
        letters, length: The texts.
        left, right: Pairs of records.
        kind: 0 text, 1 code, 2 date, 3 category (alike or not).
        level: What is written to, a higher one stays.
    Shape: (records,), (texts, LONGEST), (texts,), (pairs,) each.
    """
    for pair in range(left.size):
        one, two = code[left[pair]], code[right[pair]]
        if one < 0 or two < 0:
            continue
        found = OTHER
        if level[pair] >= EXACT:
            continue
        if one == two:
            found = EXACT
        elif level[pair] < NEAR and kind == 0:
            found = text_level(letters[one], length[one], letters[two], length[two])
        elif level[pair] < NEAR and kind == 1:
            found = code_level(letters[one], length[one], letters[two], length[two])
        elif level[pair] < NEAR and kind == 2:
            found = date_level(letters[one], length[one], letters[two], length[two])
        level[pair] = max(level[pair], found)
