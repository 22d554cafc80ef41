"""Quantiles by counting are those that sorting gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.measurement.quantiles import quantiles, quantiles_of

SHARES = (0.0, 0.1, 0.5, 0.75, 0.8, 1.0)


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(-5, 5), st.integers(-(10**12), 10**12)), min_size=1, max_size=60))
def test_numbers_of_any_size_in_any_order(some: list[int]) -> None:
    found = quantiles_of(np.array(some, np.int64), SHARES)
    assert found == pytest.approx(np.quantile(np.array(some, np.float64), SHARES).tolist(), rel=1e-12, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_numbers_that_are_counted(some: list[int]) -> None:
    found = quantiles(np.bincount(some), SHARES)
    assert found == pytest.approx(np.quantile(some, SHARES).tolist())


def test_of_nothing_there_are_none() -> None:
    assert quantiles_of(np.empty(0, np.int64), SHARES) == []
    assert quantiles(np.zeros(3, np.int64), SHARES) is None
