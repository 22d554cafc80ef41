from policy.cases import NOW_US, case, proposal
from siyu.policy.rules.deadline import Deadline
from siyu.policy.verdict import Allow, Deny


def test_what_makes_no_sense_any_more_is_not_said() -> None:
    assert isinstance(Deadline().judge(case(proposal(deadline_us=NOW_US))), Allow)
    assert isinstance(Deadline().judge(case(proposal(deadline_us=NOW_US - 1))), Deny)
