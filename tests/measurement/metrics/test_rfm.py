"""RFM knows each buyer's last day, purchase days and money, and puts everybody into exactly one layer."""

from datetime import UTC

import numpy as np
from hypothesis import given, settings

from measurement.people import Row, measured, rows
from siyu.kernel.period import DAY
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.rfm import Rfm

PAID = np.zeros(KINDS, np.int8)
PAID[51] = 1


@settings(max_examples=60, deadline=None)
@given(rows(kinds=(51, 21), longest=30 * DAY, step=DAY // 2, people=9))
def test_buyers_are_those_of_plain_python(some: list[Row]) -> None:
    result = measured(Rfm(PAID, UTC, 31 * DAY), some)
    wanted = {}
    for person in sorted({row[0] for row in some if row[2] == 51}):
        bought = [row for row in some if row[0] == person and row[2] == 51]
        days = {row[1] // DAY for row in bought}
        wanted[person] = (30 - max(days), len(days), sum(row[3] for row in bought))
    columns = (result.person, result.recency_days, result.purchase_days, result.money_minor)
    figures = zip(*(column.tolist() for column in columns), strict=True)
    assert {person: tuple(rest) for person, *rest in figures} == wanted
    assert len(result.person) == len(wanted)
    assert sum(layer.people for layer in result.layers) == result.buyers == len(wanted)
    assert sum(layer.value_minor for layer in result.layers) == result.value_minor
    assert ((result.scores >= 1) & (result.scores <= 5)).all()


def test_scores_go_by_quintiles() -> None:
    some = [(person, (10 * person) * DAY, 51, person * 100, "") for person in range(1, 11)]
    result = measured(Rfm(PAID, UTC, 101 * DAY), some)
    recency, often, money = result.scores[:, np.argsort(result.person)]
    assert recency.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert money.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert set(often.tolist()) == {1}, "who bought as often gets the same score"
