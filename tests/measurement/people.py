"""People made up for the tests of metrics: timelines of any shape, and the same rows in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from siyu.measurement.timeline import Coded, Timeline

Row = tuple[int, int, int, int, str]  # person, at, kind, value, text


def rows(
    *, kinds: Sequence[int], longest: int, people: int = 4, most: int = 40, step: int = 1
) -> st.SearchStrategy[list[Row]]:
    """Draw touches; few moments, so that some fall together."""
    one = st.tuples(
        st.integers(1, people),
        st.integers(0, longest // step).map(lambda place: place * step),
        st.sampled_from(list(kinds)),
        st.integers(0, 5),
        st.sampled_from(["", "a", "b"]),
    )
    return st.lists(one, max_size=most)


def timeline(some: Sequence[Row], text: str = "channel") -> Timeline:
    """Sort rows into a timeline."""
    ordered = sorted(some, key=lambda row: row[:4])
    names = sorted({row[4] for row in ordered})
    return Timeline(
        np.array([row[0] for row in ordered], np.int64),
        np.array([row[1] for row in ordered], np.int64),
        np.array([row[2] for row in ordered], np.int8),
        np.array([row[3] for row in ordered], np.int64),
        {text: Coded(np.array([names.index(row[4]) for row in ordered], np.int32), names)},
    )


@dataclass
class Halves:
    """Timelines in two buckets, by odd and even people. Implements ``Timelines``."""

    some: Sequence[Row]
    text: str = "channel"
    buckets: Sequence[int] = (0, 1)

    def of_bucket(self, bucket: int, columns: Sequence[str]) -> Timeline:
        return timeline([row for row in self.some if row[0] % 2 == bucket], self.text)


def measured(measure: Any, some: Sequence[Row], text: str = "channel") -> Any:
    """Measure rows in two buckets, and check that one bucket and the other order say the same."""
    halves = Halves(some, text)
    parts = [measure.of_bucket(halves.of_bucket(bucket, measure.columns)) for bucket in halves.buckets]
    result = measure.combine(parts)
    assert repr(measure.combine(parts[::-1])) == repr(result)
    assert repr(measure.combine([measure.of_bucket(timeline(some, text))])) == repr(result)
    return result
