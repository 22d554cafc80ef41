"""The language of journeys: what is wrong is named at its line and column, and what is right becomes a program."""

import json

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from siyu.campaigns.journey.compare import changes, followed
from siyu.campaigns.journey.language import check, read_journey
from siyu.campaigns.journey.place import FaultyError
from siyu.campaigns.journey.program import DICE, Branch, End, Propose, Split, Wait, draw_of, ways
from siyu.campaigns.journey.schema import json_schema
from siyu.kernel.period import DAY, HOUR

GOOD = """\
name: welcome
title: 欢迎
entry:
  - {touch: contact_added, where: {channel: wecom}}
  - {segment: rfm_champions}
  - {schedule: {every: week, days: [mon, fri], at: "18:00", of: rfm_champions}}
again: {after: 30d}
caps: {in_flight: 100, a_day: 10}
goal: {did: order_paid}
exit:
  - did: complaint
  - tag: do_not_disturb
longest: 60d
steps:
  - holdout: 10%
  - id: hello
    propose: {channel: wecom, action: mass_send, text: 你好, value: 3.50, open_for: 2d}
  - wait: {touch: message_in, at_most: 3d}
    timed_out:
      - ask: {text: 打个电话, within: 1d}
  - if: {all: [{orders: {at_least: 1}}, {not: {tag: vip}}]}
    then:
      - tag: buyer
        for: 30d
    else:
      - split:
          a: {share: 50%, steps: [{wait: {clock: "18:00"}}]}
          b: {share: 30%, steps: [{end: enough}]}
          c: {share: 20%}
  - webhook: https://example.com/hook
  - wait: {best_hour: "20:00"}
  - untag: buyer
"""


def _fault(text: str) -> tuple[int, int, str, str]:
    faults = check(text).faults
    assert len(faults) == 1, faults
    return faults[0].line, faults[0].column, faults[0].what, faults[0].mend


def _with(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_wrong_word_beside_if_is_one_fault_and_a_journey_without_a_step_is_none() -> None:
    faults = check("name: a\nentry: {request: yes}\nsteps:\n- if: {tag: x}\n  them: [{wait: 1d}]\n").faults
    assert [(one.line, one.column, one.what) for one in faults] == [(5, 3, "a step does not know 'them'")]
    faults = check("name: a\nentry: {request: yes}\nsteps: []\n").faults
    assert [(one.line, one.column, one.what) for one in faults] == [(3, 8, "the journey has no step")]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "what", "mend"),
    [
        ("goal:", "gaol:", 9, 1, "'gaol'", "'goal'"),
        ("contact_added", "contact_addd", 4, 13, "'contact_addd' is no kind of touch", "contact_added"),
        ("at_most: 3d", "at_most: 3 bananas", 18, 40, "no length of time", "3d"),
        ("    then:", "    them:", 22, 5, "'them'", "'then'"),
        ("share: 50%", "share: 60%", 27, 11, "add up to 110%", "100%"),
        ("{tag: vip}", "{tog: vip}", 21, 48, "'tog'", "'tag'"),
        ("https://example.com/hook", "http://example.com/hook", 30, 14, "no safe address", "https"),
        ("value: 3.50", "value: 3.505", 17, 67, "decimal places", "round it"),
        ("days: [mon, fri]", "days: [mon, fry]", 6, 42, "'fry' is no weekday", "'fri'"),
        ("holdout: 10%", "holdout: 110%", 15, 14, "no share", "10%"),
        ("  - untag: buyer", "  - end: so\n  - untag: buyer", 33, 5, "nobody gets here", "end"),
        ("  - id: hello", "  - id: 4-if", 21, 5, "there twice", "another"),
        ("{after: 30d}", "sometimes", 7, 8, "'sometimes' is no rule", "never or always"),
        ("name: welcome", "name: wel come", 1, 7, "no name", "letters"),
        ("    propose: {channel: wecom,", "    propose: {", 17, 14, "no channel", "channel: wecom"),
        ("goal: {did: order_paid}", "goal: {tag: vip}", 9, 7, "a goal is something", "did"),
        ("title: 欢迎", "title: [", 4, 3, "no YAML", "indentation"),
        ("value: 3.50", "value: -3.50", 17, 67, "less than nothing", "minus"),
        ("text: 你好", 'text: ""', 17, 56, "the proposal has no text", "text:"),
        ("ask: {text: 打个电话, within: 1d}", "ask: {}", 20, 14, "ask for what?", "text"),
        ("title: 欢迎", "? [a, b]\n: 1", 2, 3, "one word or number belongs here", "single value"),
        ("in_flight: 100,", "in_flight: 0,", 8, 19, "'0' is no number from 1 up", "digits"),
    ],
)
def test_a_fault_is_named_at_its_place_with_how_to_mend_it(
    *, old: str, new: str, line: int, column: int, what: str, mend: str
) -> None:
    found = _fault(_with(old, new))
    assert found[:2] == (line, column), found
    assert what in found[2]
    assert mend in found[3]


