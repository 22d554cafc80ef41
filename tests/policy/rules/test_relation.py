from policy.cases import case, relation
from siyu.policy.rules.relation import HasRelation
from siyu.policy.verdict import Allow, Deny


def test_only_people_who_added_us_on_that_channel_are_written_to() -> None:
    assert isinstance(HasRelation().judge(case()), Allow)
    assert isinstance(HasRelation().judge(case(relations=())), Deny)
    assert isinstance(HasRelation().judge(case(relations=(relation(channel="sms"),))), Deny)
