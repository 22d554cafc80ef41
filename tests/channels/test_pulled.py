"""What is read at a platform: one answer that cannot be understood stops no other."""

from structlog.testing import capture_logs

from siyu.channels.pulled import touches_of_answer
from siyu.channels.sms.mapping import touches_from_payload
from siyu.dispatch.account import Account

ACCOUNT = Account("sms", "a", "", {})
REPLY = {"phone_number": "13800138000", "send_time": "2026-03-01 09:10:00", "content": "TD"}


def test_a_bad_answer_is_said_and_passed_over_and_its_person_is_not_named() -> None:
    abroad = {**REPLY, "phone_number": "+4915112345678"}
    with capture_logs() as said:
        found = [touches_of_answer(touches_from_payload, one, ACCOUNT, 1) for one in (abroad, REPLY, {"Code": "OK"})]
    assert [len(one) for one in found] == [0, 2, 0]
    assert [one["event"] for one in said] == ["answer refused"]
    assert "4915112345678" not in str(said)
