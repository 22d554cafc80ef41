import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.stores.lake.order import order_of, rows_of
from siyu.stores.lake.timelines import distinct

_NUMBERS = st.lists(st.integers(0, 20), max_size=60)


@settings(deadline=None)
@given(_NUMBERS, _NUMBERS)
def test_the_rows_of_some_people_are_those_where_they_stand(column: list[int], wanted: list[int]) -> None:
    person, people = np.sort(np.array(column, np.int64)), np.unique(np.array(wanted, np.int64))
    assert rows_of(person, people).tolist() == np.flatnonzero(np.isin(person, people)).tolist()


def test_a_column_that_lies_askew_in_a_files_bytes_is_read_as_it_is() -> None:
    askew = np.frombuffer(b"x" + np.array([1, 2, 2, 5], np.int64).tobytes(), np.int64, offset=1)
    assert not askew.flags.aligned
    assert rows_of(askew, np.array([2, 5], np.int64)).tolist() == [1, 2, 3]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_rows_in_no_order_are_sorted_by_all_four_keys(rows: list[tuple[int, int, int, int]]) -> None:
    person, at, kind, value = (np.array([row[place] for row in rows], np.int64) for place in range(4))
    order = order_of(person, at, kind.astype(np.int8), value)
    assert [rows[one] for one in order] == sorted(rows)


@settings(deadline=None)
@given(_NUMBERS, _NUMBERS)
def test_everybody_is_told_once(one: list[int], other: list[int]) -> None:
    assert distinct([np.array(one, np.int64), np.array(other, np.int64)]).tolist() == sorted({*one, *other})
