"""Journeys end to end: the set-based engine does what a walk person by person does, on both databases."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app.journeys.reference import Reference
from app.journeys.walked import (
    NOW_US,
    add_people,
    deeds,
    forget,
    happen,
    open_walked,
    published,
    runs,
    tags,
)
from siyu.app.campaigns.best_hours import keep_best_hours
from siyu.app.clock import VirtualClock
from siyu.app.journeys.publish import plan, publish, set_paused
from siyu.app.journeys.show import show
from siyu.app.journeys.tick import enter_on_request, hear, salt_of, tick
from siyu.app.workspace import Workspace
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.journey.calendar import midnight_before
from siyu.campaigns.journey.program import Holdout
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.journeys import dice_of
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.journeys import journey_run
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.portraits import segment_member
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_ZONE = ZoneInfo("Asia/Shanghai")
_PEOPLE = 8
_KINDS = [TouchKind.CONTACT_ADDED, TouchKind.MESSAGE_IN, TouchKind.ORDER_PAID, TouchKind.COMPLAINT, TouchKind.CLICK]

_conditions = st.recursive(
    st.sampled_from([{"did": "click"}, {"did": ["message_in", "click"]}, {"tag": "vip"}, {"orders": {"at_least": 1}},
                     {"orders": {"at_least": 1, "at_most": 2}}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=3,
)  # fmt: skip
_waits = st.sampled_from(
    [{"wait": "1h"}, {"wait": "1d"}, {"wait": {"clock": "18:00"}}, {"wait": {"until": "2026-06-12T10:00:00+08:00"}}]
)
_deeds = st.sampled_from(
    [{"propose": {"channel": "wecom", "action": "mass_send", "text": "hi"}}, {"ask": "call"}, {"tag": "vip"},
     {"untag": "vip"}, {"webhook": "https://example.com/hook"}]
)  # fmt: skip


def _steps(depth: int) -> st.SearchStrategy[list[Any]]:
    simple = st.one_of(_waits, _deeds)
    if depth == 0:
        return st.lists(simple, max_size=3)
    inner = _steps(depth - 1)
    return st.lists(
        st.one_of(
            simple,
            st.fixed_dictionaries({"if": _conditions, "then": inner, "else": inner}),
            st.fixed_dictionaries({"wait": st.just({"touch": "message_in", "at_most": "1d"}), "timed_out": inner}),
            st.just({"wait": {"touch": "click", "at_most": "2h"}}),
            st.builds(lambda a, b: {"split": {"a": {"share": "50%", "steps": a}, "b": {"share": 0.5, "steps": b}}},
                      inner, inner),
        ),
        min_size=1,
        max_size=4,
    )  # fmt: skip


_journeys = st.fixed_dictionaries(
    {"steps": _steps(2), "again": st.sampled_from(["never", "always", {"after": "1d"}])},
    optional={
        "goal": st.just({"did": "order_paid"}),
        "exit": st.sampled_from([[{"did": "complaint"}], [{"did": "complaint"}, {"tag": "vip"}]]),
        "longest": st.just("2d"),
        "holdout": st.just("40%"),
    },
)
_scripts = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, _PEOPLE), st.sampled_from(_KINDS)), max_size=8),
        st.sampled_from([0, MINUTE, HOUR, 8 * HOUR, DAY, 3 * DAY]),
    ),
    min_size=2,
    max_size=8,
)
_numbers = count(1)


@pytest.fixture
def walked(database_url: str, tmp_path: Path) -> Iterator[tuple[Workspace, VirtualClock]]:
    workspace, clock = open_walked(tmp_path, database_url, people=_PEOPLE)
    yield workspace, clock
    workspace.close()


def test_the_engine_walks_as_a_person_by_person_walk_does(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, clock = walked

    @settings(
        max_examples=25 if workspace.database.is_sqlite else 8,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(written=_journeys, script=_scripts, most=st.sampled_from([1, 3, 1000]))
    def walk(written: dict[str, Any], script: Any, most: int) -> None:
        forget(workspace)
        steps = list(written["steps"])
        if "holdout" in written:
            steps.insert(0, {"holdout": written["holdout"]})
        text = yaml.safe_dump(
            {"name": f"j{next(_numbers)}", "entry": {"touch": "contact_added"}, "steps": steps}
            | {word: written[word] for word in ("again", "goal", "exit", "longest") if word in written}
        )
        one = published(workspace, text)
        share = next((step.share for step in one.steps if isinstance(step, Holdout)), 0.0)
        salt = salt_of(workspace)
        reference = Reference(
            one,
            dice=lambda who: dice_of(one.name, who, salt),
            treats=lambda who: is_treated(one.play, who, holdout_share=share, salt=salt),
            midnight=lambda now_us: midnight_before(now_us, _ZONE),
        )
        for happened, later_us in script:
            touches = happen(workspace, *happened)
            for _, who, kind in touches:
                if kind == TouchKind.ORDER_PAID:
                    reference.person(who).orders += 1
            tick(workspace, most=most)
            reference.tick(clock.now_us(), touches)
            assert runs(workspace) == reference.runs()
            assert deeds(workspace) == reference.deeds()
            assert tags(workspace) == reference.tags()
            clock.advance_to(clock.now_us() + later_us)

    walk()


_TWO_WAYS = """
name: two_ways
entry: [{touch: contact_added}, {request: yes}]
again: always
goal: {did: order_paid}
steps:
  - id: hello
    propose: {channel: wecom, action: mass_send, text: hi}
  - id: reply
    wait: {touch: message_in, at_most: 3d}
    timed_out:
      - id: call
        ask: {text: call}
  - id: rest
    wait: 7d
