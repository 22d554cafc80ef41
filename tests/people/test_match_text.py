import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.people.match_text import NEAR, OTHER, edits, jaro_winkler, letters_of, text_level

_WORDS = st.text(alphabet="abc王é", max_size=9)


def _edits(one: str, two: str, most: int) -> int:
    letters, length = letters_of([one, two])
    return edits(letters[0], int(length[0]), letters[1], int(length[1]), most)


def _by_hand(one: str, two: str) -> int:
    table = np.zeros((len(one) + 1, len(two) + 1), int)
    table[:, 0], table[0, :] = range(len(one) + 1), range(len(two) + 1)
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            cost = one[i - 1] != two[j - 1]
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == two[j - 2] and one[i - 2] == two[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@settings(deadline=None)
@given(_WORDS, _WORDS, st.integers(1, 9))
def test_edits_are_what_the_full_table_says(one: str, two: str, most: int) -> None:
    assert _edits(one, two, most) == min(_by_hand(one, two), most + 1)


@pytest.mark.parametrize(
    ("one", "two", "similar"),
    [("martha", "marhta", 0.9611), ("dixon", "dicksonx", 0.8133), ("dwayne", "duane", 0.84), ("abc", "xyz", 0.0)],
)
def test_jaro_winkler_gives_the_published_values(one: str, two: str, similar: float) -> None:
    letters, length = letters_of([one, two])
    found = jaro_winkler(letters[0], int(length[0]), letters[1], int(length[1]))
    assert found == pytest.approx(similar, abs=5e-5)


def test_two_letters_that_sound_alike_are_near_and_no_others() -> None:
    letters, length = letters_of(["lv", "lv", "li"])
    assert text_level(letters[0], length[0], letters[1], length[1]) == NEAR
    assert text_level(letters[0], length[0], letters[2], length[2]) == OTHER
