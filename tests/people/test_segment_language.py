import pytest
import yaml

from siyu.kernel.errors import BadInputError
from siyu.people.segment import AND, NOT, OR, Of
from siyu.people.segment_language import read_segments

_GOOD = """
name: faithful
title: 常客
all:
  - did: order_paid
    at_least: 3
    in: 30d
    where: {channel: [store, wecom]}
  - not: {did: complaint, in: 90d}
any:
  - spent: order_paid
    at_least: 199.50
  - sequence: [visit, [cart, save], order_paid]
    within: 7d
  - score: churn
    at_most: 0.3
"""


def test_a_segment_becomes_leaves_and_one_sentence() -> None:
    (one,) = read_segments(_GOOD)
    assert [leaf.of for leaf in one.leaves] == [Of.COUNT, Of.COUNT, Of.SUM, Of.SEQUENCE, Of.MEMBER]
    assert list(one.program) == [0, 1, NOT, AND, 2, 3, 4, OR, OR, AND]
    assert one.leaves[2].low == 19_950
    assert one.columns == ("kind", "value", "channel")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 0, "empty"),
        ("name: a\nall: [", 2, "no YAML"),
        ("all:\n  - did: order_paid", 1, "no name"),
        ("name: a\nall:\n  - did: order_payed", 3, "no kind of touch"),
        ("name: a\nall:\n  - did: order_paid\n    at_lest: 3", 4, "does not know 'at_lest'"),
        ("name: a\nall:\n  - did: order_paid\n    in: 30", 4, "no length of time"),
        ("name: a\nall:\n  - did: order_paid\n    at_least: many", 4, "no number"),
        ("name: a\nall:\n  - did: order_paid\n    at_least: 5\n    at_most: 2", 4, "nobody can be in"),
        ("name: a\nall:\n  - spent: order_paid\n    at_least: 1.234", 4, "decimal places"),
        ("name: a\nall:\n  - did: order_paid\n    spent: order_paid", 3, "in one condition"),
        ("name: a\nall:\n  - did: cart\n    where:\n      colour: red", 5, "has no 'colour'"),
        ("name: a\nall: did", 2, "needs a list"),
        ("name: a\nall:\n  - stage: friend", 3, "no stage"),
        ("name: a\nall:\n  - did: cart\n    in: 3d\n    before: 5d", 5, "window is empty"),
        ("name: a\nall:\n  - did: cart\n  - did: cart\n    did: view", 5, "there twice"),
        ("name: a b!\nall:\n  - did: cart", 1, "no name"),
        ("name: a\nwhat: 3\nall:\n  - did: cart", 2, "unknown word"),
        ("- name: a\n  all: [{did: cart}]\n- name: a\n  all: [{did: view}]", 3, "there twice"),
    ],
)
def test_every_mistake_is_told_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(BadInputError) as error:
        read_segments(text, file="mine.yaml")
    assert what in str(error.value)
    assert str(error.value).startswith(f"mine.yaml, line {line}, " if line else "mine.yaml")


def test_a_yaml_tag_runs_nothing() -> None:
    with pytest.raises(BadInputError):
        read_segments("name: !!python/object/apply:os.getcwd []\nall: [{did: cart}]")


def test_conditions_cannot_be_nested_without_end() -> None:
    deep: object = {"did": "cart"}
    for _ in range(60):
        deep = {"all": [deep]}
    with pytest.raises(BadInputError, match="nested deeper"):
        read_segments(yaml.safe_dump({"name": "a", "all": [deep]}))
