"""A journey is told in words."""

from siyu.app.journeys.show import told
from siyu.campaigns.journey.language import read_journey
from siyu.campaigns.journey.program import Branch

_SPENT = """
name: a
entry: {request: yes}
steps:
  - if: {all: [{spent: {at_least: 1234.5}}, {orders: {at_most: 3}}]}
    then: [{wait: 1d}]
"""


def test_money_in_a_condition_is_told_as_people_read_it() -> None:
    for currency, amount in (("CNY", "1,234.50 CNY"), ("KWD", "1,234.500 KWD")):
        one = read_journey(_SPENT, currency=currency)
        branch = next(step for step in one.steps if isinstance(step, Branch))
        assert told(one, branch.condition) == f"(spent at least {amount} and orders at most 3)"
