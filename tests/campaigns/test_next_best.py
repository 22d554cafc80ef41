"""One thing for one person, or nothing; and every choice says how likely it was."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.campaigns.next_best import Choice, Choosing, Learned, choose, judge_from_log
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


@given(explore=st.floats(0.01, 1.0), plays=st.integers(1, 5))
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


def test_a_log_tells_what_another_policy_would_have_brought() -> None:
    true = {"a": 4.0, "b": 1.0, "": 0.0}
    wanted = [_proposal(name, person, worth) for person in range(8_000) for name, worth in (("a", 1.0), ("b", 2.0))]
    choices = choose(wanted, Choosing(0.3), now_us=_NOW, heard={})
    log = [(one, true[one.proposal.play if one.proposal else ""]) for one in choices]
    for action, value in true.items():
        found = judge_from_log(log, lambda _choice, action=action: action)  # type: ignore[misc]  # bound at once
        assert found.low <= value <= found.high
    with pytest.raises(BadInputError):
        judge_from_log([], lambda one: one.context)


def test_what_was_learned_overrules_the_prior_in_its_context() -> None:
    learned = Learned()
    for _ in range(500):
        learned.see("a", "late", success=True)
    assert learned.factor("a", "late", 0.02) > 40
    assert learned.factor("a", "new", 0.02) == pytest.approx(1.0)
    wanted = [_proposal("a", 1, 10), _proposal("b", 1, 20)]
    contexts = {1: "late"}
    (one,) = choose(
        wanted, Choosing(0.0), now_us=_NOW, heard={}, context_of=contexts.__getitem__,
        factor=lambda play, context: learned.factor(play, context, 0.02),
    )  # fmt: skip
    assert isinstance(one, Choice)
    assert one.proposal is not None
    assert one.proposal.play == "a"
