from hypothesis import given
from hypothesis import strategies as st

from policy.cases import NOW_US, case, spoken
from siyu.kernel.period import DAY, MINUTE
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.verdict import Allow, Hold


def test_the_window_rolls_over_midnight() -> None:
    eleven_pm = NOW_US + 13 * 60 * MINUTE
    one_past_midnight = eleven_pm + 61 * MINUTE
    assert isinstance(FrequencyCap(1, 1).judge(case(now_us=one_past_midnight, spoken=spoken(eleven_pm))), Hold)


def test_a_cap_of_none_never_allows() -> None:
    assert isinstance(FrequencyCap(0, 7).judge(case()), Hold)


@given(st.lists(st.integers(0, 20 * DAY), max_size=12), st.integers(1, 4), st.integers(1, 9))
def test_when_a_hold_ends_the_message_fits(ages: list[int], most: int, days: int) -> None:
    rule = FrequencyCap(most, days)
    said = spoken(*sorted(NOW_US - age for age in ages))
    verdict = rule.judge(case(spoken=said))
    inside = sum(one.at_us > NOW_US - days * DAY for one in said)
    assert isinstance(verdict, Allow) == (inside < most)
    if isinstance(verdict, Hold):
        assert isinstance(rule.judge(case(now_us=verdict.until_us, spoken=said)), Allow)
        assert isinstance(rule.judge(case(now_us=verdict.until_us - 1, spoken=said)), Hold)
