from datetime import time
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.cases import NOW_US, SHANGHAI, case, consent, proposal, spoken
from siyu.kernel.period import DAY, HOUR
from siyu.policy.case import Slots, Spoken
from siyu.policy.guard import Guard, Rule, judge_batch
from siyu.policy.reasons import why
from siyu.policy.rules.consent import Consent
from siyu.policy.rules.deadline import Deadline
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.rules.holdout import Holdout
from siyu.policy.rules.minors import Minors
from siyu.policy.rules.open_complaint import OpenComplaint
from siyu.policy.rules.personalised import Personalised
from siyu.policy.rules.quiet_hours import QuietHours
from siyu.policy.rules.staff_load import StaffLoad
from siyu.policy.verdict import Allow, Deny, Hold

RULES: list[Rule] = [Consent(), QuietHours(time(22), time(8)), FrequencyCap(2, 7)]


def test_what_every_rule_allows_is_allowed_with_its_evidence() -> None:
    verdict = Guard(RULES).judge(case())
    assert isinstance(verdict, Allow)
    assert verdict.evidence["frequency_cap"] == {"messages": 0, "most": 2, "days": 7}


def test_one_denial_outweighs_every_hold() -> None:
    full = spoken(NOW_US - DAY, NOW_US - HOUR)
    assert isinstance(Guard(RULES).judge(case(spoken=full)), Hold)
    assert isinstance(Guard(RULES).judge(case(spoken=full, consents=())), Deny)


def test_the_longest_hold_decides() -> None:
    night = NOW_US + 13 * HOUR  # 23:00
    verdict = Guard(RULES).judge(case(now_us=night, spoken=spoken(night - DAY, night - HOUR)))
    assert isinstance(verdict, Hold)
    assert verdict.rule == "frequency_cap"


def test_a_hold_beyond_the_deadline_is_a_denial_that_says_so() -> None:
    late = case(proposal(deadline_us=NOW_US + DAY), spoken=spoken(NOW_US - DAY, NOW_US - HOUR))
    verdict = Guard(RULES).judge(late)
    assert isinstance(verdict, Deny)
    assert "deadline" in why(verdict.rule, verdict.reason, verdict.evidence)


def test_the_most_valuable_proposal_gets_the_last_slot() -> None:
    said = spoken(NOW_US - DAY)
    cheap = case(proposal(play="a", value=1), spoken=said)
    dear = case(proposal(play="b", value=9), spoken=said)
    verdicts = judge_batch([cheap, dear], RULES)
    assert [type(verdict) for verdict in verdicts] == [Hold, Allow]


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 100)), max_size=30), st.integers(0, 4))
def test_a_batch_never_gives_a_person_more_than_the_cap(wishes: list[tuple[int, float]], most: int) -> None:
    said: dict[int, list[Spoken]] = {}
    cases = [
        case(proposal(person=person, play=f"p{n}", value=value), spoken=said.setdefault(person, []))
        for n, (person, value) in enumerate(wishes)
    ]
    verdicts = judge_batch(cases, [FrequencyCap(most, 7)])
    for person in said:
        mine = [v for c, v in zip(cases, verdicts, strict=True) if c.proposal.person_id == person]
        assert sum(isinstance(v, Allow) for v in mine) == min(most, len(mine))


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=12, unique=True),
    st.integers(0, 12),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_of_rivals_for_scarce_slots_the_most_valuable_win_and_losers_wait_or_end(
    values: list[int], slots_left: int, hurry: bool, order: Random
) -> None:
    """A guide's last messages of the day: whoever comes first in the batch, the value decides; nobody is moved up."""
    order.shuffle(values)
    deadline_us = NOW_US + HOUR if hurry else None
    slots = Slots()
    cases = [
        case(proposal(person=number, value=value, deadline_us=deadline_us), slots=slots)
        for number, value in enumerate(values)
    ]
    verdicts = judge_batch(cases, [StaffLoad(slots_left, SHANGHAI)])
    best = set(sorted(values, reverse=True)[:slots_left])
    for value, verdict in zip(values, verdicts, strict=True):
        if value in best:
            assert isinstance(verdict, Allow)
        elif hurry:
            assert isinstance(verdict, Deny)
        else:
            assert isinstance(verdict, Hold)
            assert verdict.until_us > NOW_US


class _Asked:
    """A rule that is asked about everybody, whatever it says of whom it speaks."""

    def __init__(self, rule: Rule) -> None:
        self.name, self.judge = rule.name, rule.judge


_PEOPLE = st.fixed_dictionaries({
    "treated": st.booleans(),
    "under_14": st.booleans(),
    "complaints_open": st.integers(0, 2),
    "now_us": st.sampled_from([NOW_US, NOW_US + 15 * DAY]),
    "consents": st.lists(
        st.builds(
            lambda purpose, granted: replace(consent(granted=granted), purpose=purpose),
            st.sampled_from(["marketing", "guardian", "personalised"]),
            st.booleans(),
        ),
        max_size=3,
    ),
})  # fmt: skip


@given(st.lists(_PEOPLE, min_size=1, max_size=8), st.permutations(range(6)))
def test_rules_that_are_silent_about_most_people_say_the_same_as_if_they_were_asked_about_everybody(
    people: list[dict[str, object]], order: list[int]
) -> None:
    all_rules: list[Rule] = [Deadline(), Holdout(), Minors(), Personalised(), OpenComplaint(), Consent()]
    rules = [all_rules[place] for place in order]
    cases = [case(proposal(person=number), **one) for number, one in enumerate(people)]
    again = [case(proposal(person=number), **one) for number, one in enumerate(people)]
    assert judge_batch(cases, rules) == judge_batch(again, [_Asked(rule) for rule in rules])
