"""Timelines: every touch by bucket of people, from the lake and from what has not reached it yet."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from siyu.kernel.arrays import Int8, Int64
from siyu.measurement.timeline import Coded, Timeline, empty_timeline
from siyu.stores.lake.lake import Lake, Snapshot, rehome
from siyu.stores.lake.layout import COLUMNS, bucket_of
from siyu.stores.lake.order import order_of, order_of_runs, rows_of
from siyu.stores.lake.read import Columns, coded, joined, read_columns

_KEYS = ("person", "at", "kind", "value")
_NOBODY = 0


class ColumnCache:
    """Columns of lake files that this process has read; files never change, so an entry is never wrong.

    Args:
        most: Bytes to keep; the column that was not asked for longest goes first.
    """

    def __init__(self, most: int = 4 << 30) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = Lock()

    def look(self, key: tuple[Any, ...]) -> Any:
        """Return what is kept under ``key``, or ``None``."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], column: Any, *, instead: bool = False) -> Any:
        """Keep a column, and return it; ``instead`` of what is kept under that key."""
        with self._lock:
            if instead and key in self._kept:
                self._size -= _bytes_of(self._kept.pop(key))
            if key not in self._kept:
                self._kept[key] = column
                self._size += _bytes_of(column)
            while self._size > self._most and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._size -= _bytes_of(dropped)
        return column

    def clear(self) -> None:
        """Forget everything, such as after an erasure."""
        with self._lock:
            self._kept.clear()
            self._size = 0


#: What this process shares between all its reads.
SHARED = ColumnCache()


@dataclass(frozen=True, slots=True)
class Pending:
    """What the SQL store knows and the lake does not, as of one moment.

    Attributes:
        rows: Touches that no flush has moved yet; of ``layout.COLUMNS`` the numbers and what will be asked for.
        moved, before, after: Identifiers whose person has changed since they went to the lake (ascending), people
            they may stand under there, and the person each belongs to now.
    """

    rows: pa.Table
    moved: Int64
    before: Int64
    after: Int64


def nothing_pending() -> Pending:
    """Return what is pending when the lake knows everything."""
    none = np.empty(0, np.int64)
    return Pending(COLUMNS.empty_table(), none, none, none)


