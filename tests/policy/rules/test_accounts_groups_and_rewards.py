"""The rules of accounts, groups, campaigns and platform windows."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy.cases import NOW_US, SHANGHAI, case, proposal, relation
from siyu.content.piece import Attachment
from siyu.kernel.period import DAY, HOUR, SECOND
from siyu.people.consent import ConsentRecord
from siyu.policy.case import Slots, Spoken
from siyu.policy.guard import judge_batch
from siyu.policy.reasons import why
from siyu.policy.rules.account_ramp import AccountRamp
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.rules.group_cap import GroupCap
from siyu.policy.rules.one_consent import OneConsent
from siyu.policy.rules.reward_law import RewardLaw
from siyu.policy.rules.welcome_window import WelcomeWindow
from siyu.policy.verdict import Allow, Deny, Hold


def _to_group(*ages: int) -> list[Spoken]:
    return [Spoken(NOW_US - age, "wecom", "group_send", "anna", "p") for age in sorted(ages, reverse=True)]


def test_a_group_is_not_spoken_to_too_often_and_people_do_not_count_for_it() -> None:
    to_group = msgspec.structs.replace(proposal(), action="group_send")
    rule = GroupCap(2, 28)
    held = rule.judge(case(to_group, spoken=_to_group(20 * DAY, DAY)))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 8 * DAY
    assert isinstance(rule.judge(case(to_group, spoken=_to_group(30 * DAY, DAY))), Allow)
    assert isinstance(rule.judge(case(spoken=_to_group(20 * DAY, DAY))), Allow)
    assert isinstance(GroupCap(0, 28).judge(case(to_group)), Hold)


@pytest.mark.parametrize(("days", "most"), [(0, 10), (1, 20), (2, 40), (3, 50), (80, 50)])
def test_a_new_account_grows_day_by_day_up_to_what_it_can_serve(days: int, most: int) -> None:
    rule = AccountRamp(10, 2.0, 50, SHANGHAI)
    since = {("wecom", "corp"): NOW_US - days * DAY - HOUR}
    assert isinstance(rule.judge(case(slots=Slots(_given(most - 1), account_since_us=since))), Allow)
    held = rule.judge(case(slots=Slots(_given(most), account_since_us=since)))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 14 * HOUR  # midnight


def _given(count: int) -> Slots:
    slots = Slots()
    slots.staff_today["wecom", "corp", "anna"] = count
    return slots.staff_today  # type: ignore[return-value]  # the counter alone is what Slots begins with


def test_an_account_that_is_not_new_or_not_limited_sends_on() -> None:
    assert isinstance(AccountRamp(10, 2.0, 0, SHANGHAI).judge(case(slots=Slots(_given(999)))), Allow)
    assert isinstance(AccountRamp(0, 1.3, 0, SHANGHAI).judge(case(slots=Slots(_given(999)))), Allow)


def test_an_approval_counts_for_its_account_at_once() -> None:
    slots = Slots(account_since_us={("wecom", "corp"): NOW_US})
    cases = [case(proposal(person=number, value=number), slots=slots) for number in range(1, 6)]
    verdicts = judge_batch(cases, [AccountRamp(3, 1.0, 0, ZoneInfo("Asia/Shanghai"))])
    assert [type(one) for one in verdicts] == [Hold, Hold, Allow, Allow, Allow]


def test_nothing_is_said_for_a_campaign_whose_reward_breaks_the_law() -> None:
    slots = Slots(unlawful={"win_back": "reward_depth: two levels of cash"})
    denied = RewardLaw().judge(case(slots=slots))
    assert isinstance(denied, Deny)
    assert "two levels" in why(denied.rule, denied.reason, denied.evidence)
    assert isinstance(RewardLaw().judge(case(proposal(play="welcome"), slots=slots)), Allow)


def test_a_welcome_works_for_seconds_only() -> None:
    rule = WelcomeWindow({"wecom": 20 * SECOND})
    welcome = msgspec.structs.replace(proposal(), action="welcome")
    just_added = msgspec.structs.replace(relation(), since_us=NOW_US - 19 * SECOND)
    too_late = msgspec.structs.replace(relation(), since_us=NOW_US - 20 * SECOND)
    assert isinstance(rule.judge(case(welcome, relations=(just_added,))), Allow)
    assert isinstance(rule.judge(case(welcome, relations=(too_late,))), Deny)
    assert isinstance(rule.judge(case(relations=(too_late,))), Allow)


def test_one_consent_is_good_for_one_subscribe_message() -> None:
    rule = OneConsent(frozenset({("wechat_mini", "subscribe_message")}))
    asked = msgspec.structs.replace(proposal(), channel="wechat_mini", action="subscribe_message")

    def said(granted: bool, ago: int) -> ConsentRecord:
        return ConsentRecord(1, "subscribe:tpl", "wechat_mini", granted, "v1", "tap", NOW_US - ago)

    sent = [Spoken(NOW_US - HOUR, "wechat_mini", "subscribe_message", "", "p")]
    assert isinstance(rule.judge(case(asked, consents=(said(True, 2 * HOUR),))), Allow)
    assert isinstance(rule.judge(case(asked, consents=(said(True, 2 * HOUR),), spoken=sent)), Deny)
    assert isinstance(
        rule.judge(case(asked, consents=(said(True, 3 * HOUR), said(True, 2 * HOUR)), spoken=sent)), Allow
    )
    assert isinstance(rule.judge(case(asked, consents=(said(True, 3 * HOUR), said(False, 2 * HOUR)))), Deny)
    assert isinstance(rule.judge(case(asked, consents=())), Deny)
    assert isinstance(rule.judge(case()), Allow)


def test_a_consent_that_the_platform_says_is_used_up_takes_no_other_consent_with_it() -> None:
    rule = OneConsent(frozenset({("wechat_mini", "subscribe_message")}))
    asked = msgspec.structs.replace(proposal(), channel="wechat_mini", action="subscribe_message")

    def said(granted: bool, ago: int, proof: str = "tap", template: str = "tpl") -> ConsentRecord:
        return ConsentRecord(1, f"subscribe:{template}", "wechat_mini", granted, "v1", proof, NOW_US - ago)

    twice = (said(True, 5 * HOUR), said(True, 4 * HOUR))
    sent = [Spoken(NOW_US - 3 * HOUR, "wechat_mini", "subscribe_message", "", "p")]
    used = (said(False, 3 * HOUR, "used:m1"),)
    assert isinstance(rule.judge(case(asked, consents=(*twice, *used), spoken=sent)), Allow)
    assert isinstance(rule.judge(case(asked, consents=(*twice, *used, said(False, 2 * HOUR, "used:m2")))), Deny)
    assert isinstance(rule.judge(case(asked, consents=(*twice, said(False, 2 * HOUR)), spoken=sent)), Deny)
    template = Attachment(kind="template", media_id="other")
    other = msgspec.structs.replace(asked, piece=msgspec.structs.replace(asked.piece, attachments=(template,)))
    assert isinstance(rule.judge(case(other, consents=twice)), Deny)
    assert isinstance(rule.judge(case(other, consents=(*twice, said(True, HOUR, template="other")))), Allow)


def test_of_two_that_compete_the_loser_is_held_or_dropped_by_its_own_deadline_never_moved_forward() -> None:
    said = [Spoken(NOW_US - DAY, "wecom", "mass_send", "anna", "other")]
    best = case(proposal(play="best", value=9), spoken=said)
    patient = case(proposal(play="patient", value=5, deadline_us=NOW_US + 30 * DAY), spoken=said)
    urgent = case(proposal(play="urgent", value=4, deadline_us=NOW_US + DAY), spoken=said)
    verdicts = judge_batch([urgent, patient, best], [FrequencyCap(2, 7)])
    assert [type(one) for one in verdicts] == [Deny, Hold, Allow]
    held = verdicts[1]
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 6 * DAY  # when the older message leaves the window, not before
