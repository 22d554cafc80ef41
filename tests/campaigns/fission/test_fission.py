"""Plans, their lint, fraud on the invitation graph and settling, on made-up campaigns with known rings."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.campaigns.fission.fraud import flagged_pairs, suspect
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import kept_plan_of, plan_of, written_plan
from siyu.campaigns.fission.settle import OUTCOMES, next_invitee_pays, settle
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, MINUTE

GOOD: dict[str, Any] = {
    "name": "spring",
    "referral": {"means": ["poster", "link"], "after": ["promise_kept"]},
    "communication": {"variants": ["Bring a friend who needs it", "Know somebody?"], "need": "41 of 300 asked for it"},
    "mechanism": {
        "task": "bring_members",
        "must_answer": True,
        "stages": [{"retained": 1, "gives": "cash", "amount_minor": 500, "each": True}],
    },
    "control": {"budget_minor": 100_000, "cap_per_person_minor": 5_000, "invitee_value_minor": 2_000},
}


DRAW: dict[str, Any] = {
    "prizes": [{"name": "a year of care", "worth_minor": 200_000, "count": 2}], "closes_at": "2026-06-01",
    "host": "Brand, service@example.org", "public_number": "the index",
}  # fmt: skip
TEAM: dict[str, Any] = {"people": 3, "hours": 24, "price_minor": 3_900, "new_people": 1}


def _with(**parts: dict[str, Any]) -> dict[str, Any]:
    return {key: {**value, **parts.get(key, {})} if isinstance(value, dict) else value for key, value in GOOD.items()}


def test_a_good_plan_is_accepted_and_written_back_the_same() -> None:
    plan = plan_of(GOOD)
    assert [one for one in lint_plan(plan) if one.refused] == []
    assert plan_of(written_plan(plan)) == plan
    assert plan.cash_per_invitee_minor == 500
    older = written_plan(plan) | {"mechanism": written_plan(plan)["mechanism"] | {"draw_largest_minor": 0}}
    assert kept_plan_of(older) == plan


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"mechanism": {"task": "share"}}, "mechanism.task"),
        ({"mechanism": {"cash_levels": 2}}, "mechanism.cash_levels"),
        ({"mechanism": {"mature_days": 0}}, "mechanism.mature_days"),
        (
            {"mechanism": {"draw": DRAW | {"prizes": [{"name": "a", "worth_minor": 5_000_001}]}}},
            "mechanism.draw.prizes[0].worth_minor",
        ),
        ({"mechanism": {"draw": DRAW | {"host": ""}}}, "mechanism.draw.host"),
        ({"mechanism": {"draw": DRAW}}, "mechanism.stages"),
        ({"mechanism": {"draw": DRAW}}, "control.budget_minor"),
        ({"mechanism": {"stages": [{"retained": 1, "gives": "draw"}]}}, "mechanism.stages[0].gives"),
        ({"mechanism": {"task": "group_buy"}}, "mechanism.group_buy"),
        ({"mechanism": {"task": "group_buy", "group_buy": TEAM | {"people": 1}}}, "mechanism.group_buy.people"),
        ({"mechanism": {"task": "group_buy", "group_buy": TEAM | {"new_people": 3}}}, "mechanism.group_buy.new_people"),
        ({"control": {"budget_minor": 0}}, "control.budget_minor"),
        ({"control": {"cap_per_person_minor": 0}}, "control.cap_per_person_minor"),
        ({"control": {"invitee_value_minor": 400}}, "control.invitee_value_minor"),
        ({"referral": {"after": []}}, "referral.after"),
        ({"referral": {"new_people_only": False}}, "referral.new_people_only"),
        ({"communication": {"variants": []}}, "communication.variants"),
        ({"referral": {"means": ["spam"]}}, "referral.means"),
    ],
)
def test_what_would_be_dishonest_unlawful_or_blind_is_refused(change: dict[str, dict[str, Any]], where: str) -> None:
    assert where in [one.where for one in lint_plan(plan_of(_with(**change))) if one.refused]


def test_the_policy_rooms_check_of_words_is_asked_for_every_variant() -> None:
    found = lint_plan(plan_of(GOOD), lambda text: ["induces shares"] if "friend" in text else [])
    assert [one.where for one in found if one.refused] == ["communication.variants[0]"]


@pytest.mark.parametrize(
    "written",
    [{}, {"name": "a", "nothing": 1}, {"name": "a", "control": {"budget_minor": -1}}, {"name": "a", "mechanism": []},
     {"name": "a", "mechanism": {"stages": [{"gives": "cash"}]}}, {"name": "a", "referral": {"means": "link"}}],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_says_where(written: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        plan_of(written)


def _campaign(seed: int) -> tuple[dict[str, Any], set[int]]:
    """8,000 honest people and 40 cheats of four sorts; cheats have the highest numbers."""
    rng = np.random.default_rng(seed)
    honest, rows, cheats = 8_000, [], set()
    for inviter in rng.choice(honest, 1_500, replace=False):
        rows += [(inviter, rng.integers(honest), rng.integers(60 * DAY)) for _ in range(int(rng.geometric(0.35)))]
    family = rng.integers(0, honest // 3, honest)  # people share an address at home
    device = np.where(rng.random(honest) < 0.7, np.arange(honest), -1)
    silent = rng.random(honest) < 0.45
    extra_device: list[int] = []
    extra_silent: list[bool] = []

    def somebody(on: int, quiet: bool) -> int:
        extra_device.append(on)
        extra_silent.append(quiet)
        return honest + len(extra_device) - 1

    for number in range(40):
        mine = honest + 1_000 + number
        cheat = somebody(mine, quiet=False)
        cheats.add(cheat)
        start = int(rng.integers(50 * DAY))
        friends = [
            somebody({0: mine, 1: mine + 500}.get(number % 4, -1), quiet=number % 4 == 2 or rng.random() < 0.5)
            for _ in range(int(rng.integers(8, 15)))
        ]
        for place, friend in enumerate(friends):
            gap = MINUTE // 4 if number % 4 == 1 else int(rng.integers(DAY))
            rows.append((cheat, friend, start + place * gap))
        if number % 4 == 3:  # a closed circle
            circle = [cheat, *friends[:4]]
            rows += [(a, b, start + DAY) for a in circle for b in circle if a != b]
            cheats.update(circle)
    inviter, invitee, at = (np.array(column) for column in zip(*rows, strict=True))
    people = honest + len(extra_device)
    device = np.concatenate([device, extra_device]).astype(np.int32)
    device = np.where(device >= 0, device % 100_000, -1).astype(np.int32)
    return {
        "inviter": inviter.astype(np.int32), "invitee": invitee.astype(np.int32), "at": at.astype(np.int64),
        "people": people, "device": device,
        "address": np.concatenate([family, np.full(len(extra_device), -1)]).astype(np.int32),
        "silent": np.concatenate([silent, extra_silent]).astype(np.bool_),
    }, cheats  # fmt: skip


def test_planted_rings_and_farms_are_found_and_honest_people_are_left_alone() -> None:
    precisions, recalls = [], []
    for seed in range(3):
        columns, cheats = _campaign(seed)
        suspicion = suspect(**columns)
        flagged = set(flagged_pairs(suspicion, above=0.8).tolist())
        precisions.append(len(flagged & cheats) / len(flagged))
        recalls.append(len(flagged & cheats) / len(cheats))
        assert all(suspicion.reasons(person) for person in flagged)
    assert min(precisions) >= 0.9
    assert min(recalls) >= 0.8


def test_nobody_is_suspected_where_there_is_nothing() -> None:
    none = np.zeros(0, np.int32)
    found = suspect(
        none, none, np.zeros(0, np.int64), people=3, device=np.full(3, -1, np.int32), address=np.full(3, -1, np.int32),
        silent=np.ones(3, np.bool_),
    )  # fmt: skip
    assert found.score.tolist() == [0, 0, 0]


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 60), st.integers(0, 3_000), st.integers(1, 200), st.integers(0, 500), st.integers(0, 2**31))
def test_no_settlement_breaks_its_budget_or_a_cap(people: int, budget: int, amount: int, cap: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    parent = np.where(rng.random(people) < 0.7, rng.integers(0, people, people), -1).astype(np.int64)
    found = settle(
        parent, rng.integers(0, 30 * DAY, people), stayed=rng.random(people) < 0.5, suspected=rng.random(people) < 0.2,
        now_us=20 * DAY, mature_us=7 * DAY, amount_minor=amount, cap_minor=cap, budget_minor=budget,
    )  # fmt: skip
    assert found.left_minor + found.promised_minor + found.earned_minor == budget
    assert found.left_minor >= 0
    assert (found.earned <= cap).all()
    assert int(found.earned.sum()) == found.earned_minor
    matured = np.flatnonzero(found.outcome == OUTCOMES.index("matured"))
    assert found.earned_minor == amount * matured.size
    assert set(np.flatnonzero(found.outcome == 0)) == set(np.flatnonzero(parent < 0))


def test_it_stops_when_the_next_invitee_costs_more_than_it_brings() -> None:
    assert next_invitee_pays(value_minor=1_000, retained_share=0.4, reward_minor=500)
    assert not next_invitee_pays(value_minor=1_000, retained_share=0.4, reward_minor=500, spoiled_share=0.6)
