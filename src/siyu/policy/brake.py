"""The brake (刹车): complaints, lost friends and withdrawals against a source's own history; slow down, then stop.

A Poisson CUSUM, one for each staff member, play and account. Its own history says how many bad answers a sent message
brings (with a prior of one in a thousand, worth a thousand messages, so that a young source is neither trusted nor
blamed). Each day adds ``bad * ln(2) - expected``, the log-likelihood ratio of twice the usual rate against the usual
one; the sum never falls below zero. By Wald's inequality a sum that starts at zero passes ``h`` before it returns to
zero with a chance of at most ``e**-h`` while nothing has changed: about one excursion in 55 for slowing down (4.0) and
one in 2,981 for stopping (8.0).

Source: Page, Continuous inspection schemes (1954); Lucas, Counted data CUSUM's (1985).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Literal

#: How much worse than usual we want to notice.
TIMES_WORSE: Final = 2.0
SLOW_AT: Final = 4.0
STOP_AT: Final = 8.0
#: What we believe of a source without a history.
PRIOR_BAD: Final = 1.0
PRIOR_SENT: Final = 1_000.0

Step = Literal["go", "slow", "stop"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one source: messages that reached people, and bad answers."""

    sent: int
    bad: int


@dataclass(frozen=True, slots=True)
class Brake:
    """Where the brake of one source stands.

    Attributes:
        usual: Bad answers a message, by the history before the days that were watched.
        sum: The log-likelihood ratio so far; ``SLOW_AT`` and ``STOP_AT`` are its steps.
    """

    step: Step
    usual: float
    sum: float
    sent: int
    bad: int


def brake(history: Sequence[Day], watched: Sequence[Day]) -> Brake:
    """Compare the watched days with the history of the same source.

    Args:
        history: Days before, by which the source is its own measure.
        watched: The days since, oldest first.
    """
    sent = sum(day.sent for day in history) + PRIOR_SENT
    usual = (sum(day.bad for day in history) + PRIOR_BAD) / sent
    total = 0.0
    for day in watched:
        # bad answers count against what was sent that day; a bad answer on a silent day counts in full
        total = max(0.0, total + day.bad * log(TIMES_WORSE) - day.sent * usual * (TIMES_WORSE - 1.0))
    step: Step = "stop" if total >= STOP_AT else "slow" if total >= SLOW_AT else "go"
    return Brake(step, usual, total, sum(day.sent for day in watched), sum(day.bad for day in watched))
