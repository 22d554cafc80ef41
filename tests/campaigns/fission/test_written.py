"""A plan as it is written: every fault is told with its line."""

import pytest

from siyu.campaigns.fission.written import read_plan
from siyu.kernel.errors import BadInputError

GOOD = """\
name: spring
referral: {since: 2026-05-01}
mechanism:
  task: bring_members
  stages:
    - {retained: 1, gives: points, amount_minor: 5, each: true}
    - retained: 3
      gives: cash
      amount_minor: 500
control:
  budget_minor: 100
"""


def test_a_plan_knows_the_line_of_every_part_and_a_day_may_stand_without_quotes() -> None:
    read = read_plan(GOOD, file="a.yaml")
    assert read.plan.referral.since == "2026-05-01"
    assert (read.line_of("mechanism.stages[1].gives"), read.line_of("mechanism.draw.host")) == (8, 3)
    assert read.line_of("communication.variants") == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount_minor: 500", "amount_minor: 5.5", "a.yaml, line 9: mechanism.stages[1].amount_minor: 5.5 does not"),
        ("budget_minor: 100", "budget: 100", "a.yaml, line 11: control.budget: there is no such field"),
        ("control:", "controls:", "a.yaml, line 10: controls: 'controls' is no part"),
        ("task: bring_members", "task: bring_members\n  task: share", "a.yaml, line 5: 'task' is written twice"),
        ("task: bring_members", "draw: {host: a}", "a.yaml, line 4: mechanism.draw.prizes: is missing"),
        ("name: spring", "name: [", "a.yaml, line"),
        ("name: spring\n", "", "a.yaml, line 1: name: a plan needs a name"),
    ],
)
def test_what_cannot_be_read_says_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(BadInputError) as told:
        read_plan(GOOD.replace(old, new, 1), file="a.yaml")
    assert str(told.value).startswith(said)


def test_a_file_that_repeats_itself_for_ever_is_refused() -> None:
    with pytest.raises(BadInputError, match="nested too deeply"):
        read_plan("name: a\nmechanism: &m {stages: [*m]}\n", file="a.yaml")
