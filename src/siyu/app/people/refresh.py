"""Bring the members of a segment up to date: only people of whom something changed are measured again.

What a refresh leaves behind for the next one (``segment.marks``): the moment its day began, and for every bucket of
people the files it was read from, of whom the store answered yes to each question, and the people whom the lake did not
know yet. The next refresh measures the people in newer files, those who were or are pending, and those of whom the
store now says something else; a bucket whose files were rewritten is measured whole. A new day or a changed text
measures everybody, for every window moved.
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
from siyu.people.segment_kernel import Compiled, members
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

    def one(bucket: int) -> tuple[Int64, Mark, int, bool]:
        theirs = tuple(part[bucket] for part in said)
        files, pending = timelines.files_of(bucket), timelines.unsettled_people(bucket)
        mark = before.buckets.get(bucket) if before else None
        changed = None
        if mark is not None and mark.files is not None and len(mark.said) == len(theirs):
            changed = timelines.changed_since(bucket, mark.files)
        if changed is None or mark is None:
            timeline = timelines.of_bucket(bucket, segment.columns)
            found = _measured(plan, timeline, theirs)
        else:
            other = [np.setxor1d(old, new, assume_unique=True) for old, new in zip(mark.said, theirs, strict=True)]
            changed = distinct([changed, mark.pending, *other])
            timeline = timelines.of_people(bucket, changed, segment.columns)
            stay = np.setdiff1d(of_held[bucket], changed, assume_unique=True)
            found = distinct([stay, _measured(plan, timeline, theirs)]) if changed.size else stay
        ahead = bool(timeline.at.size and timeline.at.max() >= now_us)  # a touch that will count by itself, later
        kept = Mark(None if ahead else files, theirs, pending)
        return found, kept, -1 if changed is None else int(changed.size), changed is None

    with ThreadPoolExecutor(_THREADS) as pool:
        done = list(pool.map(one, timelines.buckets))
    marks = Marks(plan.now_us, _digest(segment.text.encode()),
                  {bucket: mark for bucket, (_, mark, _, _) in zip(timelines.buckets, done, strict=True)})  # fmt: skip
    people = np.sort(np.concatenate([np.empty(0, np.int64), *(found for found, *_ in done)]))
    return Brought(people, marks, sum(max(0, count) for _, _, count, _ in done), sum(whole for *_, whole in done))


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


def _measured(plan: Compiled, timeline: Timeline, known: tuple[Int64, ...]) -> Int64:
    texts = {name: (column.codes, column.names) for name, column in timeline.text.items()}
    return members(plan, person=timeline.person, at=timeline.at, kind=timeline.kind, value=timeline.value,
                   texts=texts, known=known)  # fmt: skip


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