class LakeTimelines:
    """Timelines of one moment: a snapshot of the lake and what was pending then.

    Implements ``measurement.ports.Timelines``. Raises ``FileNotFoundError`` when a file of the snapshot was swept
    away meanwhile: take a new snapshot and begin again.
    """

    def __init__(
        self, lake: Lake, snapshot: Snapshot, pending: Pending | None = None, cache: ColumnCache = SHARED
    ) -> None:
        self._lake, self._snapshot, self._cache = lake, snapshot, cache
        pending = pending or nothing_pending()
        self._moved, self._before, self._after = pending.moved, pending.before, pending.after
        self._fresh: dict[int, list[pa.Table]] = {}
        self._in_order: dict[tuple[int, tuple[str, ...]], list[Columns]] = {}
        self._unsettled: set[int] = set()
        wanderers = self._wanderers(pending) if pending.moved.size else []
        for rows in [pending.rows, *wanderers]:
            bucket = bucket_of(rows.column("person").to_numpy(), lake.buckets)
            order = np.argsort(bucket.astype(np.uint16), kind="stable")  # small numbers are sorted digit by digit
            together = rows.take(pa.array(order))
            ends = np.cumsum(np.bincount(bucket, minlength=lake.buckets)).tolist()
            for number, (start, end) in enumerate(pairwise([0, *ends])):
                if end > start:
                    self._fresh.setdefault(number, []).append(together.slice(start, end - start))

    def __getstate__(self) -> dict[str, Any]:
        """Go to another process without the columns that this one has read."""
        return {name: value for name, value in self.__dict__.items() if name != "_cache"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _cache=SHARED)

    @property
    def buckets(self) -> Sequence[int]:
        """The buckets there are."""
        return range(self._lake.buckets)

    def of_bucket(self, bucket: int, columns: Sequence[str]) -> Timeline:
        """Read one bucket, sorted by person and time."""
        files = self._snapshot.files.get(bucket, ())
        asked = [name for name in columns if name not in {"person", "at"}]
        if bucket in self._fresh or bucket in self._unsettled:
            merged = self._merged(bucket, asked)
        elif not files:
            return empty_timeline(asked)
        else:
            merged = self._settled(bucket, asked)
        return _timeline(merged, asked)

    def files_of(self, bucket: int) -> tuple[str, ...]:
        """Name the files of a bucket; files never change, so the same names hold the same touches."""
        return tuple(file.path for file in self._snapshot.files.get(bucket, ()))

    def unsettled_people(self, bucket: int) -> Int64:
        """Return the people of a bucket of whom anything is pending, ascending: touches, or a merge or split."""
        before = self._before[bucket_of(self._before, self._lake.buckets) == bucket]
        fresh = [rows.column("person").to_numpy() for rows in self._fresh.get(bucket, ())]
        return _somebody([before, *fresh])

    def changed_since(self, bucket: int, files: Sequence[str]) -> Int64 | None:
        """Return the people whose touches may differ from when the bucket was these files and nothing was pending.

        ``None`` if it can only be told by reading all: a file is gone, so the bucket was rewritten.
        """
        if not set(files) <= set(self.files_of(bucket)):
            return None
        newer = [file for file in self._snapshot.files.get(bucket, ()) if file.path not in set(files)]
        who: list[Any] = [self._of_file(self._lake.full_path(file), ("person",)).numbers["person"] for file in newer]
        return _somebody([self.unsettled_people(bucket), *who])

    def as_filed(self, bucket: int, columns: Sequence[str]) -> Timeline:
        """Read one bucket as its files hold it, sorted by person and time: without what is pending."""
        asked = [name for name in columns if name not in {"person", "at"}]
        return _timeline(self._settled(bucket, asked), asked) if self.files_of(bucket) else empty_timeline(asked)

    def moved_people(self, bucket: int) -> Int64:
        """Return the people of a bucket some of whose touches may stand there though they are another's now."""
        return _somebody([self._before[bucket_of(self._before, self._lake.buckets) == bucket]])

    def note(self, bucket: int, name: str, thing: Any) -> None:
        """Keep something with ``nbytes`` beside the columns of a bucket, for ``noted``, as long as there is room."""
        self._cache.keep(((self._lake.root, bucket), name), thing, instead=True)

    def noted(self, bucket: int, name: str) -> Any:
        """Return what this process noted of a bucket under that name, or ``None``."""
        return self._cache.look(((self._lake.root, bucket), name))

    def of_people(self, bucket: int, people: Int64, columns: Sequence[str], *, without: Sequence[str] = ()) -> Timeline:
        """Read some people of a bucket, sorted by person and time; the others cost a search in a sorted column.

        Args:
            people: Ascending, each once, all of this bucket.
            without: Files to leave out.
        """
        asked = [name for name in columns if name not in {"person", "at"}]
        if not people.size:
            return empty_timeline(asked)
        moved = ("identifier",) if bucket in self._unsettled else ()
        wanted = list(dict.fromkeys((*_KEYS, *moved, *asked)))
        parts: list[Columns] = []
        for file in self._snapshot.files.get(bucket, ()):
            if file.path in without:
                continue
            path = self._lake.full_path(file)
            person: Any = self._of_file(path, ("person",)).numbers["person"]
            rows = rows_of(person, people)
            if not rows.size:
                continue
            part = _chosen(self._of_file(path, wanted), rows)
            if bucket in self._unsettled:
                numbers: Any = part.numbers
                now, _ = rehome(numbers["identifier"], numbers["person"], self._moved, self._after)
                part = _chosen(part, now == numbers["person"])
            parts.append(part)
        for fresh in self._waiting(bucket, tuple(wanted)):
            theirs: Any = fresh.numbers["person"]
            inside = people[np.searchsorted(people, theirs).clip(max=people.size - 1)] == theirs
            parts.append(fresh if inside.all() else _chosen(fresh, inside))
        return _timeline(_together(parts, wanted), asked) if parts else empty_timeline(asked)

    def _of_file(self, path: str, names: Sequence[str]) -> Columns:
        """Columns of one file, which is sorted, out of the cache."""
        missing = [name for name in names if self._cache.look(((path,), name)) is None]
        read = read_columns((path,), missing, self._lake.filesystem) if missing else Columns()
        new: dict[str, Any] = {**read.numbers, **read.texts}
        found = {
            name: self._cache.keep(((path,), name), new[name]) if name in new else self._cache.look(((path,), name))
            for name in names
        }
        return Columns(
            {name: column for name, column in found.items() if not isinstance(column, Coded)},
            {name: column for name, column in found.items() if isinstance(column, Coded)},
        )

    def _settled(self, bucket: int, names: Sequence[str]) -> Columns:
        """Columns of a bucket as its files hold them, in order, out of the cache."""
        paths = tuple(self._lake.full_path(file) for file in self._snapshot.files[bucket])
        order = self._order(bucket, paths) if len(paths) > 1 else None

        wanted = list(dict.fromkeys(("person", "at", *names)))
        found = {name: self._cache.look((paths, name)) for name in wanted}
        missing = [name for name in wanted if found[name] is None]
        if missing:
            raw = read_columns(paths, missing, self._lake.filesystem)
            for name, number in raw.numbers.items():
                found[name] = self._cache.keep((paths, name), number if order is None else number[order])
            for name, text in raw.texts.items():
                kept = text if order is None else Coded(text.codes[order], text.names)
                found[name] = self._cache.keep((paths, name), kept)
        return Columns(
            {name: column for name, column in found.items() if not isinstance(column, Coded)},
            {name: column for name, column in found.items() if isinstance(column, Coded)},
        )

    def _order(self, bucket: int, paths: tuple[str, ...]) -> Int64:
        kept: Int64 | None = self._cache.look((paths, "order"))
        if kept is None:
            keys: Any = read_columns(paths, _KEYS, self._lake.filesystem).numbers
            starts = np.cumsum([0, *(file.rows for file in self._snapshot.files[bucket])])
            kept = order_of_runs(keys["person"], keys["at"], keys["kind"], keys["value"], starts)
            self._cache.keep((paths, "order"), kept)
        return kept

    def _merged(self, bucket: int, names: Sequence[str]) -> Columns:
        """Columns of a bucket with what is pending, and without touches whose person is now elsewhere."""
        moved = ("identifier",) if bucket in self._unsettled else ()
        wanted = list(dict.fromkeys((*_KEYS, *moved, *names)))
        parts: list[Columns] = []
        if self._snapshot.files.get(bucket):
            base = self._settled(bucket, wanted)
            if bucket in self._unsettled:
                numbers: Any = base.numbers
                person, _ = rehome(numbers["identifier"], numbers["person"], self._moved, self._after)
                base = _chosen(base, person == numbers["person"])
            parts.append(base)
        parts += self._waiting(bucket, tuple(wanted))
        return _together(parts, wanted)

    def _waiting(self, bucket: int, names: tuple[str, ...]) -> list[Columns]:
        """Columns of what is pending in a bucket, each part in order; sorted once."""
        if (bucket, names) not in self._in_order:
            self._in_order[bucket, names] = [_sorted(_columns_of(rows, names)) for rows in self._fresh.get(bucket, ())]
        return self._in_order[bucket, names]

    def _wanderers(self, pending: Pending) -> list[pa.Table]:
        """Touches that stand in the lake under a person they no longer belong to, under their new one."""
        found = []
        for bucket in sorted({int(one) for one in bucket_of(pending.before, self._lake.buckets)}):
            files = self._snapshot.files.get(bucket, ())
            if not files:
                continue
            keys: Any = self._settled(bucket, ("identifier",)).numbers
            person, changed = rehome(keys["identifier"], keys["person"], pending.moved, pending.after)
            if changed:
                self._unsettled.add(bucket)
                gone = person != keys["person"]
                every = self._settled(bucket, COLUMNS.names[:-2])
                found.append(_table_of(_chosen(every, gone), person[gone]))
        return found


