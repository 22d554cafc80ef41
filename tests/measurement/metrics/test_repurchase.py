"""Repurchase counts purchase days, repeaters and intervals."""

from datetime import UTC
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.people import Row, measured, rows
from siyu import metrics
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.metrics.repurchase import Repurchase
from siyu.measurement.quantiles import quantiles


@settings(max_examples=70, deadline=None)
@given(rows(kinds=(51, 21), longest=50 * DAY, step=7 * HOUR))
def test_sums_are_those_of_plain_python(some: list[Row]) -> None:
    until = 40 * DAY
    result = measured(Repurchase(within_days=(5, 20), zone=UTC, until_us=until), some)
    days = {
        person: sorted({row[1] // DAY for row in some if row[0] == person and row[2] == 51})
        for person in {row[0] for row in some if row[2] == 51}
    }
    gaps = [later - day for each in days.values() for day, later in pairwise(each)]
    assert result.buyers == len(days)
    assert result.purchase_days == sum(map(len, days.values()))
    assert result.repeaters == sum(len(each) > 1 for each in days.values())
    assert result.value_minor == sum(row[3] for row in some if row[2] == 51)
    assert result.repeat_value_minor == sum(row[3] for row in some if row[2] == 51 and row[1] // DAY > days[row[0]][0])
    if gaps:
        assert np.allclose(result.interval_days or [], np.quantile(gaps, [0.1, 0.25, 0.5, 0.75, 0.9]))
    else:
        assert result.interval_days is None
    for within in result.within:
        seen = [each for each in days.values() if each[0] + within.days < until // DAY]
        assert within.buyers == len(seen)
        assert within.again == sum(len(each) > 1 and each[1] - each[0] <= within.days for each in seen)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_of_counted_numbers_are_numpys(numbers: list[int], wanted: float) -> None:
    counts = np.bincount(numbers, minlength=31)
    assert np.isclose((quantiles(counts, [wanted]) or [np.nan])[0], np.quantile(numbers, wanted))


def test_cdnow_has_its_published_repeaters(shared: Path) -> None:
    text = (shared / "data" / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]
    who, day, _, paid = zip(*(line.split() for line in text), strict=True)
    orders = pl.DataFrame({"who": who, "day": day, "paid": paid})
    result = metrics.repurchase(orders, person="who", at="day", value="paid", currency="USD")
    assert (result.buyers, result.purchase_days, result.repeaters) == (23_570, 67_591, 11_516)
    assert result.value_minor == 250_031_563
    assert result.rate is not None
    assert round(result.rate.value, 4) == 0.4886