"""


def test_a_merged_person_goes_on_once_and_a_split_one_takes_up_where_it_stopped(
    walked: tuple[Workspace, VirtualClock],
) -> None:
    workspace, clock = walked
    published(workspace, _TWO_WAYS)
    happen(workspace, (3, TouchKind.CONTACT_ADDED))
    tick(workspace)
    clock.advance_to(NOW_US + HOUR)
    happen(workspace, (2, TouchKind.CONTACT_ADDED))
    tick(workspace)
    _put(workspace, 3, 2)
    done = tick(workspace)
    assert (done.merged, _under_way(workspace)) == (1, {3})
    clock.advance_to(NOW_US + 2 * HOUR)
    happen(workspace, (2, TouchKind.CONTACT_ADDED))  # the person is in it: by another of its names
    assert tick(workspace).entered == 0
    _put(workspace, 3, 3)
    assert tick(workspace).merged == 1
    assert _under_way(workspace) == {2, 3}
    clock.advance_to(NOW_US + 3 * DAY)
    tick(workspace)
    assert [(word, who) for word, _, who in deeds(workspace)] == [("ask", 3), ("propose", 2), ("propose", 3)]
    clock.advance_to(NOW_US + 3 * DAY + HOUR)
    tick(workspace)
    assert [who for word, _, who in deeds(workspace) if word == "ask"] == [2, 3]


def test_a_touch_of_any_name_of_the_person_is_heard(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, _ = walked
    published(workspace, _TWO_WAYS)
    _put(workspace, 5, 4)
    happen(workspace, (4, TouchKind.CONTACT_ADDED))
    tick(workspace)
    happen(workspace, (5, TouchKind.ORDER_PAID))
    tick(workspace)
    assert show(workspace, "two_ways").outcomes == {"goal": 1}


def test_people_on_the_way_stay_on_their_version_or_move_by_the_rule(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, clock = walked
    published(workspace, _TWO_WAYS)
    happen(workspace, (1, TouchKind.CONTACT_ADDED))
    tick(workspace)
    newer = _TWO_WAYS.replace("  - id: hello", "  - id: first\n    wait: 1d\n  - id: hello").replace(
        "text: call", "text: ring"
    )
    assert not plan(workspace, _TWO_WAYS + "\n# a remark\n").is_new
    planned = plan(workspace, newer)
    assert (planned.version, planned.on_the_way, planned.moving) == (2, 1, 0)
    assert {(one.what, one.name) for one in planned.changes} >= {("added", "first"), ("changed", "call")}
    assert publish(workspace, newer).is_new
    tick(workspace)
    assert show(workspace, "two_ways", 1).on_the_way == 1
    moving = newer.replace("again: always", "again: always\nin_flight: move").replace("ring", "dial")
    assert publish(workspace, moving).moving == 1
    assert not publish(workspace, moving).is_new
    assert tick(workspace).changed_version == 1
    shown = show(workspace, "two_ways")
    assert {step.name: step.people for step in shown.steps if step.people} == {"reply": 1}
    clock.advance_to(NOW_US + 3 * DAY)
    tick(workspace)
    assert [word for word, _, _ in deeds(workspace)] == ["ask", "propose"]  # said hello once, in the old version


def test_while_a_journey_is_paused_nobody_moves_and_a_goal_still_counts(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, clock = walked
    published(workspace, _TWO_WAYS)
    happen(workspace, (1, TouchKind.CONTACT_ADDED), (2, TouchKind.CONTACT_ADDED))
    tick(workspace)
    set_paused(workspace, "two_ways", paused=True, reason="a mistake in the text")
    clock.advance_to(NOW_US + 4 * DAY)
    happen(workspace, (1, TouchKind.ORDER_PAID), (3, TouchKind.CONTACT_ADDED))
    assert tick(workspace).moved == 0
    shown = show(workspace, "two_ways")
    assert (shown.state, shown.reason, shown.on_the_way, shown.outcomes) == (
        "paused",
        "a mistake in the text",
        1,
        {"goal": 1},
    )
    set_paused(workspace, "two_ways", paused=False)
    tick(workspace)
    assert [who for word, _, who in deeds(workspace) if word == "ask"] == [2]


def test_caps_and_schedules_let_in_only_so_many_at_their_hour(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, clock = walked
    with workspace.database.write() as connection:
        connection.execute(
            segment_member.insert(), [{"name": "loyal", "person_id": who, "since_us": NOW_US} for who in range(1, 8)]
        )
    text = """
