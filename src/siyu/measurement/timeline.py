"""A timeline (时间线): the touches of one bucket of people as columns, sorted by person and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as small integers.

    Attributes:
        codes: One row per touch: the position of its text in ``names``.
        names: The texts; two buckets may number them differently, so partial results go by name.
    """

    codes: Int32
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to the people of one bucket.

    Attributes:
        person: Pseudonymous person numbers, ascending.
        at: Microseconds since 1970 UTC, ascending inside a person.
        kind: ``TouchKind`` numbers.
        value: Money in minor units, or zero.
        text: The text columns that were asked for (``channel``, ``scene``, ``source_code`` …).
        identifier: The evidence each touch came by, if it was asked for.
    Shape: (touches,) each. ``kind`` and ``value`` are zero where they were not asked for.
    """

    person: Int64
    at: Int64
    kind: Int8
    value: Int64
    text: Mapping[str, Coded] = field(default_factory=dict)
    identifier: Int64 | None = None

    def __len__(self) -> int:
        return int(self.person.size)


#: Columns that are numbers; every other one that a measure asks for is text.
NUMBERS: Final = ("person", "at", "kind", "value", "identifier")


def empty_timeline(columns: Sequence[str] = ()) -> Timeline:
    """Return the timeline of nobody, with the text columns that were asked for."""
    nothing = np.empty(0, np.int64)
    texts = {name: Coded(np.empty(0, np.int32), []) for name in columns if name not in NUMBERS}
    return Timeline(nothing, nothing, np.empty(0, np.int8), nothing, texts, nothing)
