"""Read models say what the stores hold."""

import logging
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.console.small_shop import NOW_US, PEOPLE, build, phone
from siyu.app.lake import flush
from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.views.connections import channel_rows
from siyu.app.views.decisions import day_of_decisions, decisions, decisions_about, rules_that_spoke
from siyu.app.views.headline import headline
from siyu.app.views.kept import KEPT, Kept
from siyu.app.views.measured import journey_map
from siyu.app.views.outbox import outbox_counts, outbox_page
from siyu.app.views.people import find_people, people_count, people_page
from siyu.app.views.person import person_page, reveal
from siyu.app.views.plays import play_rows
from siyu.app.views.quarantine import faults, quarantine_page, set_aside_row
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.people.stage import Stage
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.kind import TouchKind


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = build(tmp_path_factory.mktemp("shop") / "shop")
    yield workspace
    workspace.close()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    KEPT.forget()


def test_the_list_shows_every_person_once_page_by_page(shop: Workspace) -> None:
    seen: list[int] = []
    after = 0
    while True:
        page = people_page(shop, after=after, most=7)
        seen += [row.person_id for row in page.rows]
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == PEOPLE == people_count(shop)
    assert seen == sorted(seen, reverse=True)


def test_the_stages_of_the_list_and_of_the_map_agree(shop: Workspace) -> None:
    everybody = people_page(shop, most=10_000).rows
    stages = Counter(row.stage for row in everybody)
    for stage in Stage:
        assert {row.person_id for row in people_page(shop, stage=stage, most=10_000).rows} == {
            row.person_id for row in everybody if row.stage is stage
        }
    found = journey_map(shop)
    assert found.reached["monetisation"] == stages[Stage.MONETISATION]
    assert found.reached["retention"] == sum(row.owned for row in everybody)
    assert found.people == PEOPLE


@pytest.mark.parametrize("written", [phone(7), phone(7)[3:], "138 0000 0007", "M00007"])
def test_a_person_is_found_by_what_they_go_by_however_it_is_written(shop: Workspace, written: str) -> None:
    (row,) = find_people(shop, written)
    assert row.orders > 0
    assert find_people(shop, str(row.person_id))[0].person_id == row.person_id


@pytest.mark.parametrize("written", ["", "13800", "%", "' OR 1=1 --", "x" * 10_000, "9" * 30])
def test_a_part_or_nonsense_finds_nobody(shop: Workspace, written: str) -> None:
    assert find_people(shop, written) == []


def test_the_page_of_a_person_is_masked_and_its_sums_are_those_of_its_touches(shop: Workspace) -> None:
    (row,) = find_people(shop, phone(7))
    page = person_page(shop, row.person_id)
    with shop.database.read() as connection:
        plain = [value for *_, value in SqlVault(connection, shop.vault).of_people([row.person_id])[row.person_id]]
    shown = " ".join([*(one.value for one in page.identifiers), *(one.value for one in page.fields)])
    assert plain
    assert not any(value in shown for value in plain)
    paid = [one for one in page.events if one.kind is TouchKind.ORDER_PAID]
    assert len(paid) == row.orders
    assert sum(one.value_minor for one in paid) == row.paid_minor
    assert page.events_in_all == len(page.events)
    assert [one.at_us for one in page.events] == sorted((one.at_us for one in page.events), reverse=True)


