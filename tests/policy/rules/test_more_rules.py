"""The rules that look at one fact each."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy.cases import NOW_US, SHANGHAI, case, consent, proposal, relation, spoken
from siyu.content.piece import Piece
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.people.consent import GUARDIAN, PERSONALISED, ConsentRecord
from siyu.policy.case import Slots, Spoken
from siyu.policy.reasons import why
from siyu.policy.rules.budget import Budget
from siyu.policy.rules.contact_basis import ContactBasis
from siyu.policy.rules.content_rules import ContentRules
from siyu.policy.rules.minors import Minors
from siyu.policy.rules.open_complaint import OpenComplaint
from siyu.policy.rules.paused import Paused
from siyu.policy.rules.personalised import Personalised
from siyu.policy.rules.platform_quota import PlatformQuota, Quota
from siyu.policy.rules.play_cap import PlayCap
from siyu.policy.rules.reply_window import ReplyWindow, Window
from siyu.policy.rules.staff_load import StaffLoad
from siyu.policy.verdict import Allow, Deny, Hold


def _said(purpose: str, *, granted: bool) -> ConsentRecord:
    return ConsentRecord(1, purpose, "", granted, "v1", "form", NOW_US - DAY)


def test_marketing_is_silent_while_a_complaint_is_open() -> None:
    assert isinstance(OpenComplaint().judge(case(complaints_open=1)), Hold)
    assert isinstance(OpenComplaint().judge(case(complaints_open=0)), Allow)
    service = msgspec.structs.replace(proposal(), purpose="service")
    assert isinstance(OpenComplaint().judge(case(service, complaints_open=1)), Allow)


def test_somebody_from_a_list_is_not_addressed() -> None:
    assert isinstance(ContactBasis().judge(case(relations=())), Deny)
    for basis in ({"orders": 1}, {"messages_in": 1}, {"relations": (relation(),)}):
        assert isinstance(ContactBasis().judge(case(**({"relations": ()} | basis))), Allow)


def test_children_are_addressed_only_with_their_guardian() -> None:
    assert isinstance(Minors().judge(case(under_14=True)), Deny)
    allowed = case(under_14=True, consents=(consent(), _said(GUARDIAN, granted=True)))
    assert isinstance(Minors().judge(allowed), Allow)


def test_personalised_offers_can_be_switched_off_and_nothing_else_with_them() -> None:
    off = (consent(), _said(PERSONALISED, granted=False))
    assert isinstance(Personalised().judge(case(consents=off)), Deny)
    impersonal = msgspec.structs.replace(proposal(), personal=False)
    assert isinstance(Personalised().judge(case(impersonal, consents=off)), Allow)
    assert isinstance(Personalised().judge(case()), Allow)


def test_one_play_does_not_repeat_itself_too_often() -> None:
    rule = PlayCap(2, 28)
    twice = spoken(NOW_US - 20 * DAY, NOW_US - 10 * DAY)
    held = rule.judge(case(spoken=twice))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 8 * DAY
    other = spoken(NOW_US - 20 * DAY, NOW_US - 10 * DAY, play="birthday")
    assert isinstance(rule.judge(case(spoken=other)), Allow)


def test_a_calendar_month_of_the_platform_begins_anew() -> None:
    rule = PlatformQuota((Quota("wecom", "mass_send", 0, by_staff=False, most=2),), SHANGHAI)
    in_may = spoken(NOW_US - 11 * DAY, NOW_US - 12 * DAY)
    assert isinstance(rule.judge(case(spoken=in_may)), Allow)
    in_june = spoken(NOW_US - 2 * DAY, NOW_US - DAY)
    held = rule.judge(case(spoken=in_june))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 20 * DAY + 14 * HOUR  # 1 July 00:00 in Shanghai
    assert isinstance(rule.judge(case(now_us=held.until_us, spoken=in_june)), Allow)


def test_a_quota_per_staff_counts_that_staff_alone() -> None:
    rule = PlatformQuota((Quota("wecom", "mass_send", DAY, by_staff=True, most=1),), SHANGHAI)
    assert isinstance(rule.judge(case(spoken=spoken(NOW_US - HOUR))), Hold)
    assert isinstance(rule.judge(case(spoken=spoken(NOW_US - HOUR, staff="ben"))), Allow)


def test_an_answer_needs_a_word_first_and_in_time() -> None:
    rule = ReplyWindow((Window("wecom", "kf_reply", 48 * HOUR, 5),))
    answer = msgspec.structs.replace(proposal(), action="kf_reply")
    assert isinstance(rule.judge(case(answer)), Deny)
    assert isinstance(rule.judge(case(answer, last_in_us={"wecom": NOW_US - 48 * HOUR})), Deny)
    fresh = {"wecom": NOW_US - 47 * HOUR}
    assert isinstance(rule.judge(case(answer, last_in_us=fresh)), Allow)
    five = [Spoken(NOW_US - MINUTE * n, "wecom", "kf_reply", "", "x") for n in range(5)]
    assert isinstance(rule.judge(case(answer, last_in_us=fresh, spoken=five)), Deny)
    assert isinstance(rule.judge(case()), Allow)


def test_words_that_the_platform_or_the_law_forbids_are_not_sent() -> None:
    boast = msgspec.structs.replace(proposal(), piece=Piece(content_id="c", text="全网最低价"))
    denied = ContentRules().judge(case(boast))
    assert isinstance(denied, Deny)
    assert denied.evidence["words"] == "全网最低"
    assert isinstance(ContentRules().judge(case()), Allow)


def test_a_play_without_a_budget_spends_nothing_and_one_with_a_budget_no_more() -> None:
    dear = msgspec.structs.replace(proposal(), cost_minor=60)
    assert isinstance(Budget({}).judge(case(dear)), Deny)
    slots = Slots()
    first, second = case(dear, slots=slots), case(dear, slots=slots)
    rule = Budget({"win_back": 100})
    assert isinstance(rule.judge(first), Allow)
    first.take_slot()
    assert isinstance(rule.judge(second), Deny)


def test_nobody_is_asked_to_confirm_more_than_a_day_holds() -> None:
    slots = Slots()
    slots.staff_today["wecom", "corp", "anna"] = 3
    held = StaffLoad(3, ZoneInfo("Asia/Shanghai")).judge(case(slots=slots))
    assert isinstance(held, Hold)
    assert held.until_us == NOW_US + 14 * HOUR  # midnight
    assert isinstance(StaffLoad(4, ZoneInfo("Asia/Shanghai")).judge(case(slots=slots)), Allow)


@pytest.mark.parametrize("what", ["*", "wecom", "wecom/corp", "play:win_back", "staff:anna"])
def test_what_is_paused_waits(what: str) -> None:
    held = Paused().judge(case(paused={what: "by hand"}))
    assert isinstance(held, Hold)
    assert "by hand" in why(held.rule, held.reason, held.evidence)
    assert isinstance(Paused().judge(case(paused={"play:birthday": "by hand"})), Allow)
