"""A journey is told in words."""

from siyu.campaigns.journey.compare import changes
from siyu.campaigns.journey.language import read_journey
from siyu.campaigns.journey.program import Branch
from siyu.campaigns.journey.told import told

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


def test_lengths_of_time_and_shares_that_changed_are_told_as_they_are_written() -> None:
    text = """
name: a
entry: {request: yes}
steps:
  - id: rest
    wait: 4d
  - id: ask
    ask: {text: call, within: 1d}
  - id: way
    split: {a: {share: 50%}, b: {share: 50%, steps: [{wait: 1h}]}}
"""
    newer = text.replace("4d", "6d").replace("within: 1d", "within: 12h").replace("a: {share: 50%}", "a: {share: 30%}")
    found = changes(read_journey(text), read_journey(newer.replace("b: {share: 50%", "b: {share: 70%")))
    assert {one.name: one.detail for one in found} == {
        "rest": "wait 4d -> wait 6d",
        "ask": "within: 1d -> 12h",
        "way": "split by chance: a 50%, b 50% -> split by chance: a 30%, b 70%",
    }
