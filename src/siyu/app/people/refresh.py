"""Bring the members of a segment up to date: only people of whom something changed are measured again.

What a refresh leaves behind for the next one (``segment.marks``): the moment its day began, and for every bucket of
people the files it was read from, of whom the store answered yes to each question, and the people whom the lake did not
know yet. The next refresh measures the people in newer files, those who were or are pending, and those of whom the
store now says something else; a bucket whose files were rewritten is measured whole. A new day or a changed text
measures everybody, for every window moved.

A process that measured a bucket whole also remembers what it counted of everybody in its files (``segment_tally.py``):
to that it adds the touches of newer files and those that wait, without reading again what it has counted.
"""

import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Literal

import msgspec
import numpy as np

from siyu.kernel.arrays import Int64
from siyu.measurement.timeline import Timeline
from siyu.people.segment import Segment
from siyu.people.segment_kernel import Compiled, members, tally
from siyu.people.segment_tally import Tally
from siyu.stores.lake.layout import bucket_of
from siyu.stores.lake.timelines import LakeTimelines, distinct

_THREADS = 2
_SHAPE: Final = 2
_Kept = tuple[Literal[2], int, str, dict[int, tuple[tuple[str, ...] | None, list[bytes], bytes]]]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a bucket was at a refresh.

    Attributes:
        files: Its files; ``None`` if the next refresh must measure it whole.
        said: For each question to the store, the people of whom it was true, ascending.
        pending: People whose touches or merges the lake did not know yet.
    """

    files: tuple[str, ...] | None
    said: tuple[Int64, ...]
    pending: Int64


@dataclass(frozen=True, slots=True)
class Marks:
    """What a refresh leaves behind; windows count from ``midnight_us``."""

    midnight_us: int
    text: str
    buckets: Mapping[int, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brought:
    """The members as of now.

    Attributes:
        people: Ascending.
        marks: For the next refresh.
        measured: People whose touches were read; buckets that were read whole count in ``whole``.
    """

    people: Int64
    marks: Marks
    measured: int
    whole: int


def bring_up_to_date(
    timelines: LakeTimelines,
    segment: Segment,
    plan: Compiled,
    known: tuple[Int64, ...],
    *,
    now_us: int,
    held: Int64,
    before: Marks | None,
) -> Brought:
    """Return the members of a segment, from those of the last refresh and what changed since.

    Args:
        known: For each of the plan's questions, the people of whom it is true, ascending.
        held: Members of the last refresh, ascending.
        before: What the last refresh left behind; ``None`` measures everybody.
    """
    buckets = len(timelines.buckets)
    if before is not None and (before.midnight_us, before.text) != (plan.now_us, _digest(segment.text.encode())):
        before = None
    of_held = _by_bucket(held, buckets)
    said = [_by_bucket(one, buckets) for one in known]

    counter = _Counter(timelines, segment, plan, now_us)

    def one(bucket: int) -> tuple[Int64, Mark, int, bool]:
        theirs = tuple(part[bucket] for part in said)
        files, pending = timelines.files_of(bucket), timelines.unsettled_people(bucket)
        mark = before.buckets.get(bucket) if before else None
        changed = None
        if mark is not None and mark.files is not None and len(mark.said) == len(theirs):
            changed = timelines.changed_since(bucket, mark.files)
        whole, ahead, stay = changed is None, False, of_held[bucket]
        if changed is None or mark is None:
            filed, ahead = counter.files(bucket)
            stay, changed = members(plan, filed, theirs), pending
        else:
            other = [np.setxor1d(old, new, assume_unique=True) for old, new in zip(mark.said, theirs, strict=True)]
            changed = distinct([changed, mark.pending, *other])
        counted, later = counter.people(bucket, changed)
        stay = np.setdiff1d(stay, changed, assume_unique=True)
        found = distinct([stay, members(plan, counted, theirs)])
        return found, Mark(None if ahead or later else files, theirs, pending), int(changed.size), whole

    with ThreadPoolExecutor(_THREADS) as pool:
        done = list(pool.map(one, timelines.buckets))
    marks = Marks(plan.now_us, _digest(segment.text.encode()),
                  {bucket: mark for bucket, (_, mark, _, _) in zip(timelines.buckets, done, strict=True)})  # fmt: skip
    people = np.sort(np.concatenate([np.empty(0, np.int64), *(found for found, *_ in done)]))
    return Brought(
        people, marks, sum(count for _, _, count, whole in done if not whole), sum(whole for *_, whole in done)
    )


def write_marks(marks: Marks) -> bytes:
    """Return marks as they are kept: MessagePack, packed; people by their distance from the one before."""
    buckets = {
        bucket: (mark.files, [_steps(one) for one in mark.said], _steps(mark.pending))
        for bucket, mark in marks.buckets.items()
    }
    return zlib.compress(msgspec.msgpack.encode((_SHAPE, marks.midnight_us, marks.text, buckets)), 1)


def read_marks(kept: bytes) -> Marks | None:
    """Return marks; ``None`` if there are none, or an older release wrote them another way."""
    try:
        _, midnight_us, text, buckets = msgspec.msgpack.decode(zlib.decompress(kept), type=_Kept)
    except (zlib.error, msgspec.DecodeError):
        return None
    return Marks(
        midnight_us,
        text,
        {
            bucket: Mark(files, tuple(_people(one) for one in said), _people(pending))
            for bucket, (files, said, pending) in buckets.items()
        },
    )


def _steps(people: Int64) -> bytes:
    return np.diff(people, prepend=np.int64(0)).astype("<i8").tobytes()


def _people(steps: bytes) -> Int64:
    return np.cumsum(np.frombuffer(steps, "<i8"))


def tallied(
    plan: Compiled, timeline: Timeline, *, who: Int64 | None = None, before: Tally | None = None
) -> tuple[Tally, Int64]:
    """Count what a segment asks of the people of a timeline: ``segment_kernel.tally``."""
    texts = {name: (column.codes, column.names) for name, column in timeline.text.items()}
    return tally(plan, person=timeline.person, at=timeline.at, kind=timeline.kind, value=timeline.value,
                 texts=texts, who=who, before=before)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Filed:
    """What was counted of everybody in a bucket's files, under windows that count from ``midnight_us``."""

    midnight_us: int
    files: tuple[str, ...]
    counted: Tally

    @property
    def nbytes(self) -> int:
        return self.counted.nbytes


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts the people of a bucket; says beside it whether a touch was there that will count by itself, later."""

    timelines: LakeTimelines
    segment: Segment
    plan: Compiled
    now_us: int

    def files(self, bucket: int) -> tuple[Tally, bool]:
        """Count everybody in the bucket's files, and remember it."""
        timeline = self.timelines.as_filed(bucket, self.segment.columns)
        counted, _ = tallied(self.plan, timeline)
        ahead = self._is_ahead(timeline)
        if not ahead:
            filed = _Filed(self.plan.now_us, self.timelines.files_of(bucket), counted)
            self.timelines.note(bucket, self._name, filed)
        return counted, ahead

    def people(self, bucket: int, who: Int64) -> tuple[Tally, bool]:
        """Count some people, ascending, with all that waits."""
        filed: _Filed | None = self.timelines.noted(bucket, self._name)
        columns, files = self.segment.columns, set(self.timelines.files_of(bucket))
        if filed is None or filed.midnight_us != self.plan.now_us or not set(filed.files) <= files:
            timeline = self.timelines.of_people(bucket, who, columns)
            return tallied(self.plan, timeline, who=who)[0], self._is_ahead(timeline)
        timeline = self.timelines.of_people(bucket, who, columns, without=filed.files)
        counted, anew = tallied(self.plan, timeline, who=who, before=filed.counted)
        moved = np.intersect1d(self.timelines.moved_people(bucket), who, assume_unique=True)
        anew = distinct([anew, moved])
        if anew.size:
            again, _ = tallied(self.plan, self.timelines.of_people(bucket, anew, columns), who=anew)
            counted.slots[np.searchsorted(who, anew)] = again.slots
        return counted, self._is_ahead(timeline)

    @property
    def _name(self) -> str:
        return f"tally {self.segment.name} {_digest(self.segment.text.encode())}"

    def _is_ahead(self, timeline: Timeline) -> bool:
        return bool(timeline.at.size and timeline.at.max() >= self.now_us)


def _by_bucket(people: Int64, buckets: int) -> list[Int64]:
    """Return the people of each bucket, ascending."""
    bucket = bucket_of(people, buckets)
    order = np.argsort(bucket, kind="stable")
    ends = np.searchsorted(bucket[order], np.arange(buckets + 1))
    return [people[order[ends[number] : ends[number + 1]]] for number in range(buckets)]


def _digest(*parts: bytes) -> str:
    made = blake2b(digest_size=16)
    for part in parts:
        made.update(len(part).to_bytes(8, "little"))
        made.update(part)
    return made.hexdigest()
