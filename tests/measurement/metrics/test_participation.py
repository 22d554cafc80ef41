"""Layers of participation against plain counting of the same rows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.people import Row, measured, rows
from siyu.kernel.period import DAY
from siyu.measurement.metric import Options
from siyu.measurement.metrics.participation import build

KINDS = (11, 20, 21, 23, 42, 51, 70)


@settings(max_examples=60, deadline=None)
@given(rows(kinds=KINDS, longest=60 * DAY, most=60), st.integers(1, 4))
def test_layers_are_those_of_plain_counting(some: list[Row], many: int) -> None:
    until = 50 * DAY
    found = measured(build(Options({"many": str(many), "days": "30"}, until_us=until)), some)
    layers: dict[str, list[list[Row]]] = {"creates": [], "takes part": [], "watches": []}
    for person in {row[0] for row in some}:
        mine = [row for row in some if row[0] == person and until - 30 * DAY <= row[1] < until]
        said = sum(row[2] in {20, 42, 70} for row in mine)
        if any(row[2] != 11 for row in mine):
            layers["creates" if said >= many else "takes part" if said else "watches"].append(mine)
    assert found.people == sum(map(len, layers.values()))
    for layer in found.layers:
        people = layers[layer.layer]
        assert layer.people == len(people)
        assert layer.contributions == sum(row[2] in {20, 42, 70} for mine in people for row in mine)
        assert layer.paid_minor == sum(row[3] for mine in people for row in mine if row[2] == 51)
        buyers = sum(any(row[2] == 51 for row in mine) for mine in people)
        assert (layer.bought is None) == (not people)
        if people:
            assert layer.bought.value == buyers / len(people)


def test_one_in_a_hundred_creates_and_the_days_that_are_there_are_said() -> None:
    some = [(1, DAY + place, 42, 0, "") for place in range(12)] + [(1, 2 * DAY, 51, 900, "")]
    some += [(person, DAY, 23, 0, "") for person in range(2, 92)] + [
        (person, DAY, 20, 0, "") for person in range(92, 101)
    ]
    found = measured(build(Options(until_us=3 * DAY, since_us=DAY)), some)
    assert [layer.people for layer in found.layers] == [1, 9, 90]
    assert [layer.chinese for layer in found.layers] == ["创作", "参与", "旁观"]
    creators = found.layers[0]
    assert (creators.share.value, creators.contribution_share, creators.paid_minor) == (0.01, 12 / 21, 900)
    assert (found.days, found.observed_days) == (30, 2)
    assert np.isclose(found.layers[2].contributions, 0)


def test_nobody_has_no_shares() -> None:
    found = measured(build(Options(until_us=3 * DAY)), [])
    assert all(layer.share is None and layer.contribution_share is None for layer in found.layers)
