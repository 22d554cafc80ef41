from policy.cases import NOW_US, case, consent
from siyu.kernel.period import DAY
from siyu.policy.reasons import why
from siyu.policy.rules.consent import Consent
from siyu.policy.verdict import Allow, Deny


def test_without_a_word_nothing_is_allowed() -> None:
    verdict = Consent().judge(case(consents=()))
    assert isinstance(verdict, Deny)
    assert "never consented" in why(verdict.rule, verdict.reason, verdict.evidence)


def test_a_withdrawal_acts_at_once() -> None:
    said = (consent(), consent(granted=False, at_us=NOW_US))
    verdict = Consent().judge(case(consents=said))
    assert isinstance(verdict, Deny)
    assert "withdrawn" in why(verdict.rule, verdict.reason, verdict.evidence)


def test_consent_for_another_channel_does_not_count() -> None:
    assert isinstance(Consent().judge(case(consents=(consent(channel="sms"),))), Deny)
    assert isinstance(Consent().judge(case(consents=(consent(channel="wecom", at_us=NOW_US - 9 * DAY),))), Allow)
