from hypothesis import given
from hypothesis import strategies as st

from siyu.campaigns.holdout import is_treated


@given(st.text(), st.integers(0, 2**62), st.floats(0, 0.99), st.text())
def test_the_draw_is_kept_for_ever(play: str, person: int, share: float, salt: str) -> None:
    first = is_treated(play, person, holdout_share=share, salt=salt)
    assert first == is_treated(play, person, holdout_share=share, salt=salt)
    assert is_treated(play, person, holdout_share=0.0, salt=salt)


def test_a_larger_share_only_adds_people_to_the_holdout() -> None:
    small = {p for p in range(5000) if not is_treated("a", p, holdout_share=0.1, salt="s")}
    large = {p for p in range(5000) if not is_treated("a", p, holdout_share=0.3, salt="s")}
    assert small < large
    assert abs(len(small) - 500) < 110
    assert abs(len(large) - 1500) < 170


def test_two_plays_draw_apart() -> None:
    one = {p for p in range(5000) if not is_treated("a", p, holdout_share=0.2, salt="s")}
    other = {p for p in range(5000) if not is_treated("b", p, holdout_share=0.2, salt="s")}
    assert abs(len(one & other) - 200) < 70