def test_a_timeline_is_the_same_before_and_after_a_flush(tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = build(tmp_path_factory.mktemp("again") / "shop", flushed=False)
    (row,) = find_people(workspace, phone(7))
    before = person_page(workspace, row.person_id)
    assert flush(workspace).touches > 0
    assert person_page(workspace, row.person_id) == before
    workspace.close()


def test_who_reveals_is_logged_and_the_value_is_not(shop: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    (row,) = find_people(shop, phone(7))
    held = next(one for one in person_page(shop, row.person_id).identifiers if one.namespace == "phone")
    with caplog.at_level(logging.WARNING):
        assert reveal(shop, held.identifier_id, who="admin") == phone(7)
    assert "admin looked at identifier" in caplog.text
    assert phone(7) not in caplog.text
    with pytest.raises(BadInputError, match="nothing to reveal"):
        reveal(shop, 10**9, who="admin")


def test_a_person_who_does_not_exist_is_bad_input(shop: Workspace) -> None:
    with pytest.raises(BadInputError, match="no person"):
        person_page(shop, 10**12)


def test_decisions_are_all_there_page_by_page_and_filters_leave_none_out(shop: Workspace) -> None:
    with shop.database.read() as connection:
        rows = connection.execute(select(proposal)).all()
    seen: list[str] = []
    after = ""
    while True:
        page = decisions(shop, after=after, most=4)
        seen += [one.proposal_id for one in page.rows]
        after = page.after
        if not after:
            break
    assert sorted(seen) == sorted(bytes(row.proposal_id).hex() for row in rows)
    for rule in rules_that_spoke(shop):
        assert len(decisions(shop, rule=rule, most=1000).rows) == sum(row.rule == rule for row in rows) > 0
    assert decisions(shop, state="held", rule="consent").rows == []
    assert decisions(shop, play="no such play").rows == []


def test_the_day_adds_up_to_what_was_judged(shop: Workspace) -> None:
    day = day_of_decisions(shop)
    with shop.database.read() as connection:
        rows = connection.execute(select(proposal.c.state, func.count()).group_by(proposal.c.state))
        states = {state: count for state, count in rows}  # noqa: C416  a row is no tuple to dict()
    assert day.is_today
    assert day.from_us <= NOW_US < day.to_us
    assert day.approved == states["approved"]
    assert sum(one.count for one in day.denied) == states["denied"]
    assert [one.count for one in day.denied] == sorted((one.count for one in day.denied), reverse=True)
    assert sum(day.messages.values()) == states["approved"]


def test_why_and_why_not_is_about_the_person_asked_for(shop: Workspace) -> None:
    with shop.database.read() as connection:
        row = connection.execute(
            select(proposal, identifier.c.person_id)
            .join(identifier, identifier.c.identifier_id == proposal.c.identifier_id)
            .where(proposal.c.rule == "consent")
            .limit(1)
        ).one()
    found = decisions_about(shop, row.person_id)
    assert row.reason in {one.because for one in found}
    assert any("consented" in one.reason and "同意" in one.reason_zh for one in found)
    assert {one.person_id for one in found} == {row.person_id}


def test_the_headline_is_what_the_metrics_say(shop: Workspace) -> None:
    first, again = headline(shop), metric_of_workspace(shop, "repurchase")
    assert (first.buyers, first.repeaters) == (again.buyers, again.repeaters)
    assert first.next_month == metric_of_workspace(shop, "retention").total.share[1]


def test_plays_name_their_arms_and_are_not_measured_before_their_time(shop: Workspace) -> None:
    rows = {row.name: row for row in play_rows(shop)}
    with shop.database.read() as connection:
        drawn = connection.execute(
            select(assignment.c.play, assignment.c.treated, func.count()).group_by(
                assignment.c.play, assignment.c.treated
            )
        ).all()
    assert drawn
    for play, treated, count in drawn:
        assert (rows[play].treated if treated else rows[play].holdout) == count
        assert rows[play].uplift is None, "nobody's thirty days are over"


def test_the_outbox_counts_what_it_lists(shop: Workspace) -> None:
    counts = outbox_counts(shop)
    with shop.database.read() as connection:
        assert sum(counts.values()) == connection.execute(select(func.count()).select_from(message)).scalar_one() > 0
    assert len(outbox_page(shop, state="ready", most=1000).rows) == counts["ready"]
    assert outbox_page(shop, state="sent").rows == []


def test_a_quarantined_row_is_counted_listed_and_opened(shop: Workspace) -> None:
    (fault,) = faults(shop)
    assert (fault.source, fault.rows, fault.open) == ("orders-may.csv", 1, 1)
    (row,) = quarantine_page(shop, source=fault.source, heading=fault.heading).rows
    assert row.line == 4
    assert set_aside_row(shop, row.quarantine_id) == {"phone": "13900000000", "amount": "abc"}
    with pytest.raises(BadInputError):
        set_aside_row(shop, "00" * 16)


def test_every_channel_is_listed_and_none_is_connected(shop: Workspace) -> None:
    rows = channel_rows(shop)
    assert {row.manifest.domain for row in rows} >= {"wecom"}
    assert not any(row.accounts for row in rows)
    assert next(row for row in rows if row.manifest.domain == "wecom").reachable > 0


def test_a_kept_value_is_given_at_once_while_a_new_one_is_made(shop: Workspace) -> None:
    kept, made = Kept(), Counter[str]()

    def make() -> int:
        made["times"] += 1
        return made["times"]

    assert kept.get(shop, "x", make) == 1
    assert kept.get(shop, "x", make) == 1
    assert kept.get(shop, "x", make, fresh_s=0.0) == 1, "the old one, at once"
    for thread in threading.enumerate():
        if thread.name == "siyu-view":
            thread.join()
    assert kept.get(shop, "x", make) == 2
