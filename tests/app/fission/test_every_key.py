"""Every key of a plan means something: what is checked, asked, given or stopped is different without it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.fission.shop import START, shop
from siyu.app.campaigns.facts import facts_for
from siyu.app.fission import domains
from siyu.app.fission.asking import asks, why_not
from siyu.app.fission.explain import explain
from siyu.app.fission.groups import ask_group
from siyu.app.fission.kept import plan_kept
from siyu.app.fission.settling import settle
from siyu.campaigns.fission.ask import Asked
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import Communication, Control, Mechanism, Referral, plan_of
from siyu.kernel.errors import RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.acquire import promise
from siyu.stores.sql.schema.loyalty import ledger_entry
from siyu.touchpoints.kind import TouchKind

PLAN: dict[str, Any] = {
    "name": "spring",
    "referral": {"means": ["link", "poster", "group"], "after": ["asked_for"]},
    "communication": {
        "variants": ["a", "b"], "need": "asked", "proof": "orders", "link": "https://go.example.org/x",
    },
    "mechanism": {
        "must_answer": True,
        "stages": [
            {"retained": 1, "gives": "cash", "amount_minor": 500, "each": True},
            {"retained": 1, "gives": "points", "amount_minor": 10},
        ],
    },
    "control": {"budget_minor": 100_000, "cap_per_person_minor": 10_000, "invitee_value_minor": 2_000},
}  # fmt: skip
#: Another value of each key, and where the difference shows: when the plan is checked, or when it is lived.
KEYS: dict[str, tuple[Any, str]] = {
    "referral.means": (["link", "group"], "lived"),
    "referral.after": (["talk"], "lived"),
    "referral.new_people_only": (False, "checked"),
    "referral.since": ("2024-10-05", "lived"),
    "communication.variants": (["c"], "lived"),
    "communication.audience": ("nobody", "lived"),
    "communication.need": ("", "checked"),
    "communication.proof": ("", "checked"),
    "communication.thanks": ("thank you", "thanked"),
    "communication.poster": ("spring", "drawn"),
    "communication.link": ("", "lived"),
    "mechanism.task": ("bring_buyers", "lived"),
    "mechanism.stages": ([{"retained": 2, "gives": "cash", "amount_minor": 700}], "lived"),
    "mechanism.for_invitee": ("a sample", "lived"),
    "mechanism.invitee_points": (5, "lived"),
    "mechanism.points_days": (30, "lived"),
    "mechanism.mature_days": (25, "lived"),
    "mechanism.must_answer": (False, "lived"),
    "mechanism.must_buy": (True, "lived"),
    "mechanism.claw_back_days": (5, "lived"),
    "mechanism.cash_levels": (2, "checked"),
    "mechanism.group_buy": ({"people": 3, "hours": 24, "price_minor": 100}, "checked"),
    "mechanism.draw": (
        {"prizes": [{"name": "x", "worth_minor": 1}], "closes_at": "2024-12-01", "host": "b"},
        "checked",
    ),
    "control.budget_minor": (600, "lived"),
    "control.cap_per_person_minor": (600, "lived"),
    "control.invites_per_person_day": (1, "lived"),
    "control.ask_again_days": (14, "lived"),
    "control.asks_per_group_month": (2, "lived"),
    "control.holdout_share": (0.5, "lived"),
    "control.least_retained_share": (0.9, "stopped"),
    "control.most_overdue_share": (1.0, "overdue"),
    "control.invitee_value_minor": (400, "checked"),
    "control.unpaid_in_row": (1, "lived"),
    "control.ends_at": ("2024-10-05", "lived"),
}
#: What is shown elsewhere, and where.
ELSEWHERE = {
    "thanked": "test_asking.py", "drawn": "test_posters.py", "stopped": "test_campaign.py",
    "overdue": "test_mechanisms.py",
}  # fmt: skip


def _changed(key: str) -> dict[str, Any]:
    part, name = key.split(".")
    plan = deepcopy(PLAN)
    plan[part][name] = KEYS[key][0]
    return plan


def _checked(plan: dict[str, Any], _folder: Path) -> Any:
    return lint_plan(plan_of(plan))


def _lived(plan: dict[str, Any], folder: Path) -> Any:
    """Live a month with a campaign; return everything that anybody would notice of it."""
    with shop(folder, plan) as one:
        workspace = one.workspace
        one.happens(TouchKind.CONTACT_ADDED, "anna", START - DAY)
        one.happens(TouchKind.MESSAGE_IN, "anna", START - 20 * DAY)
        one.shows("anna", "A", START)
        for who, means, answers in (("ben", "link", True), ("cy", "poster", True), ("dora", "", False)):
            one.comes(who, "A", START + HOUR, answers=answers, means=means)
        one.happens(TouchKind.ORDER_PAID, "ben", START + 2 * HOUR, value_minor=900)
        one.clock.advance_to(START + 4 * HOUR)
        domains.mark(workspace, "go.example.org", because="a complaint")
        groups: list[Any] = []
        for _ in range(2):
            try:
                groups.append(ask_group(workspace, "spring", "chat", owner="anna")["text"])
            except RefusedError as error:
                groups.append(str(error))
            one.clock.advance_to(one.clock.now_us() + DAY)
        now_us = START + 10 * DAY
        one.clock.advance_to(now_us)
        domains.switch(workspace, "go.example.org", on=True, because="mended")
        first = settle(workspace, "spring", pay_out=True)
        facts = facts_for(workspace, ())
        with workspace.database.read() as connection:
            silent = why_not(connection, plan_kept(connection, "spring"), now_us=now_us, currency="CNY")
        before = dict.fromkeys(one.people("anna", "ben").values(), Asked(now_us - 15 * DAY))
        asked = [
            (asking.holdout_share, proposal.person_id, proposal.piece)
            for ask in asks(workspace)
            for asking in (ask, replace(ask, asked=before))
            for proposal in asking.propose(facts, now_us=now_us, channel="wecom")
        ]
        one.happens(TouchKind.CONTACT_REMOVED, "ben", START + 20 * DAY)
        one.clock.advance_to(START + 26 * DAY)
        second = settle(workspace, "spring", pay_out=True)
        anna = explain(workspace, "spring", one.people("anna")["anna"])
        assert one.books() == []
        with workspace.database.read() as connection:
            said = sorted(connection.execute(select(promise.c.what)).scalars())
            ends = sorted(connection.execute(select(ledger_entry.c.expires_at_us)).scalars())
        return groups, first, silent, asked, second, anna, said, ends


_WAYS: dict[str, Callable[[dict[str, Any], Path], Any]] = {"checked": _checked, "lived": _lived}


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {name: way(PLAN, tmp_path_factory.mktemp(name)) for name, way in _WAYS.items()}


@pytest.mark.parametrize("key", [key for key, (_, where) in KEYS.items() if where in _WAYS])
def test_a_plan_with_another_value_is_checked_or_lived_otherwise(
    key: str, as_it_is: dict[str, Any], tmp_path: Path
) -> None:
    where = KEYS[key][1]
    assert _WAYS[where](_changed(key), tmp_path) != as_it_is[where]


def test_no_key_is_left_out_and_what_is_shown_elsewhere_is_shown_there() -> None:
    parts = {"referral": Referral, "communication": Communication, "mechanism": Mechanism, "control": Control}
    assert set(KEYS) == {f"{part}.{field.name}" for part, kind in parts.items() for field in fields(kind)}
    here = Path(__file__).parent
    for key, (_, where) in KEYS.items():
        assert where in _WAYS or key.split(".")[1] in (here / ELSEWHERE[where]).read_text("utf-8")


def test_a_friend_who_brings_nothing_is_told_of_with_the_reason_in_both_languages(tmp_path: Path) -> None:
    plan = deepcopy(PLAN)
    plan["referral"] |= {"means": ["link"], "since": "2024-10-05"}
    plan["control"] |= {"invites_per_person_day": 2, "cap_per_person_minor": 1_400}
    with shop(tmp_path, plan) as one:
        one.happens(TouchKind.CONTACT_ADDED, "old", START - 90 * DAY)
        one.shows("anna", "A", START)
        for days, who, means in (
            (0, "early", "link"), (1, "old", "link"), (2, "by_poster", "poster"), (3, "first", "link"),
            (3, "second", "link"), (3, "third", "link"), (4, "over", "link"),
        ):  # fmt: skip
            one.comes(who, "A", START + days * DAY, means=means)
        one.comes("anna", "A", START + 5 * DAY)
        one.comes("first", "A", START + 6 * DAY)
        one.clock.advance_to(START + 7 * DAY)
        assert settle(one.workspace, "spring")["steps"] == {
            "not_counted": 2, "over_cap": 1, "over_day": 1, "promise": 2, "wait": 2,
        }  # fmt: skip
        said = explain(one.workspace, "spring", one.people("anna")["anna"])
    assert [row["says"] for row in said["friends_who_bring_nothing"]] == [
        "your friend came before 2024-10-05, when this began",
        "your friend was known here before",
        "this does not count invitations by poster",
        "more friends came that day than one person is rewarded for",
        "with this friend you would earn more than one person can",
        "nobody is their own friend",
        "your friend had come by an invitation already",
    ]
    assert all(row["says_zh"] != row["says"] for row in said["friends_who_bring_nothing"])
    assert len(said["friends"]) == 2


def test_cash_grows_with_the_stages_and_what_is_below_them_still_counts(tmp_path: Path) -> None:
    plan = deepcopy(PLAN)
    plan["mechanism"]["stages"] = [
        {"retained": 2, "gives": "cash", "amount_minor": 300, "each": True},
        {"retained": 3, "gives": "cash", "amount_minor": 1_000},
    ]
    with shop(tmp_path, plan) as one:
        one.shows("anna", "A", START)
        for days, who in enumerate(("ben", "cy", "dora", "eve")):
            one.comes(who, "A", START + days * DAY)
        one.clock.advance_to(START + 20 * DAY)
        paid = settle(one.workspace, "spring", pay_out=True)
        assert paid["paid_minor"] == 300 + 1_300 + 300
        anna = explain(one.workspace, "spring", paid["paid"][0]["person"])
        assert [row["amount_minor"] for row in anna["friends"]] == [0, 300, 1_300, 300]
        one.happens(TouchKind.CONTACT_REMOVED, "ben", START + 21 * DAY)  # brought none: there is none to take back
        one.clock.advance_to(START + 22 * DAY)
        assert settle(one.workspace, "spring", pay_out=True)["paid_minor"] == 0
        assert one.books() == []
