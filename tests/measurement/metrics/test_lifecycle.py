"""Growth accounting: the parts add up, unit by unit."""

from datetime import UTC

import numpy as np
from hypothesis import given, settings

from measurement.people import Row, measured, rows
from siyu.kernel.period import DAY
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.lifecycle import Lifecycle


@settings(max_examples=70, deadline=None)
@given(rows(kinds=(51, 21), longest=14 * DAY, step=DAY // 2))
def test_units_are_those_of_plain_python(some: list[Row]) -> None:
    paid = np.zeros(KINDS, np.int8)
    paid[51] = 1
    until = 13 * DAY
    result = measured(Lifecycle(paid, "day", UTC, until), some)
    active = {p: {row[1] // DAY for row in some if row[0] == p and row[2] == 51} for p in {row[0] for row in some}}
    before = 0
    for unit in result.units:
        day = int((np.datetime64(unit.start) - np.datetime64("1970-01-01")).astype(int))
        here = [p for p, days in active.items() if day in days]
        new = [p for p in here if min(active[p]) == day]
        kept = [p for p in here if day - 1 in active[p]]
        assert (unit.active, unit.new, unit.kept) == (len(here), len(new), len(kept))
        assert unit.resurrected == len(here) - len(new) - len(kept)
        assert unit.mature == ((day + 1) * DAY <= until)
        if unit.mature:
            assert unit.dormant is not None
            assert unit.active == before + unit.new + unit.resurrected - unit.dormant
        else:
            assert unit.dormant is None
        before = unit.active
