from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.period import DAY, MINUTE
from siyu.people.bonds import BondKind, Sign, answers, bonds_from, influence

_NOW = 20_000 * DAY


def test_a_bond_grows_with_its_signs_and_fades_with_their_age() -> None:
    signs = [Sign(7, BondKind.TEAM, _NOW - 1, "t"), Sign(7, BondKind.TEAM, _NOW - 180 * DAY, "t"),
             Sign(8, BondKind.TEAM, _NOW - 180 * DAY, "t"), Sign(9, BondKind.TEAM, _NOW, "later")]  # fmt: skip
    strong, weak = bonds_from(reversed(signs), now_us=_NOW)
    assert (strong.other, strong.signs, strong.since_us, strong.last_us) == (7, 2, _NOW - 180 * DAY, _NOW - 1)
    assert strong.strength == pytest.approx(1 - 2**-1.5)
    assert (weak.other, weak.strength) == (8, pytest.approx(1 - 2**-0.5))
    assert [one.at_us for one in bonds_from(signs, now_us=_NOW, most=1)[0].newest] == [_NOW - 1]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 4)), max_size=40, unique=True))
def test_who_speaks_next_within_ten_minutes_answers(said: list[tuple[int, int, int]]) -> None:
    table = np.array(said, np.int64).reshape(-1, 3)
    after, before = answers(table[:, 0].astype(np.int32), table[:, 1] * MINUTE, table[:, 2])
    found = sorted((said[one], said[other]) for one, other in zip(after.tolist(), before.tolist(), strict=True))
    in_order = sorted(said)
    expected = sorted(
        (later, earlier)
        for earlier, later in pairwise(in_order)
        if earlier[0] == later[0] and earlier[2] != later[2] and later[1] - earlier[1] <= 10
    )
    assert found == expected


def test_who_brings_people_that_stay_and_bring_others_moves_most() -> None:
    # 0 brought 1 and 2; 1 brought 3 and 4; 4 brought 5; 2, 3 and 5 left again; 6 is answered by ten
    parent = np.array([-1, 0, 0, 1, 1, 4, -3], np.int64)
    depth = np.array([0, 1, 1, 2, 2, 3, -1], np.int32)
    stays = np.array([True, True, False, False, True, False, True])
    answerers = np.array([0, 0, 0, 0, 0, 0, 10], np.int64)
    assert influence(parent, depth, stays, answerers).tolist() == pytest.approx([1.5, 1.0, 0, 0, 0, 0, 1.0])
