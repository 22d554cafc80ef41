"""What measurement needs from outside."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from siyu.measurement.timeline import Timeline

Partial = TypeVar("Partial")
Result_co = TypeVar("Result_co", covariant=True)


class Measure(Protocol[Partial, Result_co]):
    """A number that is a sum over people, so that buckets, threads and machines may share the work.

    Attributes:
        columns: What to read from the lake beyond ``person`` and ``at``: ``kind``, ``value``, or text columns.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        ...

    def of_bucket(self, timeline: Timeline) -> Partial:
        """Measure one bucket in one linear pass. Pure, and free of the interpreter's lock."""
        ...

    def combine(self, parts: Iterable[Partial]) -> Result_co:
        """Add the buckets up. Pure; the order of ``parts`` does not count."""
        ...


class Timelines(Protocol):
    """Every touch ever taken in, by bucket: the lake and what has not reached it yet."""

    @property
    def buckets(self) -> Sequence[int]:
        """The buckets there are."""
        ...

    def of_bucket(self, bucket: int, columns: Sequence[str]) -> Timeline:
        """Read one bucket, sorted by person and time."""
        ...


class Engine(Protocol):
    """Runs a measure over all buckets: on threads of this machine, or as tasks of a cluster."""

    def run(self, measure: Measure[Partial, Result_co], timelines: Timelines) -> Result_co:
        """Return what the measure says of everybody."""
        ...
