"""Last events (最近事件): when a person's last parcel came, money went back, a complaint closed; what periods paid.

Definition: the latest moment of each kind; orders paid minus money given back since three moments.
Source: house definition.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_KINDS = (TouchKind.ORDER_RECEIVED, TouchKind.ORDER_REFUNDED, TouchKind.COMPLAINT_CLOSED, TouchKind.GROUP_SPOKE)


@dataclass(frozen=True, slots=True)
class Events:
    """People, ascending, and their last events.

    Attributes:
        received_at, refunded_at, calmed_at, spoke_at: Microseconds since 1970 UTC; 0 if it never happened; ``spoke``:
            said something in a group.
        paid_minor, paid_later_minor, paid_lately_minor: Paid less refunds since ``since_us``, ``later_us`` and
            ``lately_us``.
    Shape: (people,) each.
    """

    person: Int64
    received_at: Int64
    refunded_at: Int64
    calmed_at: Int64
    spoke_at: Int64
    paid_minor: Int64
    paid_later_minor: Int64
    paid_lately_minor: Int64


@dataclass(frozen=True, slots=True)
class LastEvents:
    """The measure.

    Attributes:
        since_us, later_us, lately_us: From when on money counts; the first is the earliest.
    """

    since_us: int
    later_us: int
    lately_us: int
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Events:
        """Measure one bucket; most touches are none of these and are passed over at once."""
        paid, back = timeline.kind == TouchKind.ORDER_PAID, timeline.kind == TouchKind.ORDER_REFUNDED
        counts = (paid | back) & (timeline.at >= self.since_us)
        used = counts | np.isin(timeline.kind, _KINDS)
        at, kind = timeline.at[used], timeline.kind[used]
        person, place = np.unique(timeline.person[used], return_inverse=True)
        last = []
        for wanted in _KINDS:
            column, mine = np.zeros(person.size, np.int64), kind == wanted
            np.maximum.at(column, place[mine], at[mine])
            last.append(column)
        money = (np.abs(timeline.value) * (paid.astype(np.int64) - back) * counts)[used]
        sums = [
            np.bincount(place, weights=money * (at >= since), minlength=person.size)
            for since in (self.since_us, self.later_us, self.lately_us)
        ]
        return Events(person, *last, *(column.astype(np.int64) for column in sums))

    def combine(self, parts: Iterable[Events]) -> Events:
        """Put the buckets together; people ascending."""
        every = list(parts)
        names = Events.__dataclass_fields__
        columns = {
            name: np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in every)]) for name in names
        }
        order = np.argsort(columns["person"], kind="stable")
        return Events(**{name: column[order] for name, column in columns.items()})
