"""Evening (晚间): people of smaller cities look after work, so what is said to them waits until then."""

from collections.abc import Sequence
from datetime import datetime, time, tzinfo
from typing import Final

import msgspec
import numpy as np

from siyu.campaigns.facts import Facts
from siyu.campaigns.proposal import Proposal
from siyu.kernel.period import DAY, moment_of, us_of

#: The first tier of the lower-tier market, and of the smallest cities.
LOWER: Final = 3
LOWEST: Final = 4


def wait_for_evening(
    proposals: Sequence[Proposal], facts: Facts, *, lower: str, lowest: str, now_us: int, zone: tzinfo
) -> list[Proposal]:
    """Put proposals for people of smaller cities off to their hour; what would come too late then stays as it is.

    Args:
        lower, lowest: Hours such as ``18:00`` for cities of the third tier and for smaller ones; empty: at once.
    """
    hours = {at: next_hour(text, now_us=now_us, zone=zone) for at, text in ((LOWER, lower), (LOWEST, lowest)) if text}
    found = []
    for one in proposals:
        place = int(np.searchsorted(facts.person, one.person_id))
        due_us = hours.get(min(int(facts.city_tier[place]), LOWEST), 0)
        later = one.due_at_us < due_us <= one.deadline_us
        found.append(msgspec.structs.replace(one, due_at_us=due_us) if later else one)
    return found


def next_hour(text: str, *, now_us: int, zone: tzinfo) -> int:
    """Return the next moment at which the clock shows an hour such as ``18:00``; now, if it does now."""
    local = moment_of(now_us).astimezone(zone)
    at_us = us_of(datetime.combine(local.date(), time.fromisoformat(text), zone))
    return at_us if at_us >= now_us else at_us + DAY
