"""The two stores hold every touch exactly once, whatever happens between them."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, insert, select, update

from siyu.app.clock import VirtualClock
from siyu.app.lake import compact, erase, flush, measure, one_look, open_lake, status, timelines
from siyu.app.workspace import Workspace, open_workspace
from siyu.measurement.timeline import Timeline
from siyu.stores.lake.lake import Lake
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch

NOW = 1_780_000_000_000_000
TEXTS = ("channel", "account", "scene", "source_code", "content_id", "staff", "about")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "shop", clock=VirtualClock(NOW), create=True)
    yield opened
    opened.close()


@pytest.mark.postgres
def test_the_two_stores_agree_on_postgresql_too(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_DATABASE_URL", postgres_url)
    with open_workspace(tmp_path / "shop", clock=VirtualClock(NOW), create=True) as opened:
        take_in(opened, ROWS)
        assert everything(opened) == SEEN
        assert flush(opened).touches == len(ROWS)
        assert everything(opened) == SEEN
        join(opened, 2, 1)
        merged = sorted((1 if row[0] == 2 else row[0], *row[1:]) for row in SEEN)
        assert everything(opened) == merged
        assert flush(opened).moved == 2
        assert everything(opened) == merged
        assert erase(opened, [1]) == 4


def take_in(workspace: Workspace, rows: list[tuple[int, int, int, int]]) -> None:
    """Keep touches (identifier, time, kind, value) and the identifiers they need."""
    with workspace.database.write() as connection:
        known = set(connection.execute(select(identifier.c.identifier_id)).scalars())
        new = {row[0] for row in rows} - known - {0}
        for number in sorted(new):
            row = {"identifier_id": number, "key": number.to_bytes(16, "big"), "namespace": "phone"}
            connection.execute(insert(identifier), row | {"person_id": number, "first_seen_at_us": 0})
        done = connection.execute(select(func.coalesce(func.max(touch.c.seq), 0))).scalar_one()
        for place, (number, at, kind, value) in enumerate(rows):
            connection.execute(
                insert(touch),
                {
                    "touch_id": at.to_bytes(8, "big") + (done + place).to_bytes(8, "big"),
                    "identifier_id": number,
                    "kind": kind,
                    "happened_at_us": at,
                    "received_at_us": at,
                    "value_minor": value,
                    "currency": "CNY",
                    "properties": b'{"n": %d}' % place,
                }
                | {name: f"{name}-{kind}" for name in TEXTS},
            )


def everything(workspace: Workspace) -> list[tuple[int, int, int, int, str]]:
    """Read every touch of somebody through the timelines."""
    read = timelines(workspace)
    found = []
    for bucket in read.buckets:
        part = read.of_bucket(bucket, ("kind", "value", "channel"))
        assert (np.diff(part.person) >= 0).all()
        names = [part.text["channel"].names[code] for code in part.text["channel"].codes]
        found += list(
            zip(part.person.tolist(), part.at.tolist(), part.kind.tolist(), part.value.tolist(), names, strict=True)
        )
    return sorted(found)


ROWS = [(1, 50, 51, 990), (2, 40, 21, 0), (1, 10, 21, 0), (3, 5, 20, 0), (0, 7, 102, 0), (2, 40, 20, 0)]
SEEN = sorted((person, at, kind, value, f"channel-{kind}") for person, at, kind, value in ROWS if person)


def test_a_touch_is_seen_before_and_after_it_goes_to_the_lake(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    assert everything(workspace) == SEEN
    assert flush(workspace).touches == len(ROWS)
    assert everything(workspace) == SEEN
    take_in(workspace, [(1, 20, 20, 0)])
    assert everything(workspace) == sorted([*SEEN, (1, 20, 20, 0, "channel-20")])
    assert flush(workspace).touches == 1
    assert compact(workspace) >= 1
    assert everything(workspace) == sorted([*SEEN, (1, 20, 20, 0, "channel-20")])
    assert status(workspace).pending == 0
    assert status(workspace).most_files == 1


def test_touches_of_one_person_come_in_the_order_they_happened(workspace: Workspace) -> None:
    take_in(workspace, [(1, 30, 21, 0), (1, 10, 21, 0)])
    flush(workspace)
    take_in(workspace, [(1, 40, 21, 0), (1, 20, 21, 0)])
    flush(workspace)
    take_in(workspace, [(1, 15, 21, 0)])
    assert [at for _, at, *_ in everything(workspace)] == [10, 15, 20, 30, 40]


class Killed(BaseException):
    """Stands for kill -9 at this very place."""


class DyingLake(Lake):
    """A lake whose process dies before, in the middle of, or right after the commit of a flush."""

    dies = "before"

    def append(self, rows: pa.Table, *, batch: int) -> bool:
        if self.dies == "before":
            raise Killed
        done = super().append(rows, batch=batch)
        if self.dies == "after":
            raise Killed
        return done

    def _commit(self, *args: Any, **kwargs: Any) -> None:
        if self.dies == "middle":
            raise Killed
        super()._commit(*args, **kwargs)


@pytest.mark.parametrize("moment", ["before", "middle", "after"])
def test_a_flush_that_dies_loses_nothing_and_doubles_nothing(workspace: Workspace, moment: str) -> None:
    take_in(workspace, ROWS)
    lake = DyingLake(workspace.lake_url)
    lake.dies = moment
    with pytest.raises(Killed):
        flush(workspace, lake=lake)
    assert everything(workspace) == SEEN, "readers see every touch once while the flush lies broken"
    take_in(workspace, [(4, 1, 20, 0)])
    assert everything(workspace) == sorted([*SEEN, (4, 1, 20, 0, "channel-20")])
    done = flush(workspace)
    assert (done.mended, done.touches) == (1, 1)
    assert everything(workspace) == sorted([*SEEN, (4, 1, 20, 0, "channel-20")])
    assert open_lake(workspace).snapshot().rows == len(ROWS) + 1


def test_a_flush_whose_process_is_killed_is_mended_by_the_next(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    program = (
        "import os, sys, signal; from pathlib import Path\n"
        "from siyu.app.workspace import open_workspace; from siyu.app import lake\n"
        "lake._forget = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "lake.flush(open_workspace(Path(sys.argv[1])))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, workspace.folder], check=False, env=os.environ)
    assert done.returncode == -9
    assert status(workspace).pending == len(ROWS)
    assert everything(workspace) == SEEN
    assert flush(workspace).mended == 1
    assert status(workspace).pending == 0
    assert everything(workspace) == SEEN


def join(workspace: Workspace, person: int, into: int) -> None:
    with workspace.database.write() as connection:
        connection.execute(update(identifier).where(identifier.c.person_id == person).values(person_id=into))


def test_people_who_are_merged_and_split_again_are_seen_so_at_once_and_after_settling(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    flush(workspace)
    join(workspace, 2, 1)
    merged = sorted((1 if row[0] == 2 else row[0], *row[1:]) for row in SEEN)
    assert everything(workspace) == merged
    assert flush(workspace).moved == 2
    assert everything(workspace) == merged
    with workspace.database.write() as connection:
        connection.execute(update(identifier).where(identifier.c.identifier_id == 2).values(person_id=2))
    assert everything(workspace) == SEEN
    assert flush(workspace).moved == 2
    assert everything(workspace) == SEEN
    assert status(workspace).unsettled == 0


def test_a_move_rewrites_only_the_buckets_it_touches(workspace: Workspace) -> None:
    take_in(workspace, [(person, 10, 21, 0) for person in range(1, 60)])
    flush(workspace)
    before = {file.path for files in open_lake(workspace).snapshot().files.values() for file in files}
    join(workspace, 2, 1)
    flush(workspace)
    after = {file.path for files in open_lake(workspace).snapshot().files.values() for file in files}
    assert 1 <= len(before - after) <= 2
    assert len(everything(workspace)) == 59


def test_buckets_of_many_files_are_put_in_order_in_one_commit_and_others_are_left(workspace: Workspace) -> None:
    for people in (range(1, 60), range(1, 60), range(1, 8)):
        take_in(workspace, [(person, 10, 21, 0) for person in people])
        flush(workspace)
    before = open_lake(workspace).snapshot()
    full = {bucket for bucket, files in before.files.items() if len(files) == 3}
    seen = everything(workspace)
    assert compact(workspace, of_files=3) == len(full) > 1
    after = open_lake(workspace).snapshot()
    assert after.version == before.version + 1
    assert {bucket for bucket, files in after.files.items() if len(files) == 1} == full
    assert len(full) < len(after.files)
    assert everything(workspace) == seen
    assert compact(workspace, of_files=3) == 0
    assert open_lake(workspace).snapshot().version == after.version


def test_an_erased_person_is_in_no_file_any_more(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    flush(workspace)
    take_in(workspace, [(1, 60, 20, 0)])
    flush(workspace)
    take_in(workspace, [(1, 70, 20, 0)])
    assert erase(workspace, [1]) == 4
    assert everything(workspace) == [row for row in SEEN if row[0] != 1]
    files = list(Path(workspace.lake_url).rglob("*.parquet"))
    assert files
    for file in files:
        assert 1 not in pq.read_table(file, partitioning=None).column("identifier").to_pylist()


def test_a_reader_of_an_older_version_still_sees_the_whole_of_it(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    flush(workspace)
    old = timelines(workspace)
    take_in(workspace, [(person, 90, 20, 0) for person in range(1, 30)])
    flush(workspace)
    compact(workspace)
    assert sum(len(old.of_bucket(bucket, ())) for bucket in old.buckets) == len(SEEN)


def test_readers_see_whole_batches_while_the_lake_is_flushed_and_compacted(workspace: Workspace) -> None:
    done = Event()

    def work() -> None:
        try:
            for batch in range(6):
                take_in(workspace, [(person, 100 * batch + person, 20, 0) for person in range(1, 11)])
                flush(workspace)
                compact(workspace, keep_hours=0)
        finally:
            done.set()

    writer = Thread(target=work)
    writer.start()
    seen = [0]
    while not done.is_set():
        seen.append(measure(workspace, CountTouches()))
    writer.join()
    assert all(count % 10 == 0 for count in seen)
    assert seen == sorted(seen)
    assert measure(workspace, CountTouches()) == 60


class CountTouches:
    """The simplest measure there is."""

    columns = ()

    def of_bucket(self, timeline: Timeline) -> int:
        return len(timeline)

    def combine(self, parts: Iterable[int]) -> int:
        return sum(parts)


def test_a_measure_counts_every_touch_of_somebody(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    assert measure(workspace, CountTouches()) == len(SEEN)


def test_measures_of_one_look_see_the_same_touches_and_those_after_it_see_more(workspace: Workspace) -> None:
    take_in(workspace, ROWS)
    with one_look():
        assert measure(workspace, CountTouches()) == len(SEEN)
        take_in(workspace, [(1, 900, 10, 0)])
        assert measure(workspace, CountTouches()) == len(SEEN)
    assert measure(workspace, CountTouches()) == len(SEEN) + 1


def test_other_programs_read_the_lake_as_it_is(workspace: Workspace) -> None:
    duckdb = pytest.importorskip("duckdb")
    take_in(workspace, ROWS)
    flush(workspace)
    files = [str(file) for file in Path(workspace.lake_url).rglob("*.parquet")]
    total = duckdb.sql(f'SELECT count(*), sum(value), max(epoch_us("at")) FROM read_parquet({files})').fetchall()
    assert total == [(len(ROWS), 990, 50)]
