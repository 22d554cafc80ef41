"""Uplift counts everybody who was drawn, leaves out whom it is too early to judge, and gives Newcombe's interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.people import Row, measured, rows
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.arms import Arms
from siyu.measurement.interval import difference_of_shares, share
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.uplift import Uplift, sample_ratio_p

ALL = np.ones(KINDS, np.int8)
PAID = np.zeros(KINDS, np.int8)
PAID[51] = 1


@settings(max_examples=60, deadline=None)
@given(rows(kinds=(51, 21), longest=40 * DAY, step=DAY, people=6), st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_every_window_is_what_the_definition_counts(some: list[Row], drawn: list[int]) -> None:
    until = 38 * DAY
    arms = Arms(np.arange(1, 7), np.array([0, 1] * 3, np.int8), np.array(drawn, np.int64) * DAY)
    result = measured(Uplift(arms, ALL, PAID, ((1, 2), (0, 30)), until), some)
    for window in result.windows:
        for arm, people, kept, bought in (
            (1, window.treated, window.treated_kept, window.treated_bought),
            (0, window.holdout, window.holdout_kept, window.holdout_bought),
        ):
            judged = [p for p in range(1, 7) if p % 2 != arm and (drawn[p - 1] + window.to_day) * DAY <= until]
            assert people == len(judged)
            inside = [
                row
                for row in some
                if row[0] in judged and window.from_day * DAY <= row[1] - drawn[row[0] - 1] * DAY < window.to_day * DAY
            ]
            assert kept == len({row[0] for row in inside})
            assert bought == len({row[0] for row in inside if row[2] == 51})


def test_newcombes_published_example() -> None:
    """Newcombe (1998), table II, column (a): 56/70 - 48/80, method 10."""
    found = difference_of_shares(56, 70, 48, 80)
    assert found is not None
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)


def test_wilsons_published_example() -> None:
    """Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263, score method."""
    found = share(81, 263)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


def test_no_holdout_and_a_leaked_one_are_said() -> None:
    def said(treated: int, holdout: int) -> str:
        size = treated + holdout
        arms = Arms(np.arange(size), (np.arange(size) < treated).astype(np.int8), np.zeros(size, np.int64))
        return " ".join(measured(Uplift(arms, ALL, PAID, ((0, 1),), 9 * DAY, planned_share=0.9), []).warnings)

    assert "nobody is held out" in said(10, 0)
    assert "may have leaked" in said(9600, 400)
    assert not said(9000, 1000)
    assert sample_ratio_p(90, 10, 0.9) == 1


def test_a_person_twice_in_the_arms_is_refused() -> None:
    with pytest.raises(BadInputError, match="twice"):
        Arms(np.array([1, 1]), np.zeros(2, np.int8), np.zeros(2, np.int64))
