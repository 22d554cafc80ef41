import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text, share_of, time_ordered_id, us_of_id

moments = st.integers(0, 2**62)


@given(moments, moments, st.text(), st.text())
def test_ids_sort_by_time_and_say_their_time(one: int, other: int, left: str, right: str) -> None:
    first, second = time_ordered_id(one, left), time_ordered_id(other, right)
    assert us_of_id(first) == one
    if one != other:
        assert (first < second) == (one < other) == (id_text(first) < id_text(second))
    assert id_of_text(id_text(first)) == first


def test_the_same_thing_has_the_same_id_and_parts_do_not_run_together() -> None:
    assert time_ordered_id(5, "a", "b") == time_ordered_id(5, "a", "b")
    assert time_ordered_id(5, "ab", "") != time_ordered_id(5, "a", "b")


@pytest.mark.parametrize("text", ["", "xyz", "00", "00" * 17])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="32 hexadecimal digits"):
        id_of_text(text)


def test_shares_are_spread_evenly() -> None:
    shares = [share_of("holdout", str(n)) for n in range(20_000)]
    assert all(0 <= share < 1 for share in shares)
    for tenth in range(10):
        inside = sum(tenth / 10 <= share < (tenth + 1) / 10 for share in shares)
        assert abs(inside - 2000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5