def test_every_fault_is_reported_at_once_in_order() -> None:
    text = _with("goal:", "gaol:").replace("3d}", "3x}").replace("mon, fri", "mon, fry").replace("60d", "60x")
    assert [fault.line for fault in check(text).faults] == [6, 9, 13, 18]


def test_reading_a_faulty_file_raises_one_clear_line() -> None:
    with pytest.raises(FaultyError, match=r"^welcome\.yaml, line 9, column 1: .*'gaol'.*goal"):
        read_journey(_with("goal:", "gaol:"), file="welcome.yaml")


def test_a_good_file_becomes_a_program_that_only_leads_forward() -> None:
    one = read_journey(GOOD)
    for place, step in enumerate(one.steps):
        assert all(place < way < len(one.steps) for way in ways(step)), step
    kinds = [type(step).__name__ for step in one.steps]
    assert kinds.count("Wait") == 3
    hello = next(step for step in one.steps if isinstance(step, Propose))
    assert (hello.name, hello.value_minor, hello.open_us) == ("hello", 350, 2 * DAY)
    split = next(step for step in one.steps if isinstance(step, Split))
    assert split.below == (round(DICE * 0.5), round(DICE * 0.8), DICE)
    clock = next(step for step in one.steps if isinstance(step, Wait) and step.how == "clock")
    assert clock.us == 18 * HOUR
    ends = [step.why for step in one.steps if isinstance(step, End)]
    assert ends == ["enough", "", "", ""]


def test_what_is_missing_for_measuring_is_a_warning() -> None:
    checked = check("name: a\nentry: {request: yes}\nsteps: [{wait: 1d}]\n")
    assert not checked.faults
    assert [warning.mend for warning in checked.warnings] == [
        "goal: {did: order_paid}",
        "begin the steps with holdout: 10%",
    ]


@given(st.text(alphabet=st.sampled_from(list(":-{}[] \n\tabnamestpwi'\"&*!|>%1d欢")), max_size=120))
def test_no_text_breaks_the_check(text: str) -> None:
    checked = check(text)
    assert (checked.journey is None) == bool(checked.faults)
    for fault in checked.faults:
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.what


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 12), st.sampled_from(["", "x", ":", "\n", "  ", "{", "- "]))
def test_no_damage_to_a_good_file_breaks_the_check(at: int, length: int, instead: str) -> None:
    checked = check(GOOD[:at] + instead + GOOD[at + length :])
    assert (checked.journey is None) == bool(checked.faults)


@given(st.integers(0, DICE - 1), st.integers(0, 2**53))
def test_a_draw_fits_64_bits_and_stays_in_range(dice: int, seed: int) -> None:
    assert dice * (seed % (DICE - 1) + 1) + seed // DICE % DICE < 2**63
    assert 0 <= draw_of(dice, seed) < DICE


def test_splits_of_one_journey_are_drawn_independently() -> None:
    people = range(20_000)
    dice = [person * 104_729 % DICE for person in people]
    first = [draw_of(one, 123_456_789_012) < DICE // 2 for one in dice]
    other = [draw_of(one, 987_654_321_098) < DICE // 2 for one in dice]
    both = sum(one and two for one, two in zip(first, other, strict=True))
    assert 4_700 < both < 5_300


def test_the_schema_accepts_what_the_check_accepts() -> None:
    schema = json.loads(json.dumps(json_schema()))
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator.validate(yaml.safe_load(GOOD))
    for old, new in (("goal:", "gaol:"), ("contact_added", "contact_addd"), ("3d}", "3x}"), ("    then:", "    them:")):
        assert list(validator.iter_errors(yaml.safe_load(_with(old, new)))), new


def test_a_diff_names_what_changed_by_its_step() -> None:
    newer = (
        _with("wait: {best_hour", "wait: {clock").replace("text: 你好", "text: 您好").replace("  - untag: buyer\n", "")
    )
    told = {(change.what, change.name): change.detail for change in changes(read_journey(GOOD), read_journey(newer))}
    assert set(told) == {("changed", "hello"), ("changed", "6-wait"), ("removed", "7-untag")}
    assert told["changed", "hello"] == "text: 你好 -> 您好"
    assert not changes(read_journey(GOOD), read_journey(GOOD + "# a remark\n"))


def test_people_find_their_step_and_what_they_heard_again() -> None:
    old = read_journey(GOOD)
    new = read_journey(GOOD.replace("  - holdout: 10%\n", "  - id: first\n    wait: 1d\n  - holdout: 10%\n"))
    found = followed(old, new)
    for before, after in found.steps.items():
        assert old.steps[before].name == new.steps[after].name
    assert {old.steps[place].name for place in found.steps} >= {"start", "hello"}
    goal = old.goals[0]
    assert found.bits[goal] == new.goals[0]
    assert not any(isinstance(old.steps[place], End) for place in found.steps)
    assert any(isinstance(step, Branch) for step in old.steps)
