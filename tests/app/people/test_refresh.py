"""Members that are brought up to date little by little are those of a full recomputation."""

import zlib
from pathlib import Path
from random import Random

import numpy as np
import pytest

from siyu.app.clock import VirtualClock
from siyu.app.lake import compact, flush
from siyu.app.people import identity
from siyu.app.people.portraits import tag, untag
from siyu.app.people.refresh import Mark, Marks, read_marks, write_marks
from siyu.app.people.rights import erase
from siyu.app.people.segments import Refreshed, members_of, refresh
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.people.segment_language import read_segments
from siyu.stores.sql.schema.portraits import segment_member
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000
_TEXT = """
- name: buyers
  all:
    - {did: order_paid, at_least: 2, in: 30d}
    - not: {did: complaint, in: 90d, where: {channel: store}}
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
        what = dice.choice(["take", "take", "take", "flush", "compact", "merge", "merge", "split", "erase", "later"])
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
                    clock.advance_to(clock.now_us() + 3 * HOUR)
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
