"""Members that are brought up to date little by little are those of a full recomputation."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import insert

from siyu.app.clock import VirtualClock
from siyu.app.lake import compact, flush
from siyu.app.people import identity
from siyu.app.people.portraits import tag, untag
from siyu.app.people.refresh import Brought, Mark, Marks, bring_up_to_date, read_marks, write_marks
from siyu.app.people.rights import erase
from siyu.app.people.segments import Refreshed, members_of, refresh, refresh_kept
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.timeline import Timeline
from siyu.people.segment_kernel import compile_segment
from siyu.people.segment_language import read_segments
from siyu.stores.lake.lake import Lake
from siyu.stores.lake.layout import COLUMNS
from siyu.stores.lake.timelines import LakeTimelines, Pending, nothing_pending
from siyu.stores.sql.schema.portraits import segment, segment_member
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000
_TEXT = """
- name: buyers
  all:
    - {did: order_paid, at_least: 2, in: 30d}
    - not: {did: complaint, in: 90d, where: {channel: store}}
- name: regulars
  any:
    - {days: [order_paid, visit], at_least: 3, in: 20d}
    - {sequence: [visit, order_paid, order_paid], within: 6d, in: 30d}
    - all: [{late: order_paid, at_most: 1.5}, {share: complaint, to: order_paid, at_most: 0.3}]
- name: quiet
  all:
    - {last: order_paid, at_least: 2d}
    - {first: visit, at_most: 12d}
    - {spent: order_paid, at_least: 2, before: 1d}
- name: met
  all: [{stage: monetisation}, {did: order_paid, in: 10d}]
