"""The lake of a workspace: move touches there, keep it tidy, erase people, and read every touch there is.

Two stores, one truth. A flush is planned in the SQL store (table ``flush``), committed to the lake under its batch
number, and then forgotten in the SQL store. Whatever the moment of a crash, the next flush looks at the number in
the lake and either finishes the forgetting or does the writing again: nothing is lost and nothing is there twice.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select, text, update

from siyu.app.comments.screen import screen
from siyu.app.journeys.tick import hear
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.engines.local.engine import LocalEngine
from siyu.kernel.arrays import Int64
from siyu.kernel.errors import RetryLaterError
from siyu.measurement.ports import Engine, Measure
from siyu.stores.lake.lake import Lake
from siyu.stores.lake.layout import COLUMNS, NUMBERS
from siyu.stores.lake.timelines import SHARED, LakeTimelines, Pending
from siyu.stores.sql.schema.app import flush as flush_table
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.lake import rehomed
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch

Partial = TypeVar("Partial")
Result = TypeVar("Result")

BATCH: Final = 500_000
#: A reader that finds more touches than this waiting moves them to the lake first: columns are read faster there.
_MANY_PENDING: Final = 100_000
_MOVES: Final = "lake.moves"
_ADVISORY_LOCK: Final = 0x5349_5955  # "SIYU": the key of the lock among processes on PostgreSQL
_LOOKS: Final = 20
#: Where a column of the lake comes from.
_SQL_COLUMN: Final = {
    **{name: touch.c[name] for name in COLUMNS.names if name in touch.c},
    "person": func.coalesce(identifier.c.person_id, 0),
    "identifier": touch.c.identifier_id,
    "at": touch.c.happened_at_us,
    "value": touch.c.value_minor,
}
_SOON: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Flushed:
    """What a flush did.

    Attributes:
        touches: Moved to the lake.
        batches: In as many commits.
        mended: Batches of an earlier flush that was cut short, now finished.
        moved: Touches put under another person, because people were merged or split since.
    """

    touches: int
    batches: int
    mended: int
    moved: int


@dataclass(frozen=True, slots=True)
class LakeStatus:
    """How the lake stands.

    Attributes:
        touches, files, bytes: In its newest version.
        pending: Touches that wait for a flush.
        unsettled: Identifiers whose person changed since their touches went there.
        most_files: Files of the bucket that has most; above 1 a compaction makes reading faster.
    """

    url: str
    version: int
    buckets: int
    batch: int
    touches: int
    files: int
    bytes: int
    most_files: int
    pending: int
    unsettled: int


def open_lake(workspace: Workspace) -> Lake:
    """Open the lake of a workspace; made if it is not there.

    Raises:
        ConfigError: it cannot be made.
    """
    return Lake(workspace.lake_url, buckets=workspace.settings.buckets)


def flush(workspace: Workspace, *, lake: Lake | None = None, most: int = BATCH) -> Flushed:
    """Move every touch that waits in the SQL store to the lake, and settle people who were merged or split.

    Waits while another process changes the lake.

    Args:
        most: Touches in one commit.
    """
    lake = lake or open_lake(workspace)
    with _alone(workspace):
        mended = _mend(workspace, lake)
        touches = batches = 0
        while planned := _plan(workspace, most):
            batch, first, last = planned
            rows = _touches(workspace, first, last)
            lake.append(rows, batch=batch)
            _forget(workspace, batch, first, last)
            touches, batches = touches + len(rows), batches + 1
        return Flushed(touches, batches, mended, _settle(workspace, lake))


def compact(workspace: Workspace, *, lake: Lake | None = None, of_files: int = 2, keep_hours: int = 1) -> int:
    """Rewrite every bucket of so many files or more as one sorted file; return how many were rewritten.

    Files that only versions older than ``keep_hours`` need are deleted.
    """
    lake = lake or open_lake(workspace)
    with _alone(workspace):
        done = lake.compact(of_files=of_files)
        lake.sweep(hours=keep_hours)
    return done


def erase(workspace: Workspace, people: Sequence[int], *, lake: Lake | None = None) -> int:
    """Erase people from the lake and from what waits for it; the rows are gone from every file.

    The SQL tables other than ``touch`` are the caller's (``app/people``).

    Returns:
        How many touches were erased.
    """
    if not people:
        return 0
    lake = lake or open_lake(workspace)
    with _alone(workspace):
        _mend(workspace, lake)
        _settle(workspace, lake)
        wanted = [int(person) for person in people]
        gone = 0
        TakeIn(workspace).count_up()  # a touch that leaves the log must have been counted in the profiles
        with workspace.database.write(overwrite=True) as connection:
            for part in _parts(wanted):
                theirs = select(identifier.c.identifier_id).where(identifier.c.person_id.in_(part))
                gone += connection.execute(delete(touch).where(touch.c.identifier_id.in_(theirs))).rowcount
        gone += lake.erase(np.array(wanted, np.int64))
    SHARED.clear()
    return gone


def status(workspace: Workspace, *, lake: Lake | None = None) -> LakeStatus:
    """Say how the lake stands."""
    lake = lake or open_lake(workspace)
    now = lake.snapshot()
    files = [file for of_bucket in now.files.values() for file in of_bucket]
    with workspace.database.read() as connection:
        pending = connection.execute(select(func.count()).select_from(touch)).scalar_one()
        unsettled = connection.execute(select(func.count(func.distinct(rehomed.c.identifier_id)))).scalar_one()
    return LakeStatus(
        lake.url, now.version, lake.buckets, now.batch, now.rows, len(files), sum(file.size for file in files),
        max((len(of_bucket) for of_bucket in now.files.values()), default=0), pending, unsettled,
    )  # fmt: skip


def timelines(
    workspace: Workspace, *, lake: Lake | None = None, columns: Sequence[str] = COLUMNS.names
) -> LakeTimelines:
    """Return every touch as of now, each exactly once, under the person it belongs to now.

    Args:
        columns: What will be asked for, beside the keys; of what waits in the SQL store nothing else is read.
    """
    lake = lake or open_lake(workspace)
    with workspace.database.read() as connection:
        waiting = connection.execute(select(func.count()).select_from(touch)).scalar_one()
    if waiting > _MANY_PENDING:
        flush(workspace, lake=lake)
    for _ in range(_LOOKS):
        with workspace.database.read() as connection:
            if not workspace.database.is_sqlite:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            batches = {row.batch: row.to_seq for row in connection.execute(select(flush_table))}
            moves = _moves(connection)
            pending = _pending(connection, columns)
        seen = lake.snapshot()  # looked at after the SQL store, so it may only be newer
        if seen.batch <= max(batches, default=0) and seen.moved <= moves:
            return LakeTimelines(lake, seen, _without(pending, batches.get(seen.batch, 0)))
    raise RetryLaterError("the lake changes faster than it can be looked at", retry_after=_SOON)


def measure(workspace: Workspace, wanted: Measure[Partial, Result], *, engine: Engine | None = None) -> Result:
    """Measure everybody of a workspace, on the threads of this machine if no other engine is given."""
    engine = engine or LocalEngine()
    kept = _LOOK.get()
    for _ in range(_LOOKS):
        try:
            if kept is None:
                return engine.run(wanted, timelines(workspace, columns=wanted.columns))
            return engine.run(wanted, kept.at(workspace, wanted.columns))
        except FileNotFoundError:  # an erasure or a sweep took a file away while it was read: look again
            if kept is not None:
                kept.forget()
    raise RetryLaterError("the lake's files change faster than they can be read", retry_after=_SOON)


class _Look:
    """What was read of a workspace; read again only if more columns are asked for."""

    def __init__(self) -> None:
        self._of: str = ""
        self._columns: set[str] = set()
        self._seen: LakeTimelines | None = None

    def at(self, workspace: Workspace, columns: Sequence[str]) -> LakeTimelines:
        if self._seen is None or self._of != workspace.lake_url or not set(columns) <= self._columns:
            self._columns |= set(columns) | set(NUMBERS)
            self._of, self._seen = workspace.lake_url, timelines(workspace, columns=sorted(self._columns))
        return self._seen

    def forget(self) -> None:
        self._seen = None


_LOOK: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Let every measure inside see the same moment: what waits for the lake is read once, not once a measure."""
    token = _LOOK.set(_Look())
    try:
        yield
    finally:
        _LOOK.reset(token)


