"""A running campaign asks by itself: at its moments, once in a while, never for a link that is switched off."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.fission.shop import START, shop
from siyu.app.campaigns.facts import facts_for
from siyu.app.campaigns.propose import propose
from siyu.app.clock import VirtualClock
from siyu.app.fission.asking import asks
from siyu.app.fission.campaign import keep_plan, stop
from siyu.app.fission.domains import domain_of, mark, switch
from siyu.app.fission.settling import settle
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.facts import EVENTS, TIERS, Facts
from siyu.campaigns.fission.ask import Ask, Asked
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.loyalty.ledger import Account
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.schema.portraits import segment_member
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY
PLAN: dict[str, Any] = {
    "name": "spring",
    "communication": {
        "variants": ["a", "b"],
        "thanks": "Thank you.",
        "need": "asked",
        "link": "https://go.example.org/c/spring",
    },
    "mechanism": {
        "for_invitee": "a sample",
        "invitee_points": 50,
        "stages": [
            {"retained": 1, "gives": "cash", "amount_minor": 500, "each": True},
            {"retained": 2, "gives": "unlock", "what": "the recipe book"},
        ],
    },
    "control": {
        "budget_minor": 5_000,
        "cap_per_person_minor": 5_000,
        "invitee_value_minor": 2_000,
        "invites_per_person_day": 2,
    },
}


def _facts(**columns: list[int]) -> Facts:
    usual = {
        "person": [1, 2, 3, 4], "last_at_us": [NOW - 5 * DAY] * 4, "orders": [1, 1, 1, 0],
        "contact_since_us": [1, 1, 1, 1], "complaints_open": [0, 1, 0, 0], "refunded_at_us": [0, 0, NOW - DAY, 0],
    }  # fmt: skip
    found = {name: np.array(values, np.int64) for name, values in (usual | columns).items()}
    for name in Facts.__dataclass_fields__:
        if name not in found and Facts.__dataclass_fields__[name].default_factory.__class__.__name__ == "_MISSING_TYPE":
            kind = np.float64 if name in {"average_order_minor", "usual_gap_days"} else np.int64
            found[name] = np.zeros(4, kind)
    return Facts(**found)


def test_only_a_good_order_or_a_kept_promise_is_a_moment_and_nobody_who_complains_is_asked() -> None:
    facts = _facts()
    ask = Ask(plan_of(PLAN), {"promise_kept": {4: NOW - DAY, 2: NOW - DAY}})
    proposals = ask.propose(facts, now_us=NOW, channel="wecom")
    assert [one.person_id for one in proposals] == [1, 4]
    assert proposals[0].piece.attachments[0].url == "https://go.example.org/c/spring"
    assert [one.piece for one in ask.propose(facts, now_us=NOW, channel="wecom")] == [one.piece for one in proposals]
    chosen = Ask(plan_of(PLAN), {"promise_kept": {4: NOW - DAY}}, audience=np.array([3, 4]))
    assert [one.person_id for one in chosen.propose(facts, now_us=NOW, channel="wecom")] == [4]
    only = Ask(plan_of(PLAN | {"referral": {"after": ["promise_kept"]}}), {"promise_kept": {4: NOW - 30 * DAY}})
    assert not only.propose(facts, now_us=NOW, channel="wecom")


def test_who_was_asked_lately_by_any_campaign_rests() -> None:
    facts = _facts()
    assert not Ask(plan_of(PLAN), asked={1: Asked(NOW - 20 * DAY)}).propose(facts, now_us=NOW, channel="wecom")
    assert Ask(plan_of(PLAN), asked={1: Asked(NOW - 21 * DAY)}).propose(facts, now_us=NOW, channel="wecom")
    hasty = plan_of(PLAN | {"control": PLAN["control"] | {"ask_again_days": 2}})
    assert any(one.where == "control.ask_again_days" and one.refused for one in lint_plan(hasty))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)


def test_a_campaign_asks_until_it_is_stopped_or_its_links_domain_is_switched_off(workspace: Workspace) -> None:
    keep_plan(workspace, plan_of(PLAN))
    assert [one.name for one in asks(workspace)] == ["fission spring"]
    for _time in range(2):
        assert not mark(workspace, "GO.example.org", because="complained about").off_because
    assert len(asks(workspace)) == 1
    assert mark(workspace, "https://go.example.org/x", because="blocked in the app").off_because
    assert asks(workspace) == []
    switch(workspace, "go.example.org", on=True, because="appeal won")
    assert len(asks(workspace)) == 1
    switch(workspace, "go.example.org", on=False, because="by hand")
    assert asks(workspace) == []
    switch(workspace, "go.example.org", on=True, because="again")
    with pytest.raises(BadInputError, match="no domain"):
        mark(workspace, "not a domain", because="x")
    stop(workspace, "spring", because="enough")
    assert asks(workspace) == []
    assert domain_of("weixin.qq.com/r/1") == "weixin.qq.com"


def _said(kind: TouchKind, who: str, at: int, about: str = "", **more: str) -> Touch:
    return touch(
        "wecom", kind, happened_at_us=at, received_at_us=at, about=about, properties=more,
        actors=(Identifier("external_userid@c", f"wmAAAAAA{who}"),), staff="s",
    )  # fmt: skip


def test_both_are_given_something_things_become_promises_and_a_day_has_its_limit(workspace: Workspace) -> None:
    clock = workspace.clock
    assert isinstance(clock, VirtualClock)
    keep_plan(workspace, plan_of(PLAN))
    door = TakeIn(workspace)
    door.take(
        [_said(TouchKind.CONTACT_ADDED, "anna", NOW), _said(TouchKind.INVITE, "anna", NOW, "k", campaign="spring")]
    )
    for number in range(3):
        at = NOW + HOUR + number * 40 * MINUTE
        door.take(
            [_said(TouchKind.CONTACT_ADDED, f"f{number}", at), _said(TouchKind.INVITE_ACCEPTED, f"f{number}", at, "k")]
        )
    clock.advance_to(NOW + 6 * HOUR)
    first = settle(workspace, "spring")
    assert (first["steps"]["promise"], first["steps"]["over_day"]) == (2, 1)
    clock.advance_to(NOW + 9 * DAY)
    settle(workspace, "spring")
    settle(workspace, "spring")
    with workspace.database.read() as connection:
        owed = SqlPromises(connection).open()
        ledger = SqlLedger(connection)
        points = [place for place in ledger.kept_balances() if place.account is Account.POINTS]
        assert ledger.totals() == ledger.kept_balances()
    assert sorted(one.what for one in owed) == ["a sample", "a sample", "a sample", "the recipe book"]
    assert len(points) == 3


def test_who_came_before_the_day_that_the_plan_names_is_not_paid_for(workspace: Workspace) -> None:
    clock = workspace.clock
    assert isinstance(clock, VirtualClock)
    keep_plan(workspace, plan_of(PLAN | {"referral": {"since": "2024-10-05"}}))  # NOW is 2024-10-04
    door = TakeIn(workspace)
    door.take(
        [_said(TouchKind.CONTACT_ADDED, "anna", NOW), _said(TouchKind.INVITE, "anna", NOW, "k", campaign="spring")]
    )
    for number in range(2):
        at = NOW + HOUR + number * DAY
        door.take(
            [_said(TouchKind.CONTACT_ADDED, f"f{number}", at), _said(TouchKind.INVITE_ACCEPTED, f"f{number}", at, "k")]
        )
    clock.advance_to(NOW + 2 * DAY)
    assert settle(workspace, "spring")["steps"]["promise"] == 1
    wrong = plan_of(PLAN | {"referral": {"since": "yesterday"}})
    assert any(one.where == "referral.since" and one.refused for one in lint_plan(wrong))


def test_every_moment_of_a_plan_is_filled_by_what_really_happened(tmp_path: Path) -> None:
    (tmp_path / "siyu.toml").write_text(
        '[brand]\nname = "b"\n\n[[membership.tiers]]\nname = "silver"\nspent_minor = 10000\n', "utf-8"
    )
    plan = PLAN | {"mechanism": {"stages": PLAN["mechanism"]["stages"][:1]}}
    with shop(tmp_path, plan) as one:
        one.happens(TouchKind.CONTACT_ADDED, "tier", START)
        one.happens(TouchKind.ORDER_PAID, "tier", START + 18 * DAY, value_minor=20_000)
        one.happens(TouchKind.CONTACT_ADDED, "group", START)
        one.happens(TouchKind.GROUP_SPOKE, "group", START + 19 * DAY, about="chat")
        one.happens(TouchKind.CONTACT_ADDED, "talk", START)
        one.happens(TouchKind.MESSAGE_IN, "talk", START + 19 * DAY)
        one.happens(TouchKind.CONTACT_ADDED, "asker", START)
        one.shows("asker", "K9", START + 18 * DAY)
        one.happens(TouchKind.CONTACT_ADDED, "host", START)
        one.shows("host", "K1", START + DAY)
        one.comes("friend", "K1", START + 2 * DAY, answers=False)
        one.clock.advance_to(START + 20 * DAY)
        settle(one.workspace, "spring")
        publish_rhythms(one.workspace)
        facts = facts_for(one.workspace, {EVENTS, TIERS})
        named = one.people("tier", "group", "talk", "asker", "host")
        for moment, who in (
            ("tier_change", "tier"), ("group_answer", "group"), ("talk", "talk"), ("asked_for", "asker"),
            ("friend_stayed", "host"),
        ):  # fmt: skip
            keep_plan(one.workspace, plan_of(plan | {"referral": {"after": [moment]}}))
            (ask,) = asks(one.workspace)
            asked = ask.propose(facts, now_us=START + 20 * DAY, channel="wecom")
            assert [row.person_id for row in asked] == [named[who]], moment
            assert asked[0].piece.text.startswith("Thank you.\n") == (moment == "friend_stayed")


def test_whom_was_asked_in_vain_rests_longer_and_who_brought_somebody_does_not(tmp_path: Path) -> None:
    plan = plan_of(PLAN)
    for in_vain, days in ((1, 21), (2, 26.25), (3, 31.5), (99, 42)):
        asked = {1: Asked(NOW - int(days * DAY) + HOUR, in_vain)}
        assert not Ask(plan, asked=asked).propose(_facts(), now_us=NOW, channel="wecom")
        asked = {1: Asked(NOW - int(days * DAY), in_vain)}
        assert len(Ask(plan, asked=asked).propose(_facts(), now_us=NOW, channel="wecom")) == 1
    with shop(tmp_path, PLAN | {"referral": {"after": ["talk"]}}) as one:
        for who in ("ann", "bea"):
            one.happens(TouchKind.CONTACT_ADDED, who, START - 90 * DAY)
        for day in (0, 60, 120):
            one.clock.advance_to(START + day * DAY)
            for who in ("ann", "bea"):
                one.happens(TouchKind.MESSAGE_IN, who, START + (day - 1) * DAY)
            if day == 120:
                one.shows("bea", "K2", START + 60 * DAY)
                one.comes("friend", "K2", START + 101 * DAY)
            propose(one.workspace, asks(one.workspace), channel="wecom")
        named = one.people("ann", "bea")
        (ask,) = asks(one.workspace)
        assert (ask.asked[named["ann"]].in_vain, ask.asked[named["bea"]].in_vain) == (3, 1)
        assert ask.asked[named["ann"]].at_us == START + 120 * DAY


def test_a_plan_asks_its_audience_alone_and_its_domain_bears_as_many_marks_as_it_says(tmp_path: Path) -> None:
    plan = PLAN | {
        "communication": PLAN["communication"] | {"audience": "fans"}, "referral": {"after": ["talk"]},
        "control": PLAN["control"] | {"unpaid_in_row": 2},
    }  # fmt: skip
    with shop(tmp_path, plan) as one:
        for who in ("ann", "bea"):
            one.happens(TouchKind.CONTACT_ADDED, who, START - DAY)
            one.happens(TouchKind.MESSAGE_IN, who, START - HOUR)
        bea = one.people("bea")["bea"]
        with one.workspace.database.write() as connection:
            connection.execute(segment_member.insert().values(name="fans", person_id=bea, since_us=START))
        (ask,) = asks(one.workspace)
        facts = facts_for(one.workspace, ())
        assert [row.person_id for row in ask.propose(facts, now_us=START, channel="wecom")] == [bea]
        mark(one.workspace, "go.example.org", because="slow")
        assert mark(one.workspace, "go.example.org", because="blocked").off_because
        assert not asks(one.workspace)
