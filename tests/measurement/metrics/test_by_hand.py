"""Sources, actions, conversation and break-even, each on an example worked by hand."""

import numpy as np
import pytest

from measurement.people import measured
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, MINUTE
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.actions import Actions
from siyu.measurement.metrics.break_even import break_even
from siyu.measurement.metrics.conversation import Conversation
from siyu.measurement.metrics.sources import Sources

ALL = np.ones(KINDS, np.int8)
PAID = np.zeros(KINDS, np.int8)
PAID[51] = 1


def test_a_person_comes_from_the_first_source_that_is_known() -> None:
    some = [
        (1, 0, 21, 0, ""), (1, 1, 21, 0, "door"), (1, 2, 51, 300, "poster"), (1, 3, 51, 500, ""),
        (2, 0, 21, 0, "poster"), (2, 5, 51, 200, ""), (3, 0, 21, 0, ""),
    ]  # fmt: skip
    result = measured(Sources(PAID, "channel"), some)
    rows = [(row.source, row.people, row.buyers, row.repeaters, row.orders, row.paid_minor) for row in result.sources]
    assert rows == [("door", 1, 1, 1, 2, 800), ("poster", 1, 1, 0, 1, 200), ("", 1, 0, 0, 0, 0)]
    assert result.sources[0].order_value_minor.value == 400
    assert result.sources[1].order_value_minor is None, "one order has no interval"
    assert result.herfindahl == pytest.approx(0.8**2 + 0.2**2)
    assert (result.largest_share, result.unknown) == (0.8, 1)


def test_an_action_is_followed_by_those_who_come_back_on_the_day() -> None:
    some = [
        (1, 0, 30, 0, "door"), (1, DAY + 5, 21, 0, ""), (1, 3 * DAY, 51, 900, "door"),
        (2, 0, 30, 0, "door"), (2, 30 * DAY + 1, 21, 0, ""),
        (3, 20 * DAY, 30, 0, "door"), (3, 21 * DAY, 21, 0, "poster"),
    ]  # fmt: skip
    result = measured(Actions(ALL, PAID, "channel", until_us=40 * DAY), some)
    door = next(row for row in result.actions if row.action == "door")
    assert (door.people, door.d30_observed) == (3, 2)
    assert door.d1.value == pytest.approx(2 / 3)
    assert door.d7.value == 0
    assert door.d30.value == 0.5
    assert (door.bought.value, door.paid_minor) == (0.5, 900)
    poster = next(row for row in result.actions if row.action == "poster")
    assert poster.d30 is None, "thirty days are not over"


def test_conversation_counts_answers_both_ways() -> None:
    some = [
        (1, 0, 10, 0, ""), (1, 2 * MINUTE, 11, 0, ""), (1, 9 * MINUTE, 10, 0, ""), (1, DAY, 51, 100, ""),
        (2, 0, 11, 0, ""), (2, 5 * DAY, 10, 0, ""),
        (3, 0, 11, 0, ""),
    ]  # fmt: skip
    result = measured(Conversation(until_us=90 * DAY), some)
    assert (result.spoken_to, result.wrote, result.two_way) == (3, 2, 2)
    assert (result.sent, result.answered) == (3, 1)
    assert (result.waited, result.responded) == (3, 1)
    assert result.response_minutes == [2.0] * 5
    by_class = {row.up_to: (row.people, row.bought) for row in result.by_response}
    assert by_class["5 min"] == (1, 1)
    assert by_class["never"] == (1, 0)


def test_break_even_of_one_to_one_point_eight() -> None:
    found = break_even(spend_minor=100_000, sales_minor=130_000, margin=0.7, refunds=0.1, commission=0.08)
    assert found.break_even_ratio == pytest.approx(1 / (0.9 * 0.62))
    assert found.payback_day is None
    assert found.contribution_minor == pytest.approx(0.558 * 130_000 - 100_000)
    assert found.cac_minor is None
    assert "1:1.30 against the 1:1.79" in found.verdict


def test_repeat_purchase_pays_back_on_the_first_day_that_covers_the_spend() -> None:
    found = break_even(spend_minor=100, sales_minor=100, margin=0.5, repeat_per_day=0.1)
    assert found.payback_day == 10, "half of 100 and of ten days of 10 is 100"
    assert break_even(spend_minor=1, sales_minor=1, margin=0.1, commission=0.2).break_even_ratio is None


def test_a_share_of_45_is_not_45_per_cent() -> None:
    with pytest.raises(BadInputError, match=r"0\.45 for 45 %"):
        break_even(spend_minor=1, sales_minor=1, margin=45)
