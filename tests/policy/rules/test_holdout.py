from policy.cases import case
from siyu.policy.rules.holdout import Holdout
from siyu.policy.verdict import Allow, Deny


def test_people_who_are_held_out_get_nothing() -> None:
    assert isinstance(Holdout().judge(case(treated=False)), Deny)
    assert isinstance(Holdout().judge(case(treated=True)), Allow)
