"""Every reason of every rule is said in both languages, from data."""

import ast
import inspect
import re
import string
import sys

import pytest

from siyu.app.policy.rules import rules_of
from siyu.app.settings import Settings
from siyu.policy.guard import Rule
from siyu.policy.reasons import braked, is_braked, reasons, why, why_paused

_RULES = {rule.name: rule for rule in rules_of(Settings())}


def _given_by(rule: Rule) -> set[str]:
    """Return the names of the reasons that stand in a rule's own code."""
    code = ast.parse(inspect.getsource(sys.modules[type(rule).__module__]))
    given = [one for one in ast.walk(code) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    words = [
        part.value
        for one in given
        if isinstance(one.func, ast.Name) and one.func.id in {"Hold", "Deny"}
        for part in ast.walk(one.args[1])
        if isinstance(part, ast.Constant)
    ]
    return {word for word in words if isinstance(word, str)}


@pytest.mark.parametrize("name", sorted(_RULES))
def test_a_rule_has_a_name_and_every_reason_can_be_said_and_no_other_is_kept(name: str) -> None:
    assert _given_by(_RULES[name]) | {"title"} == set(reasons()[name])


def test_both_languages_speak_of_the_same_values() -> None:
    for rule, named in reasons().items():
        for reason, forms in named.items():
            english, chinese = ({field for _, field, _, _ in string.Formatter().parse(form) if field} for form in forms)
            assert english == chinese or (rule, reason) == ("content_rules", "breach")
            assert re.search(r"[\u4e00-\u9fff]", forms[1]) or forms[1] == "{refusal}"


def test_values_are_said_by_the_names_that_the_reader_knows() -> None:
    said = why("consent", "never", {"purpose": "marketing", "channel": "wecom"}, "zh", name=lambda key, _: f"<{key}>")
    assert said == "从未同意在<channel>接收<purpose>"


def test_a_hold_that_came_too_late_says_so_in_both_languages() -> None:
    values = {"local_time": "23:10", "held_until_us": 5}
    assert why("quiet_hours", "night", values) == "23:10 is in quiet hours; its deadline passes before"
    assert why("quiet_hours", "night", values, "zh") == "23:10 处于免打扰时段，等到那时已过时效"


def test_a_sentence_that_an_older_version_kept_is_said_as_it_is() -> None:
    assert (
        why("frequency_cap", "2 messages in 7 days, at most 2", {"messages": 2}, "zh")
        == "2 messages in 7 days, at most 2"
    )
    assert why("quiet_hours", "night", {}) == "… is in quiet hours"
    assert why_paused("brake: 5 left, withdrew or complained", "zh") == "brake: 5 left, withdrew or complained"


def test_the_brake_s_word_is_data_and_a_person_s_own_words_stay() -> None:
    kept = braked("stop", bad=5, sent=400, usual=0.002)
    assert is_braked(kept)
    assert "5 left" in why_paused(kept)
    assert "5 人" in why_paused(kept, "zh")
    assert "0.20%" in why("paused", "paused", {"paused": "staff:anna", "why": kept})
    assert why_paused("stock-taking", "zh") == "stock-taking"
