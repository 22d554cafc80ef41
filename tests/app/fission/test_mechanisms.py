"""Group buys and draws through the whole loop: teams, tickets, prizes, refunds, decisions, and the books."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.command_line import Siyu
from app.fission.shop import START, shop
from siyu.app.fission.campaign import keep_plan, status
from siyu.app.fission.drawing import draw
from siyu.app.fission.explain import explain
from siyu.app.fission.settling import settle
from siyu.app.fission.tree import tree_of
from siyu.app.fission.verdicts import decide_about
from siyu.app.people.rights import erase
from siyu.campaigns.fission.draw import replayed
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, moment_of
from siyu.loyalty.ledger import Account
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.kind import TouchKind

SAID: dict[str, Any] = {"variants": ["a", "b"], "need": "asked"}
TEAMS: dict[str, Any] = {
    "name": "spring",
    "communication": SAID,
    "mechanism": {"task": "group_buy", "group_buy": {"people": 3, "hours": 24, "price_minor": 3_900, "new_people": 1}},
}
DRAWN: dict[str, Any] = {
    "name": "spring",
    "communication": SAID,
    "mechanism": {
        "must_answer": True,
        "stages": [{"retained": 1, "gives": "draw", "each": True}],
        "draw": {
            "prizes": [{"name": "a year of care", "worth_minor": 20_000}, {"name": "a sample", "worth_minor": 500}],
            "closes_at": f"{moment_of(START + 20 * DAY):%Y-%m-%d}", "host": "Brand, service@example.org",
            "public_number": "the index",
        },
    },
    "control": {"budget_minor": 30_000},
}  # fmt: skip


def test_a_full_team_buys_a_team_that_is_late_gets_everything_back_and_the_books_are_right(tmp_path: Path) -> None:
    with shop(tmp_path, TEAMS) as one:
        for who in ("anna", "ben"):
            one.happens(TouchKind.CONTACT_ADDED, who, START - DAY)
        one.shows("anna", "T1", START)
        one.comes("ben", "T1", START + HOUR)  # known before: takes the one seat that is left for such
        one.happens(TouchKind.CONTACT_ADDED, "old", START - DAY)
        one.comes("old", "T1", START + 2 * HOUR)
        one.shows("dora", "T2", START)
        one.comes("eve", "T2", START + HOUR)
        one.clock.advance_to(START + 3 * HOUR)
        found = settle(one.workspace, "spring")["teams"]
        assert (found["open"], found["complete"], found["turned_away"]) == (2, 0, 1)
        assert [row["because"] for row in found["refunds_due"]] == ["the seats left are for people who are new here"]
        one.comes("cy", "T1", START + 4 * HOUR)
        one.clock.advance_to(START + 2 * DAY)
        found = settle(one.workspace, "spring", pay_out=True)["teams"]
        assert (found["complete"], found["void"], found["new_people_who_bought"]) == (1, 1, 1)
        assert [row["amount_minor"] for row in found["refunded"]] == [3_900] * 3
        assert settle(one.workspace, "spring", pay_out=True)["teams"]["refunded"] == []
        assert status(one.workspace, "spring")["teams"]["people_who_bought"] == 3
        with one.workspace.database.read() as connection:
            sums = _sums(SqlLedger(connection))
        assert sums == {Account.PAID_IN: -6 * 3_900, Account.SOLD: 3 * 3_900, Account.REFUNDED: 3 * 3_900}
        assert one.books() == []


def test_who_is_erased_while_a_team_is_open_leaves_no_money_that_nobody_can_find(tmp_path: Path) -> None:
    with shop(tmp_path, TEAMS) as one:
        one.shows("anna", "T1", START)
        one.comes("ben", "T1", START + HOUR)
        one.clock.advance_to(START + 3 * HOUR)
        settle(one.workspace, "spring")
        erase(one.workspace, "external_userid@c:wmAAAAAAben")
        one.clock.advance_to(START + 2 * DAY)
        found = settle(one.workspace, "spring", pay_out=True)["teams"]
        assert [row["amount_minor"] for row in found["refunded"]] == [3_900]
        with one.workspace.database.read() as connection:
            assert _sums(SqlLedger(connection))[Account.UNCLAIMED] == 3_900
        assert one.books() == []


def test_a_draw_is_closed_before_it_is_drawn_drawn_once_and_can_be_drawn_again_by_anybody(tmp_path: Path) -> None:
    with shop(tmp_path, DRAWN) as one:
        for inviter, friends in (("anna", 3), ("ben", 1), ("cy", 1)):
            one.shows(inviter, f"K{inviter}", START)
            for number in range(friends):
                one.comes(f"{inviter}{number}x", f"K{inviter}", START + (number + 1) * HOUR)
        one.comes("mute", "Kcy", START + 5 * HOUR, answers=False)
        with pytest.raises(BadInputError, match="tickets can be earned until"):
            draw(one.workspace, "spring", public_number="3321.05")
        one.clock.advance_to(START + 21 * DAY)
        settle(one.workspace, "spring")
        with pytest.raises(BadInputError, match="the public number is the index"):
            draw(one.workspace, "spring")
        said = status(one.workspace, "spring")["draw"]
        assert (said["tickets"], said["prizes"][0]["odds"]) == (5, 0.2)
        paper = draw(one.workspace, "spring", public_number="3321.05")
        assert replayed(paper) == []
        assert paper["commitment"] == said["commitment"]
        assert draw(one.workspace, "spring", public_number="9999") == paper
        assert len({row["ticket"].split("-")[0] for row in paper["winners"]}) == 2
        with one.workspace.database.read() as connection:
            assert sorted(row.what for row in SqlPromises(connection).open()) == ["a sample", "a year of care"]
            assert _sums(SqlLedger(connection))[Account.PAID] == 20_500
        assert one.books() == []
        changed = DRAWN | {"mechanism": DRAWN["mechanism"] | {"draw": DRAWN["mechanism"]["draw"] | {"host": "other"}}}
        with pytest.raises(BadInputError, match="not changed after they were published"):
            keep_plan(one.workspace, plan_of(changed))


def test_nobody_in_doubt_takes_part_in_a_draw_until_a_person_has_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shop(tmp_path, DRAWN) as one:
        one.shows("anna", "K1", START)
        one.shows("ben", "K2", START)
        one.comes("cy", "K2", START + HOUR)
        for number in range(9):
            one.comes(f"f{number}", "K1", START + number * HOUR, device="one phone")
        one.clock.advance_to(START + 21 * DAY)
        (doubted,) = status(one.workspace, "spring")["to_look_at"]
        with pytest.raises(BadInputError, match="nobody has decided"):
            draw(one.workspace, "spring", public_number="1")
        with pytest.raises(BadInputError, match="needs a reason"):
            decide_about(one.workspace, "spring", doubted["person"], honest=False, because=" ")
        decide_about(one.workspace, "spring", doubted["person"], honest=False, because="nine accounts on one phone")
        shown = status(one.workspace, "spring")
        assert (shown["to_look_at"], shown["decided"][0]["honest"]) == ([], False)
        draw(one.workspace, "spring", public_number="1")
    siyu, paper = Siyu(tmp_path, capsys), tmp_path / "paper.json"
    found = siyu.answered("fission", "draw", "spring", "--public-number", "1", "--out", str(paper))
    assert found["tickets"] == 1
    anybody = Siyu(None, capsys)
    assert anybody.answered("fission", "draw", "--check", str(paper))["agrees"] is True
    written = json.loads(paper.read_text("utf-8"))
    paper.write_text(json.dumps(written | {"public_number": "2", "winners": []}), "utf-8")
    status_, _out, told = anybody("fission", "draw", "--check", str(paper))
    assert (status_, "other tickets win" in told) == (2, True)


def test_an_inviter_is_told_in_both_languages_how_everything_stands(tmp_path: Path) -> None:
    stages = [{"retained": 1, "gives": "cash", "amount_minor": 500, "each": True}, {"retained": 3, "gives": "gift"}]
    plan = DRAWN | {
        "mechanism": {"must_answer": True, "stages": stages},
        "control": {"budget_minor": 9_000, "cap_per_person_minor": 1_500, "invitee_value_minor": 2_000},
    }
    with shop(tmp_path, plan) as one:
        one.shows("anna", "K1", START)
        one.comes("ben", "K1", START + HOUR)
        one.comes("mute", "K1", START + 2 * HOUR, answers=False)
        one.clock.advance_to(START + 8 * DAY)
        settle(one.workspace, "spring")
        anna = status(one.workspace, "spring")
        with one.workspace.database.read() as connection:
            (person,) = {row.inviter for row in tree_of(connection, "spring").came}
        said = explain(one.workspace, "spring", person)
        assert [row["says_zh"] for row in said["friends"]] == ["朋友已留满7天", "还差一步：朋友需回复一次"]
        assert (said["earned_minor"], said["still_to_earn_minor"], said["next_stage_needs"]) == (500, 1_000, 2)
        steps = {row["step"]: row["people"] for row in anna["flow"]["invitees"]}
        assert steps == {"accepted": 2, "new_here": 2, "did_something": 1, "stayed": 1, "bought": 0}
        assert anna["flow"]["organic"] == {"took_a_code": 1, "invitees": 2, "joined": 1}
        with pytest.raises(BadInputError, match="invited nobody"):
            explain(one.workspace, "spring", 999)


def _sums(ledger: SqlLedger) -> dict[Account, int]:
    found: dict[Account, int] = {}
    for place, amount in ledger.kept_balances().items():
        found[place.account] = found.get(place.account, 0) + amount
    return {account: amount for account, amount in found.items() if amount and account not in {"funding", "budget"}}


def test_nobody_is_asked_while_promises_are_not_kept(tmp_path: Path) -> None:
    plan = DRAWN | {
        "mechanism": {"stages": [{"retained": 1, "gives": "gift", "each": True}], "for_invitee": "a sample"}
    }
    with shop(tmp_path, plan) as one:
        one.shows("anna", "K1", START)
        for number in range(6):
            one.comes(f"f{number}", "K1", START + number * DAY)
        one.clock.advance_to(START + 20 * DAY)
        settle(one.workspace, "spring")
        shown = status(one.workspace, "spring")
        assert shown["promises"] == {"made": 12, "kept": 0, "overdue": 12}
        assert shown["asks_nobody_because"] == "12 of 12 promises that are due are not kept"
        assert shown["flow"]["quality"] == pytest.approx(2 / 3)
        keep_plan(one.workspace, plan_of(plan | {"control": DRAWN["control"] | {"most_overdue_share": 1.0}}))
        assert status(one.workspace, "spring")["asks_nobody_because"] == ""
        keep_plan(one.workspace, plan_of(plan))
        with one.workspace.database.write() as connection:
            promises = SqlPromises(connection)
            for owed in promises.open():
                promises.keep(owed.promise_id, at_us=START + 20 * DAY, proof="handed over")
        assert status(one.workspace, "spring")["asks_nobody_because"] == ""