name: evening
entry: {schedule: {every: day, at: "18:00", of: loyal}}
caps: {a_day: 3, ever: 5}
steps: [{wait: 30d}]
"""
    published(workspace, text)
    assert tick(workspace).entered == 0
    clock.advance_to(NOW_US + 8 * HOUR)  # 18:00 in Shanghai
    assert tick(workspace).entered == 3
    assert tick(workspace).entered == 0
    clock.advance_to(NOW_US + 32 * HOUR)
    assert tick(workspace).entered == 2
    assert _under_way(workspace) == {1, 2, 3, 4, 5}


def test_the_best_hour_is_the_one_at_which_the_person_acts_most(tmp_path: Path) -> None:
    workspace, clock = open_walked(tmp_path, f"sqlite:///{tmp_path / 'siyu.db'}")
    for days in (0, 1, 2):
        clock.advance_to(NOW_US + days * DAY + 11 * HOUR)  # 21:00 in Shanghai
        happen(workspace, (1, TouchKind.MESSAGE_IN))
    clock.advance_to(NOW_US + 3 * DAY)
    published(workspace, 'name: best\nentry: {request: yes}\nsteps: [{wait: {best_hour: "12:00"}}]\n')
    assert enter_on_request(workspace, "best", [1, 2]) == 2
    assert [keep_best_hours(workspace), keep_best_hours(workspace)] == [True, False]
    tick(workspace)
    dues = {who: due for who, _, _, due, _, _ in runs(workspace)}
    assert dues == {
        1: NOW_US + 3 * DAY + 11 * HOUR,
        2: NOW_US + 3 * DAY + 2 * HOUR,
    }  # of the second nothing is known: at noon
    workspace.close()


def test_entries_are_found_though_the_log_is_flushed_in_between(tmp_path: Path) -> None:
    workspace, _ = open_walked(tmp_path, f"sqlite:///{tmp_path / 'siyu.db'}")
    published(workspace, _TWO_WAYS)
    happen(workspace, (1, TouchKind.CONTACT_ADDED))
    hear(workspace)  # what the lake calls before it forgets
    with workspace.database.write() as connection:
        connection.execute(delete(touch))
    happen(workspace, (2, TouchKind.CONTACT_ADDED))
    assert tick(workspace).entered == 1
    assert _under_way(workspace) == {1, 2}
    workspace.close()


def test_several_workers_share_the_work_and_repeat_nothing(postgres_url: str, tmp_path: Path) -> None:
    workspace, _ = open_walked(tmp_path, postgres_url, people=0)
    add_people(workspace, range(1, 3001))
    published(workspace, _TWO_WAYS)
    assert enter_on_request(workspace, "two_ways", list(range(1, 3001))) == 3000
    failed: list[BaseException] = []

    def work() -> None:
        try:
            tick(workspace, most=100)
        except BaseException as error:  # noqa: BLE001  a thread's error is looked at below
            failed.append(error)

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failed
    tick(workspace)
    assert len(deeds(workspace)) == len(set(deeds(workspace))) == 3000
    assert show(workspace, "two_ways").on_the_way == 3000
    workspace.close()


def test_a_journey_proposes_and_the_guard_judges(tmp_path: Path) -> None:
    workspace, _ = open_walked(tmp_path, f"sqlite:///{tmp_path / 'siyu.db'}")
    published(workspace, _TWO_WAYS)
    happen(workspace, (1, TouchKind.CONTACT_ADDED))
    tick(workspace)
    with workspace.database.read() as connection:
        store = SqlProposals(connection)
        (due,) = store.take(store.due(now_us=NOW_US, most=10))
    assert (due.play, due.person_id, due.action, due.piece.text) == ("journey:two_ways", 1, "mass_send", "hi")
    workspace.close()


def _put(workspace: Workspace, number: int, person: int) -> None:
    with workspace.database.write() as connection:
        connection.execute(update(identifier).where(identifier.c.identifier_id == number).values(person_id=person))


def _under_way(workspace: Workspace) -> set[int]:
    with workspace.database.read() as connection:
        rows = connection.execute(select(journey_run.c.identifier_id).where(journey_run.c.due_at_us.is_not(None)))
        return set(rows.scalars())
