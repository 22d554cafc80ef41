"""People of smaller cities hear from us in the evening, others at once."""

from datetime import timedelta, timezone

import numpy as np
import pytest

from campaigns.crowd import NOW_US
from siyu.app.simulate.launch import evening_moments
from siyu.app.simulate.world import START_US
from siyu.campaigns.evening import wait_for_evening
from siyu.campaigns.facts import Facts
from siyu.campaigns.occasion import Occasion, proposals_of
from siyu.content.piece import Piece
from siyu.kernel.period import DAY, HOUR, MINUTE

_ZONE = timezone(timedelta(hours=8))


@pytest.mark.parametrize(("open_for", "hours"), [(DAY, [0, 0, 0, 8, 11]), (10 * HOUR, [0, 0, 0, 8, 0])])
def test_the_hour_goes_by_the_tier_of_the_city(open_for: int, hours: list[int]) -> None:
    zero, value = np.zeros(5, np.int64), np.zeros(5)
    person = np.arange(10, 15)
    facts = Facts(person, zero, zero, value, value, zero, zero, zero, zero, zero, zero, zero,
                  city_tier=np.array([0, 1, 2, 3, 4]))  # fmt: skip
    occasion = Occasion(person > 0, zero + NOW_US, Piece(content_id="x", text="x"), 0.1, open_for)
    wanted = proposals_of("x", facts, occasion, now_us=NOW_US, channel="wecom")
    found = wait_for_evening(wanted, facts, lower="18:00", lowest="21:00", now_us=NOW_US, zone=_ZONE)  # it is 10:00
    assert [(one.due_at_us - NOW_US) // HOUR for one in found] == hours
    assert [one.proposal_id for one in found] == [one.proposal_id for one in wanted]


def test_a_simulation_turns_at_these_hours_too() -> None:
    assert evening_moments({"cap": 2}, 3) == []
    assert evening_moments({"lower_tier_hour": "18:00"}, 1) == [START_US + 18 * HOUR + MINUTE]
