"""Texts that say the same, however they are written."""

from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.resemblance import resemblance, runs_of


@given(st.text(max_size=60), st.text(max_size=60))
def test_resemblance_is_symmetric_between_nothing_and_all(one: str, other: str) -> None:
    here, there = runs_of(one), runs_of(other)
    assert resemblance(here, there) == resemblance(there, here)
    assert 0 <= resemblance(here, there) <= 1
    assert resemblance(here, here) == 1


def test_width_case_blanks_and_signs_do_not_count() -> None:
    assert runs_of("ＡＢＣ面霜，好用！") == runs_of("abc 面霜好用")
    assert resemblance(runs_of("睡前三分钟护理"), runs_of("早餐吃什么好呢")) == 0