def distinct(people: Sequence[Int64]) -> Int64:
    """Return everybody who is in any of some columns, each once, ascending."""
    every: Int64 = np.sort(np.concatenate(people))  # faster than np.unique, which hashes
    first: Int64 = every[:1]
    rest: Int64 = every[1:][every[1:] != every[:-1]]
    return np.concatenate((first, rest))


def _somebody(people: Sequence[Int64]) -> Int64:
    every = distinct(people)
    somebody: Int64 = every[every != _NOBODY]
    return somebody


def _together(parts: Sequence[Columns], names: Sequence[str]) -> Columns:
    """Put parts that are in order each into one order; at least one part."""
    numbers = {
        name: np.concatenate([part.numbers[name] for part in parts]) for name in names if name in parts[0].numbers
    }
    texts = {name: joined([part.texts[name] for part in parts]) for name in names if name in parts[0].texts}
    if len(parts) == 1:
        return Columns(numbers, texts)
    keys: Any = numbers
    starts = np.cumsum([0, *(len(part.numbers["person"]) for part in parts)])
    order = order_of_runs(keys["person"], keys["at"], keys["kind"], keys["value"], starts)
    return _chosen(Columns(numbers, texts), order)


def _sorted(columns: Columns) -> Columns:
    keys: Any = columns.numbers
    return _chosen(columns, order_of(keys["person"], keys["at"], keys["kind"], keys["value"]))


