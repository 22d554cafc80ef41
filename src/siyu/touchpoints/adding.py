"""Gradual adding (渐进添加): ask few people a day at first, watch who accepts, slow down before the platform does.

Only people who bought or asked are asked at all. An account begins with ``first_day`` and grows by ``growth`` a day;
when fewer accept than should, its pace is halved, and when it is clear that hardly anybody does, it rests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment_desk import wilson


class Basis(StrEnum):
    """Why somebody may be asked."""

    BOUGHT = "bought"
    ASKED = "asked"


class Alarm(StrEnum):
    """What the acceptance rate says."""

    NONE = "none"
    SLOW = "slow"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Pace:
    """How an account adds people.

    Attributes:
        first_day: Requests on the first day.
        growth: Factor from day to day while people accept.
        most_a_day: Never more, whatever the growth (the platform's own limit belongs here).
        least_share: Fewer acceptances than this slow the account down.
        rest_share: When the whole interval lies below this, the account rests.
    """

    first_day: int = 5
    growth: float = 1.3
    most_a_day: int = 60
    least_share: float = 0.4
    rest_share: float = 0.15

    def __post_init__(self) -> None:
        if not (
            1 <= self.first_day <= self.most_a_day and self.growth >= 1 and 0 <= self.rest_share < self.least_share < 1
        ):
            raise BadInputError(
                "a pace begins with 1 to most_a_day, grows by at least 1, and rests below where it slows", where="pace"
            )


@dataclass(frozen=True, slots=True)
class AddingDay:
    """What an account did on one day: people asked, and how many of these accepted."""

    asked: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Adding:
    """What an account may do today.

    Attributes:
        may_ask: Requests that may be made today.
        share, low, high: Acceptance over the days watched, with its 95 % interval (Wilson 1927).
    """

    may_ask: int
    alarm: Alarm
    share: float
    low: float
    high: float


def adding(pace: Pace, days: Sequence[AddingDay], *, watched: int = 7) -> Adding:
    """Say how many people an account may ask today.

    Args:
        days: What it did, oldest first, up to yesterday; people asked yesterday had a day to answer.
        watched: Acceptance is judged over so many of the last days.

    The pace grows on each day that was used and whose acceptance so far was not below ``least_share``, and is halved on
    each that was: the interval must lie below, so that two refusals in a row slow nobody down.
    """
    allowed = float(pace.first_day)
    state = _state(pace, ())
    for place in range(1, len(days) + 1):
        state = _state(pace, days[max(0, place - watched) : place])
        if state.alarm is not Alarm.NONE:
            allowed = max(allowed / 2, 1.0)
        elif days[place - 1].asked:
            allowed = min(allowed * pace.growth, float(pace.most_a_day))
    may_ask = 0 if state.alarm is Alarm.REST else int(allowed)
    return Adding(may_ask, state.alarm, state.share, state.low, state.high)


def acceptance(pace: Pace, asked: int, accepted: int) -> Adding:
    """Judge the acceptance of any group of people asked, such as those of one source; ``may_ask`` is 0."""
    return _state(pace, [AddingDay(asked, accepted)])


def may_be_asked(basis: Basis | None, *, asked_before: int) -> tuple[bool, str]:
    """Say whether a person may be asked to be added: only from a purchase or a request, and only once."""
    if basis is None:
        return False, "bought nothing and asked for nothing"
    if asked_before:
        return False, "was asked before and may come by itself"
    return True, ""


def _state(pace: Pace, days: Sequence[AddingDay]) -> Adding:
    asked, accepted = sum(one.asked for one in days), sum(one.accepted for one in days)
    low, high = wilson(accepted, asked)
    alarm = Alarm.REST if high < pace.rest_share else Alarm.SLOW if high < pace.least_share else Alarm.NONE
    return Adding(0, alarm, accepted / asked if asked else 1.0, low, high)