def _plan(workspace: Workspace, most: int) -> tuple[int, int, int] | None:
    """Note in the SQL store which touches go next: batch number, first and last ``seq``; ``None`` if none wait."""
    with workspace.database.write() as connection:
        if not workspace.database.is_sqlite:
            # an insert under way may still bring a smaller number: wait for it, so that a range is complete for ever
            connection.execute(text("LOCK TABLE touch IN SHARE MODE"))
        next_ones = select(touch.c.seq).order_by(touch.c.seq).limit(most).subquery()
        first, last = connection.execute(select(func.min(next_ones.c.seq), func.max(next_ones.c.seq))).one()
        if first is None:
            return None
        batch = connection.execute(select(func.coalesce(func.max(flush_table.c.batch), 0))).scalar_one() + 1
        planned = {"batch": batch, "from_seq": first, "to_seq": last, "planned_at_us": workspace.clock.now_us()}
        connection.execute(insert(flush_table), planned)
        return batch, first, last


def _mend(workspace: Workspace, lake: Lake) -> int:
    """Finish a flush that was cut short; return how many there were (0 or 1)."""
    with workspace.database.read() as connection:
        cut = connection.execute(select(flush_table).where(flush_table.c.done_at_us.is_(None))).all()
    for row in cut:
        if lake.snapshot().batch < row.batch:
            lake.append(_touches(workspace, row.from_seq, row.to_seq), batch=row.batch)
        _forget(workspace, row.batch, row.from_seq, row.to_seq)
    return len(cut)