"""


def _did(name: str, kind: TouchKind, key: int, at: int, *more: str) -> Touch:
    actors = tuple(Identifier("member_no", one) for one in (name, *more))
    return touch("store", kind, actors=actors, event_key=f"{name}/{key}", happened_at_us=at, received_at_us=at,
                 value_minor=100)  # fmt: skip


def _kept(workspace: Workspace, name: str) -> list[int]:
    with workspace.database.read() as connection:
        rows = connection.execute(
            segment_member.select().where(segment_member.c.name == name).order_by(segment_member.c.person_id)
        )
        return [row.person_id for row in rows]


def _check(workspace: Workspace) -> list[Refreshed]:
    segments = read_segments(_TEXT)
    done = refresh(workspace, segments)
    for one, found in zip(segments, members_of(workspace, segments), strict=True):
        assert _kept(workspace, one.name) == found.tolist(), one.name
    return done


@pytest.mark.parametrize("seed", range(4))
def test_members_after_any_history_are_those_of_a_full_recomputation(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    clock = VirtualClock(_NOW)
    workspace = open_workspace(tmp_path / "ws", clock=clock, create=True)
    door = TakeIn(workspace)
    names = [f"n{number}" for number in range(40)]
    kinds = [TouchKind.ORDER_PAID] * 4 + [TouchKind.COMPLAINT, TouchKind.VISIT]
    for step in range(24):
        what = dice.choice(
            ["take", "take", "take", "flush", "compact", "merge", "merge", "split", "erase", "later", "later"]
        )
        some = dice.sample(names, 2)
        try:
            match what:
                case "take":
                    door.take([
                        _did(dice.choice(names), dice.choice(kinds), step * 100 + number,
                             clock.now_us() - dice.randrange(40 * DAY) + dice.choice([0, 0, 0, DAY // 8]))
                        for number in range(dice.randrange(1, 30))
                    ])  # fmt: skip
                case "flush":
                    flush(workspace)
                case "compact":
                    compact(workspace)
                case "merge":
                    identity.merge(workspace, f"member_no:{some[0]}", f"member_no:{some[1]}")
                case "split":
                    identity.split(workspace, f"member_no:{some[0]}")
                case "erase" if step > 12:
                    erase(workspace, f"member_no:{some[0]}")
                case _:
                    clock.advance_to(clock.now_us() + dice.choice([1, 3, 3, 20]) * HOUR)
        except (BadInputError, RefusedError):  # nobody by that name, one already, never merged
            continue
        if dice.random() < 0.7:
            _check(workspace)
    _check(workspace)
    workspace.close()


def test_only_people_of_whom_something_changed_are_measured(tmp_path: Path) -> None:
    clock = VirtualClock(_NOW)
    workspace = open_workspace(tmp_path / "ws", clock=clock, create=True)
    door = TakeIn(workspace)
    paid = TouchKind.ORDER_PAID
    door.take([_did(f"n{number}", paid, key, _NOW - (key + 1) * DAY) for number in range(60) for key in range(2)])
    flush(workspace)
    first = refresh(workspace, read_segments(_TEXT)[:1])[0]
    assert (first.people, first.whole) == (60, 16)
    clock.advance_to(_NOW + HOUR)
    refresh(workspace, read_segments(_TEXT)[:1])  # what it noted itself: everybody entered
    flush(workspace)
    refresh(workspace, read_segments(_TEXT)[:1])
    door.take([_did("n7", TouchKind.COMPLAINT, 9, _NOW - DAY // 2)])
    one = refresh(workspace, read_segments(_TEXT)[:1])[0]
    assert (one.measured, one.whole, one.left) == (1, 0, 1)
    clock.advance_to(_NOW + 2 * HOUR)
    flush(workspace)
    one = refresh(workspace, read_segments(_TEXT)[:1])[0]
    assert (one.measured, one.whole, one.left) == (1, 0, 0)
    workspace.close()


class _Watched(LakeTimelines):
    """Notes which files are left out where some people are read."""

    def __init__(self, lake: Lake, pending: Pending) -> None:
        super().__init__(lake, lake.snapshot(), pending)
        self.read: list[tuple[list[int], bool]] = []

    def of_people(self, bucket: int, people: Int64, columns: Sequence[str], *, without: Sequence[str] = ()) -> Timeline:
        if people.size:
            self.read.append((people.tolist(), set(without) == set(self.files_of(bucket))))
        return super().of_people(bucket, people, columns, without=without)


@pytest.mark.parametrize("hours_ago", [1, 5 * 24])
def test_what_was_counted_is_not_read_again_unless_a_touch_of_an_order_comes_late(
    tmp_path: Path, hours_ago: int
) -> None:
    (segment,) = read_segments("name: a\nall: [{days: visit, at_least: 2}]")
    plan = compile_segment(segment, now_us=_NOW, midnight_us=_NOW)
    lake, people = Lake(str(tmp_path / "lake"), buckets=1), np.array([1, 2, 3], np.int64)

    def rows(at: int, who: Int64) -> pa.Table:
        columns = {"person": who, "identifier": who, "kind": np.full(who.size, TouchKind.VISIT, np.int8),
                   "value": who, "at": pa.array(np.full(who.size, at)).cast(COLUMNS.field("at").type),
                   "touch_id": [b"1"] * who.size}  # fmt: skip
        return pa.table([columns.get(name, [""] * who.size) for name in COLUMNS.names], schema=COLUMNS)

    def bring(pending: Pending, before: Brought | None) -> tuple[Brought, list[tuple[list[int], bool]]]:
        seen = _Watched(lake, pending)
        held, marks = (before.people, before.marks) if before else (people[:0], None)
        return bring_up_to_date(seen, segment, plan, (), now_us=_NOW, held=held, before=marks), seen.read

    lake.append(rows(_NOW - 2 * DAY, people), batch=1)
    first, read = bring(nothing_pending(), None)
    assert (first.people.tolist(), first.whole, read) == ([], 1, [])
    waits = replace(nothing_pending(), rows=rows(_NOW - hours_ago * HOUR, people[1:2]))
    second, read = bring(waits, first)
    assert (second.people.tolist(), second.measured, second.whole) == ([2], 1, 0)
    late = hours_ago > 48
    assert read == [([2], True), *([([2], False)] if late else [])]


def test_an_answer_of_the_store_that_changed_measures_those_people_alone(tmp_path: Path) -> None:
    clock = VirtualClock(_NOW)
    workspace = open_workspace(tmp_path / "ws", clock=clock, create=True)
    TakeIn(workspace).take([_did(f"n{number}", TouchKind.ORDER_PAID, 1, _NOW - DAY) for number in range(60)])
    flush(workspace)
    tagged = read_segments("name: tagged\nall:\n  - tag: 老客\n  - stage: monetisation")
    assert [(one.people, one.whole) for one in refresh(workspace, tagged)] == [(0, 16)]
    tag(workspace, "member_no:n7", "老客")
    one = refresh(workspace, tagged)[0]
    assert (one.people, one.entered, one.measured, one.whole) == (1, 1, 1, 0)
    untag(workspace, "member_no:n7", "老客")
    one = refresh(workspace, tagged)[0]
    assert (one.people, one.left, one.whole) == (0, 1, 0)
    workspace.close()


def test_marks_of_an_older_release_are_no_marks() -> None:
    people = np.array([3, 4, 2**40], np.int64)
    marks = Marks(5, "digest", {2: Mark(("a", "b"), (people, people[:0]), people[:1]), 3: Mark(None, (), people[:0])})
    again = read_marks(write_marks(marks))
    assert again is not None
    assert (again.midnight_us, again.text) == (5, "digest")
    assert (again.buckets[2].files, again.buckets[3].files) == (("a", "b"), None)
    assert [one.tolist() for one in again.buckets[2].said] == [people.tolist(), []]
    assert read_marks(zlib.compress(b'{"midnight_us": 5, "text": "", "buckets": {}}')) is None
    assert read_marks(b"") is None


def test_every_kept_segment_is_brought_up_to_date_and_one_that_cannot_be_stops_none(tmp_path: Path) -> None:
    clock = VirtualClock(_NOW)
    with open_workspace(tmp_path / "ws", clock=clock, create=True) as workspace:
        door, bought = TakeIn(workspace), TouchKind.ORDER_PAID
        door.take([_did(f"n{number}", bought, 1, _NOW - 2 * DAY) for number in range(5)])
        refresh(workspace, read_segments("name: base\nall: [{did: order_paid}]"))
        clock.advance_to(_NOW + 1)
        refresh(workspace, read_segments("name: on_base\nall: [{segment: base}]"))
        clock.advance_to(_NOW + 2)
        refresh(workspace, read_segments(_TEXT)[:1])
        with workspace.database.write() as connection:  # as after a release that no longer knows a word
            connection.execute(insert(segment).values(name="old", title="", text="name: old\nall: [{gone: 1}]",
                                                      made_at_us=1, refreshed_at_us=1, marks=b""))  # fmt: skip
        door.take([_did("n9", bought, key, _NOW - 3 * DAY + key) for key in range(2)])
        done = refresh_kept(workspace)
        assert [(one.name, one.people, one.entered) for one in done] == [
            ("base", 6, 1), ("on_base", 6, 1), ("buyers", 1, 1)
        ]  # fmt: skip
