"""A hold ends at the first moment at which its rule can say something else: not judged again before, not late."""

from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from policy.cases import NOW_US, SHANGHAI, case
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.policy.case import Spoken
from siyu.policy.guard import Rule
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.rules.platform_quota import PlatformQuota, Quota
from siyu.policy.rules.play_cap import PlayCap
from siyu.policy.rules.quiet_hours import QuietHours
from siyu.policy.verdict import Allow, Hold

QUOTAS = (
    Quota("wecom", "mass_send", 0, by_staff=False, most=3),
    Quota("wecom", "mass_send", DAY, by_staff=True, most=1),
)
RULES: list[Rule] = [
    FrequencyCap(2, 7), PlayCap(2, 28), PlatformQuota(QUOTAS, SHANGHAI), QuietHours(time(22), time(8)),
]  # fmt: skip
SAID = st.builds(
    lambda ago, staff, play: Spoken(NOW_US - ago * MINUTE, "wecom", "mass_send", staff, play),
    st.integers(0, 40 * 24 * 60),
    st.sampled_from(["anna", "ben"]),
    st.sampled_from(["win_back", "other"]),
)


@given(st.sampled_from(RULES), st.lists(SAID, max_size=12), st.integers(0, 23))
def test_a_hold_ends_when_its_rule_can_change_its_mind_and_not_a_moment_later(
    rule: Rule, said: list[Spoken], hours: int
) -> None:
    held = rule.judge(case(now_us=NOW_US + hours * HOUR, spoken=said))
    if not isinstance(held, Hold):
        return
    assert held.until_us > NOW_US + hours * HOUR
    assert isinstance(rule.judge(case(now_us=held.until_us - 1, spoken=said)), Hold)
    assert isinstance(rule.judge(case(now_us=held.until_us, spoken=said)), Allow)
