"""One thing for one person, or nothing; and every choice says how likely it was."""

import random
from collections import Counter
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.campaigns.learned import Tally, factor
from siyu.campaigns.next_best import Choosing, choose
from siyu.campaigns.off_policy import always, by_worth, judge_from_log
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError

_NOW = 1_781_056_800_000_000
_PIECE = Piece(content_id="x", text="x")


def _proposal(play: str, person: int, worth: float, cost: int = 0) -> Proposal:
    return Proposal(
        proposal_id=proposal_id(play, person, _NOW), play=play, person_id=person, purpose="marketing", channel="wecom",
        action="mass_send", piece=_PIECE, expected_value_minor=worth, proposed_at_us=_NOW, due_at_us=_NOW,
        deadline_us=_NOW + 1, cost_minor=cost,
    )  # fmt: skip


def test_the_most_valuable_is_chosen_after_cost_and_goodwill() -> None:
    wanted = [_proposal("dear", 1, 500, cost=300), _proposal("cheap", 1, 250), _proposal("cheap", 2, 250)]
    how = Choosing(explore=0.0, goodwill_minor=100)
    one, two = choose(wanted, how, now_us=_NOW, heard={2: 2})
    assert one.proposal is not None
    assert (one.proposal.play, one.worth_minor, one.propensity) == ("cheap", 150, 1.0)
    assert two.proposal is None


@given(explore=st.floats(0.01, 1.0), plays=st.integers(2, 5))
def test_chances_of_all_actions_add_up_to_one(explore: float, plays: int) -> None:
    names = [f"play{number}" for number in range(plays)]
    wanted = [_proposal(name, person, 10.0 * place) for person in range(300) for place, name in enumerate(names)]
    seen: dict[str, float] = {}
    for choice in choose(wanted, Choosing(explore), now_us=_NOW, heard={}):
        seen[choice.proposal.play if choice.proposal else ""] = choice.propensity
        assert 0.0 < choice.propensity <= 1.0
    assert sum(seen.values()) <= 1.0 + 1e-9
    if len(seen) == plays + 1:
        assert sum(seen.values()) == pytest.approx(1.0)


def test_explored_choices_are_as_frequent_as_they_say() -> None:
    wanted = [_proposal(name, person, worth) for person in range(5_000) for name, worth in (("a", 1.0), ("b", 2.0))]
    found = Counter(
        one.proposal.play if one.proposal else "" for one in choose(wanted, Choosing(0.3), now_us=_NOW, heard={})
    )
    assert found["b"] == pytest.approx(5_000 * 0.8, rel=0.05)
    assert found["a"] == pytest.approx(5_000 * 0.1, rel=0.15)
    assert found[""] == pytest.approx(5_000 * 0.1, rel=0.15)


@pytest.mark.parametrize("how", ["ips", "snips", "dr"])
def test_a_log_tells_what_another_policy_would_have_brought(how: Literal["ips", "snips", "dr"]) -> None:
    """Two kinds of people; what an action brings depends on both and on chance, and the truth is known."""
    true = {("new", "a"): 4.0, ("new", "b"): 1.0, ("late", "a"): 0.5, ("late", "b"): 3.0}
    noise = random.Random(7)
    inside = {"a": 0, "b": 0, "": 0, "best": 0}
    for salt in range(60):
        wanted = [_proposal(name, person, worth) for person in range(600) for name, worth in (("a", 1.0), ("b", 2.0))]
        choices = choose(
            wanted, Choosing(0.3, salt=str(salt)), now_us=_NOW, heard={},
            context_of=lambda person: "new" if person % 3 else "late",
        )  # fmt: skip
        log = [(one, true.get((one.context, one.action), 0.0) + noise.gauss(0, 2)) for one in choices]
        policies = {"a": always("a"), "b": always("b"), "": always(""), "best": by_worth}
        for name, policy in policies.items():
            found = judge_from_log(log, policy, how=how)
            action = "b" if name == "best" else name
            value = 2 / 3 * true.get(("new", action), 0.0) + 1 / 3 * true.get(("late", action), 0.0)
            inside[name] += found.low <= value <= found.high
            assert found.agreed == sum(one.action == action for one in choices)
    assert all(covered >= 53 for covered in inside.values()), inside  # 95 % of 60 is 57; below 53 once in 100


def test_a_doubly_robust_judgement_is_steadier_than_weights_alone_and_too_few_say_nothing() -> None:
    wanted = [_proposal(name, person, worth) for person in range(4_000) for name, worth in (("a", 1.0), ("b", 2.0))]
    choices = choose(wanted, Choosing(0.3), now_us=_NOW, heard={})
    log = [(one, {"a": 4.0, "b": 1.0, "": 0.0}[one.action]) for one in choices]
    weighed, normed, doubly = (judge_from_log(log, always("a"), how=how) for how in ("ips", "snips", "dr"))
    assert doubly.high - doubly.low < 0.01 < weighed.high - weighed.low
    assert normed.value == pytest.approx(4.0)
    assert doubly.value == pytest.approx(4.0)
    with pytest.raises(BadInputError):
        judge_from_log([], by_worth)


def test_what_was_learned_overrules_the_prior_in_its_context_and_only_as_far_as_it_is_known() -> None:
    def tally(people: int, share: float) -> Tally:
        return Tally(people, people, people * share, people * share)

    many = {("a", "late"): tally(40_000, 0.12), ("", "late"): tally(40_000, 0.10)}
    few = {("a", "late"): tally(20, 0.5), ("", "late"): tally(20, 0.1)}
    assert factor(many, "a", "late", 0.01) == pytest.approx(2.0, rel=0.06)
    assert factor(few, "a", "late", 0.01) == pytest.approx(1.0, rel=0.3)
    assert factor(many, "a", "new", 0.01) == 1.0
    harmful = {("a", "late"): tally(90_000, 0.02), ("", "late"): tally(90_000, 0.10)}
    assert factor(harmful, "a", "late", 0.01) == 0.0
    wanted = [_proposal("a", 1, 10), _proposal("b", 1, 15)]
    (one,) = choose(
        wanted, Choosing(0.0), now_us=_NOW, heard={}, context_of={1: "late"}.__getitem__,
        factor=lambda play, context: factor(many, play, context, 0.01),
    )  # fmt: skip
    assert one.action == "a"
    assert one.actions == ("", "a", "b")
    assert one.worths == pytest.approx((0.0, 20.0, 15.0), rel=0.06)