def _chosen(columns: Columns, rows: Any) -> Columns:
    return Columns(
        {name: number[rows] for name, number in columns.numbers.items()},
        {name: Coded(text.codes[rows], text.names) for name, text in columns.texts.items()},
    )


def _columns_of(rows: pa.Table, names: Sequence[str]) -> Columns:
    got = Columns()
    for name in names:
        column = rows.column(name)
        if pa.types.is_string(column.type):
            got.texts[name] = coded(column)
        else:
            kept = column.cast(pa.int8() if name == "kind" else pa.int64())
            got.numbers[name] = kept.to_numpy()
    return got


def _table_of(columns: Columns, person: Int64) -> pa.Table:
    arrays = {**columns.numbers, "person": person}
    texts = {name: np.array(text.names, object)[text.codes] for name, text in columns.texts.items()}
    size = person.size
    empty = {"touch_id": pa.array([b""] * size, pa.binary()), "properties": [""] * size}
    made = {name: arrays.get(name, texts.get(name, empty.get(name))) for name in COLUMNS.names}
    made["at"] = pa.array(arrays["at"]).cast(pa.timestamp("us", tz="UTC"))
    return pa.table(made, schema=COLUMNS)


def _timeline(columns: Columns, asked: Sequence[str]) -> Timeline:
    numbers: Any = columns.numbers
    person: Int64 = numbers["person"]
    # account events stand under nobody, before everybody; where there are none, the column need not be copied to search
    first = int(np.searchsorted(person, _NOBODY, "right")) if person.size and person[0] <= _NOBODY else 0
    rows = slice(first, None)
    size = person.size - first
    kind: Int8 = numbers["kind"][rows] if "kind" in asked else np.zeros(size, np.int8)
    value: Int64 = numbers["value"][rows] if "value" in asked else np.zeros(size, np.int64)
    return Timeline(
        person[rows],
        numbers["at"][rows],
        kind,
        value,
        {name: Coded(text.codes[rows], text.names) for name, text in columns.texts.items() if name in asked},
        numbers["identifier"][rows] if "identifier" in asked else None,
    )


def _bytes_of(column: Any) -> int:
    if isinstance(column, Coded):
        return int(column.codes.nbytes) + sum(len(name) + 60 for name in column.names)
    return int(column.nbytes)