def _forget(workspace: Workspace, batch: int, first: int, last: int) -> None:
    TakeIn(workspace).count_up()  # a touch that leaves the log must have been counted in the profiles
    hear(workspace)  # … and heard by journeys
    screen(workspace)  # … and comments looked at
    with workspace.database.write() as connection:
        connection.execute(delete(touch).where(touch.c.seq.between(first, last)))
        done = update(flush_table).where(flush_table.c.batch == batch)
        connection.execute(done.values(done_at_us=workspace.clock.now_us()))


def _settle(workspace: Workspace, lake: Lake) -> int:
    """Put touches in the lake under the people that their identifiers belong to now; return how many moved."""
    with workspace.database.write() as connection:
        notes = connection.execute(select(rehomed.c.seq).order_by(rehomed.c.seq)).scalars().all()
        if not notes:
            return 0
        moved, before, after = _rehomed(connection)
        number = _moves(connection) + 1
        connection.execute(delete(setting).where(setting.c.name == _MOVES))
        connection.execute(insert(setting), {"name": _MOVES, "value": str(number)})
    count = lake.move(moved, before, after, number=number)
    with workspace.database.write() as connection:
        for part in _parts(notes):
            connection.execute(delete(rehomed).where(rehomed.c.seq.in_(part)))
    return count


def _pending(connection: Connection, columns: Sequence[str]) -> tuple[Int64, Pending]:
    seq, rows = _rows(connection, first=0, last=None, columns=columns)
    return seq, Pending(rows, *_rehomed(connection))


def _without(pending: tuple[Int64, Pending], to_seq: int) -> Pending:
    """Leave out what the lake holds already."""
    seq, known = pending
    return Pending(known.rows.filter(pa.array(seq > to_seq)), known.moved, known.before, known.after)


def _rehomed(connection: Connection) -> tuple[Int64, Int64, Int64]:
    found = connection.execute(
        select(rehomed.c.identifier_id, rehomed.c.was_person_id, identifier.c.person_id)
        .distinct()
        .join(identifier, identifier.c.identifier_id == rehomed.c.identifier_id)
        .order_by(rehomed.c.identifier_id)
    ).all()
    columns = np.array([tuple(row) for row in found], np.int64).reshape(-1, 3)
    moved, place = np.unique(columns[:, 0], return_index=True)
    return moved, np.unique(columns[:, 1]), columns[place, 2]


def _touches(workspace: Workspace, first: int, last: int) -> pa.Table:
    with workspace.database.read() as connection:
        return _rows(connection, first=first, last=last)[1]


def _rows(
    connection: Connection, *, first: int, last: int | None, columns: Sequence[str] = COLUMNS.names
) -> tuple[Int64, pa.Table]:
    """Read waiting touches with the person each belongs to (0: nobody); also their ``seq``.

    Args:
        columns: Which columns of the lake, beside the numbers that every reader needs.
    """
    asked = pa.schema([field for field in COLUMNS if field.name in NUMBERS or field.name in columns])
    wanted = (
        select(touch.c.seq, *(_SQL_COLUMN[name] for name in asked.names))
        .join(identifier, identifier.c.identifier_id == touch.c.identifier_id, isouter=True)
        .where(touch.c.seq >= first)
        .order_by(touch.c.seq)
    )
    if last is not None:
        wanted = wanted.where(touch.c.seq <= last)
    result = connection.execute(wanted)
    rows = result.cursor.fetchall()  # the driver's own tuples: there may be a hundred thousand
    result.close()
    seq, *found = list(zip(*rows, strict=True)) or [()] * (len(asked) + 1)
    arrays = []
    for field, column in zip(asked, found, strict=True):
        if field.name == "properties":
            arrays.append(pa.array([bytes(one).decode() for one in column], field.type))
        elif field.name == "at":
            arrays.append(pa.array(column, pa.int64()).cast(field.type))
        else:
            arrays.append(pa.array(column, field.type))
    return np.array(seq, np.int64), pa.table(arrays, schema=asked)


def _moves(connection: Connection) -> int:
    return int(connection.execute(select(setting.c.value).where(setting.c.name == _MOVES)).scalar_one_or_none() or 0)


def _parts(numbers: Sequence[int], size: int = 10_000) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Be the only one who changes the lake: among processes of this machine, or of all machines on PostgreSQL."""
    if workspace.database.is_sqlite:
        with (workspace.folder / "lake.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        with workspace.database.engine.connect() as connection:
            connection.execute(select(func.pg_advisory_lock(_ADVISORY_LOCK)))
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_ADVISORY_LOCK)))
