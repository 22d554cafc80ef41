"""One thing for one person, or nothing; and every choice says how likely it was."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.campaigns.context import RESTS, contexts_of
from siyu.campaigns.facts import Facts
from siyu.campaigns.learned import Learned, learn
from siyu.campaigns.next_best import Choosing, choose
from siyu.campaigns.off_policy import always, by_worth, judge_from_log
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY

_NOW = 1_781_056_800_000_000
_PIECE = Piece(content_id="x", text="x")


def _proposal(play: str, person: int, worth: float, cost: int = 0) -> Proposal:
    return Proposal(
        proposal_id=proposal_id(play, person, _NOW), play=play, person_id=person, purpose="marketing", channel="wecom",
        action="mass_send", piece=_PIECE, expected_value_minor=worth, proposed_at_us=_NOW, due_at_us=_NOW,
        deadline_us=_NOW + 1, cost_minor=cost,
    )  # fmt: skip


def test_the_most_valuable_is_chosen_after_cost_and_harm() -> None:
    wanted = [_proposal("dear", 1, 500, cost=300), _proposal("cheap", 1, 250), _proposal("cheap", 2, 250)]
    how = Choosing(explore=0.0, learning={"dear", "cheap"}, learned=Learned(harm={"week": 0.01}))
    one, two = choose(
        wanted, how, now_us=_NOW, context_of=lambda _: "due/week", at_stake_minor={1: 5_000.0, 2: 30_000.0}
    )  # fmt: skip
    assert one.proposal is not None
    left = 0.75  # of what a message does a week after another one
    assert (one.proposal.play, one.worth_minor, one.propensity) == ("cheap", pytest.approx(250 * left - 50), 1.0)
    assert two.proposal is None


def test_of_several_wordings_the_one_that_is_known_to_do_best_is_said() -> None:
    usual, other = Piece(content_id="ask", text="?"), Piece(content_id="offer", text="!")
    wanted = [msgspec.structs.replace(_proposal("a", 1, 100), piece=usual, instead=(other,))]
    first, second = (
        choose(wanted, Choosing(0.0, learning={"a"}, learned=learned), now_us=_NOW, context_of=lambda _: "late/rested")[
            0
        ]
        for learned in (Learned(), Learned(of_arm={("a:offer", "late"): 1.5}))
    )
    assert (first.action, first.actions) == ("a:ask", ("", "a:ask", "a:offer"))
    assert first.proposal is not None
    assert second.proposal is not None
    assert (first.proposal.piece, second.proposal.piece) == (usual, other)
    assert second.proposal.proposal_id == first.proposal.proposal_id


def test_who_states_no_expectation_is_never_put_off_by_chance_when_alone() -> None:
    wanted = [_proposal("a", person, 10.0) for person in range(300)]
    assert all(one.action == "a" and one.propensity == 1.0 for one in choose(wanted, Choosing(0.5), now_us=_NOW))
    drawn = Counter(one.action for one in choose(wanted, Choosing(0.5, learning={"a"}), now_us=_NOW))
    assert drawn[""] == pytest.approx(75, rel=0.4)


@settings(deadline=None)  # busy machines
@given(explore=st.floats(0.01, 1.0), plays=st.integers(2, 5))
def test_chances_of_all_actions_add_up_to_one(explore: float, plays: int) -> None:
    names = [f"play{number}" for number in range(plays)]
    wanted = [_proposal(name, person, 10.0 * place) for person in range(300) for place, name in enumerate(names)]
    seen: dict[str, float] = {}
    for choice in choose(wanted, Choosing(explore), now_us=_NOW):
        seen[choice.proposal.play if choice.proposal else ""] = choice.propensity
        assert 0.0 < choice.propensity <= 1.0
    assert sum(seen.values()) <= 1.0 + 1e-9
    if len(seen) == plays + 1:
        assert sum(seen.values()) == pytest.approx(1.0)


def test_explored_choices_are_as_frequent_as_they_say() -> None:
    wanted = [_proposal(name, person, worth) for person in range(5_000) for name, worth in (("a", 1.0), ("b", 2.0))]
    found = Counter(one.proposal.play if one.proposal else "" for one in choose(wanted, Choosing(0.3), now_us=_NOW))
    assert found["b"] == pytest.approx(5_000 * 0.8, rel=0.05)
    assert found["a"] == pytest.approx(5_000 * 0.1, rel=0.15)
    assert found[""] == pytest.approx(5_000 * 0.1, rel=0.15)


@pytest.mark.parametrize("how", ["ips", "snips", "dr"])
def test_a_log_tells_what_another_policy_would_have_brought(how: Literal["ips", "snips", "dr"]) -> None:
    """Two kinds of people; what an action brings depends on both and on chance, and the truth is known."""
    new, late = "new/rested", "late/rested"
    true = {(new, "a"): 4.0, (new, "b"): 1.0, (late, "a"): 0.5, (late, "b"): 3.0}
    noise = random.Random(7)
    inside = {"a": 0, "b": 0, "": 0, "best": 0}
    for salt in range(60):
        wanted = [_proposal(name, person, worth) for person in range(600) for name, worth in (("a", 1.0), ("b", 2.0))]
        choices = choose(
            wanted, Choosing(0.3, salt=str(salt)), now_us=_NOW,
            context_of=lambda person: new if person % 3 else late,
        )  # fmt: skip
        log = [(one, true.get((one.context, one.action), 0.0) + noise.gauss(0, 2)) for one in choices]
        policies = {"a": always("a"), "b": always("b"), "": always(""), "best": by_worth}
        for name, policy in policies.items():
            found = judge_from_log(log, policy, how=how)
            action = "b" if name == "best" else name
            value = 2 / 3 * true.get((new, action), 0.0) + 1 / 3 * true.get((late, action), 0.0)
            inside[name] += found.low <= value <= found.high
            assert found.agreed == sum(one.action == action for one in choices)
    assert all(covered >= 53 for covered in inside.values()), inside  # 95 % of 60 is 57; below 53 once in 100


def test_many_choices_of_one_person_say_less_than_as_many_of_different_people() -> None:
    wanted = [_proposal("a", person, 1.0) for person in range(400)]
    once = [(one, float(one.person_id % 7)) for one in choose(wanted, Choosing(0.4, learning={"a"}), now_us=_NOW)]
    five_times = [row for row in once for _ in range(5)]
    for how in ("ips", "snips", "dr"):
        alone, repeated = judge_from_log(once, always("a"), how=how), judge_from_log(five_times, always("a"), how=how)
        assert repeated.value == pytest.approx(alone.value)
        assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low, rel=0.01)
    silence = judge_from_log(once, always(""))
    assert silence.is_thin == (silence.effective < 100)
    assert silence.effective <= silence.agreed < alone.agreed


def test_a_doubly_robust_judgement_is_steadier_than_weights_alone_and_too_few_say_nothing() -> None:
    wanted = [_proposal(name, person, worth) for person in range(4_000) for name, worth in (("a", 1.0), ("b", 2.0))]
    choices = choose(wanted, Choosing(0.3), now_us=_NOW)
    log = [(one, {"a": 4.0, "b": 1.0, "": 0.0}[one.action]) for one in choices]
    weighed, normed, doubly = (judge_from_log(log, always("a"), how=how) for how in ("ips", "snips", "dr"))
    assert doubly.high - doubly.low < 0.01 < weighed.high - weighed.low
    assert normed.value == pytest.approx(4.0)
    assert doubly.value == pytest.approx(4.0)
    with pytest.raises(BadInputError):
        judge_from_log([], by_worth)


@dataclass(frozen=True)
class _Row:
    action: str
    context: str
    brought_minor: int
    harmed: bool = False
    propensity: float = 0.5
    actions: tuple[str, ...] = ("", "a")


def _seen(people: int, share: float, action: str, **more: Any) -> list[_Row]:
    """So many choices, of which so many bought."""
    more = {"context": "late/rested", **more}
    return [_Row(action, brought_minor=int(place < people * share), **more) for place in range(people)]


def test_what_was_seen_overrules_expectation_only_as_far_as_it_is_known() -> None:
    expected = {"a": 0.05}
    many = learn(_seen(20_000, 0.20, "a") + _seen(20_000, 0.10, ""), expected)
    few = learn(_seen(20, 0.5, "a") + _seen(20, 0.1, ""), expected)
    assert many.factor("a", "late/rested") == pytest.approx(2.0, rel=0.05)
    assert 1.0 < few.factor("a", "late/rested") < 1.5  # eight times what was expected was seen, among forty people
    harmful = learn(_seen(20_000, 0.02, "a") + _seen(20_000, 0.10, ""), expected)
    assert harmful.factor("a", "late/rested") < 0.0
    (one,) = choose(
        [_proposal("a", 1, 10)], Choosing(0.0, learning=expected, learned=harmful), now_us=_NOW,
        context_of=lambda _: "late/rested",
    )  # fmt: skip
    assert one.action == ""


def test_what_is_known_of_one_play_says_something_of_the_others_and_nothing_known_changes_nothing() -> None:
    learned = learn(_seen(20_000, 0.20, "a") + _seen(20_000, 0.10, ""), {"a": 0.05, "b": 0.02})
    assert 1.0 < learned.factor("b", "due/rested") < learned.factor("a", "late/rested")
    nothing = learn([], {"a": 0.05})
    assert [nothing.factor("a", f"due/{rest}") for rest in RESTS] == [0.5, 0.75, 0.9, 1.0]


def test_silence_counts_only_where_the_play_could_have_spoken() -> None:
    """Those for whom only another play had a reason buy less by themselves; that is not what ours brought."""
    ours = _seen(5_000, 0.2, "a") + _seen(5_000, 0.2, "")
    others = _seen(5_000, 0.0, "", actions=("", "b"))
    assert learn(ours + others, {"a": 0.05}).factor("a", "late/rested") == pytest.approx(0.0, abs=0.15)


def test_people_whom_messages_drive_away_make_messages_dearer() -> None:
    week = {"context": "late/week"}
    calm = learn(_seen(50_000, 0.1, "a", **week) + _seen(1_000, 0.1, "", **week), {"a": 0.05})
    angry = learn(_seen(50_000, 0.1, "a", harmed=True, **week) + _seen(1_000, 0.1, "", **week), {"a": 0.05})
    assert calm.harm_of("late/week") < 0.0002 < Learned().harm_of("late/week") < 0.5 < angry.harm_of("late/week")
    assert Learned().harm_of("late/days") == angry.harm_of("late/days")  # nothing was seen there


def test_an_estimate_repeated_over_worlds_is_right_on_average_where_choices_had_different_chances() -> None:
    """Where a play seems best it is said nearly always: weights undo that."""
    found = []
    for salt in range(40):
        wanted = [_proposal("a", person, 1.0) for person in range(3_000)]
        made = choose(wanted, Choosing(0.4, str(salt), learning={"a"}), now_us=_NOW)
        noise = random.Random(salt)
        rows = [
            _Row(
                one.action, "late/rested", int(noise.random() < (0.2 if one.action else 0.1)), propensity=one.propensity
            )
            for one in made
        ]
        found.append(learn(rows, {"a": 0.1}).whole)
    assert sum(found) / len(found) == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize(
    ("kind", "gaps"), [("early", 0.5), ("due", 1.0), ("late", 2.5), ("gone", 5.0)]
)  # fmt: skip
def test_a_context_goes_by_the_persons_own_rhythm_and_by_when_they_last_heard_from_us(kind: str, gaps: float) -> None:
    facts = replace(_facts_of(4), last_at_us=np.full(4, _NOW - int(gaps * 20 * DAY)))
    heard = {0: _NOW - 2 * DAY, 1: _NOW - 7 * DAY, 2: _NOW - 14 * DAY}
    found = contexts_of(facts, _NOW, heard_at_us=heard)
    assert found == {person: f"{kind}/{rest}" for person, rest in enumerate(RESTS)}
    weekly = replace(facts, median_gap_days=np.full(4, 7.0))
    assert contexts_of(weekly, _NOW, heard_at_us=heard)[1].endswith("/weeks")  # who buys every week hears more often
    nobody = replace(facts, purchase_days=np.zeros(4, np.int64))
    assert contexts_of(nobody, _NOW, heard_at_us={})[0] == "new/rested"


def _facts_of(people: int) -> Facts:
    zero = np.zeros(people, np.int64)
    return Facts(np.arange(people), zero + 50, zero, zero + 20.0, zero + 1.0, zero, zero, zero, zero, zero, zero, zero)
