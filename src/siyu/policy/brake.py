"""The brake (刹车): complaints, lost friends and withdrawals against a source's own history; slow down, then stop.

A Poisson CUSUM, one for each staff member, code, play and account. Its own history says how many bad answers a sent
message brings. A source without one is believed to be like the others of its kind in the workspace, give or take: a
gamma distribution about their rate, of shape one where little is known of them and four where much is; about one in a
hundred where there are no others. The less is known, the higher the steps below. Each day adds
``bad * ln(2) - expected``, the log-likelihood ratio of twice the usual rate against the usual one; the sum never falls
below zero.

How high is too high depends on how much a source sends and on how well its history is known, so the two steps are set
for each source by simulation: of 5,000 fortnights of a source that did not change, with its rate drawn from what its
history leaves possible, at most 5 in 100 may ever reach the first step and 6 in 1,000 the second, however often one
looks.

Source: Page, Continuous inspection schemes (1954); Lucas, Counted data CUSUM's (1985); limits by simulation with an
estimated rate: Jones, Champ and Rigdon, The run length distribution of the CUSUM with estimated parameters (2004).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Literal

import numpy as np

from siyu.kernel.arrays import Float64

#: How much worse than usual we want to notice.
TIMES_WORSE: Final = 2.0
#: Shares of fortnights of an unchanged source that may reach each step.
SLOW_FALSELY: Final = 0.05
STOP_FALSELY: Final = 0.006
#: What part of these is spent on single days; the rest is spent on the whole fortnight.
AT_ONCE: Final = 0.25
#: Below these sums nothing is done: three and six bad answers at least, whatever the share says.
LEAST_SLOW: Final = 2.0
LEAST_STOP: Final = 4.0
#: What is believed of a source without a history and without others of its kind: one in a hundred.
PRIOR_BAD: Final = 1.0
PRIOR_SENT: Final = 100.0
#: Bad answers of others after which their rate counts half as much as it ever will.
_HALF_KNOWN: Final = 10.0
_MORE_KNOWN: Final = 3.0
_FORTNIGHT: Final = 14
_RUNS: Final = 5_000

Step = Literal["go", "slow", "stop"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one source: messages that reached people, and bad answers to them, on whatever day those came."""

    sent: int
    bad: int


_NOBODY: Final = Day(0, 0)


@dataclass(frozen=True, slots=True)
class Brake:
    """Where the brake of one source stands.

    Attributes:
        usual: Bad answers a message, by the history before the days that were watched.
        sum: The log-likelihood ratio so far.
        slow_at, stop_at: Sums at which this source is slowed down and stopped.
    """

    step: Step
    usual: float
    sum: float
    sent: int
    bad: int
    slow_at: float
    stop_at: float


def brake(history: Sequence[Day], watched: Sequence[Day], *, others: Day = _NOBODY) -> Brake:
    """Compare the watched days with the history of the same source.

    Args:
        history: Days before, by which the source is its own measure.
        watched: The days since, oldest first.
        others: All days of the other sources of its kind: what a source without a history is measured by.
    """
    prior_bad = PRIOR_BAD + _MORE_KNOWN * others.bad / (others.bad + _HALF_KNOWN)
    prior_sent = prior_bad * (others.sent + PRIOR_SENT) / (others.bad + PRIOR_BAD)
    known_bad = sum(day.bad for day in history) + prior_bad
    known_sent = sum(day.sent for day in history) + prior_sent
    usual = known_bad / known_sent
    total = 0.0
    for day in watched:
        total = max(0.0, total + day.bad * log(TIMES_WORSE) - day.sent * usual * (TIMES_WORSE - 1.0))
    slow_at, stop_at = LEAST_SLOW, LEAST_STOP
    if total >= LEAST_SLOW:
        slow_at, stop_at = _steps(known_bad, known_sent, [day.sent for day in watched])
    step: Step = "stop" if total >= stop_at else "slow" if total >= slow_at else "go"
    sent, bad = sum(day.sent for day in watched), sum(day.bad for day in watched)
    return Brake(step, usual, total, sent, bad, slow_at, stop_at)


def _steps(known_bad: float, known_sent: float, sent: Sequence[int]) -> tuple[float, float]:
    """Return the sums that an unchanged source reaches as rarely as promised, over a whole fortnight.

    Its true rate is drawn from the gamma distribution that the history leaves; days that are not yet over are taken to
    be like those that are.
    """
    filled = [*sent, *[round(sum(sent) / max(1, len(sent)))] * (_FORTNIGHT - len(sent))]
    days = np.array(filled, np.float64)
    dice = np.random.default_rng(1954)
    rate = dice.gamma(known_bad, 1.0 / known_sent, _RUNS)
    steps: Float64 = dice.poisson(rate[:, None] * days) * log(TIMES_WORSE) - days * (known_bad / known_sent) * (
        TIMES_WORSE - 1.0
    )
    peaks = np.empty_like(steps)
    total, peak = np.zeros(_RUNS), np.zeros(_RUNS)
    for day in range(days.size):
        np.maximum(total + steps[:, day], 0.0, out=total)
        np.maximum(peak, total, out=peak)
        peaks[:, day] = peak
    # a part of what is promised is spent evenly over the days, for what is bad at once, the rest on the whole fortnight
    place = np.sort(np.argsort(np.argsort(peaks, axis=0, kind="stable"), axis=0).max(axis=1))
    today, whole = np.sort(peaks[:, len(sent) - 1]), np.sort(peak)
    slow, stop = (
        np.nextafter(
            min(today[place[_beyond(share * AT_ONCE)]], whole[_beyond(share * (1.0 - AT_ONCE))]),
            np.inf,
        )
        for share in (SLOW_FALSELY, STOP_FALSELY)
    )
    return max(LEAST_SLOW, float(slow)), max(LEAST_STOP, float(stop))


def _beyond(share: float) -> int:
    """Return the place, among all runs in ascending order, above which this share of them lies."""
    return _RUNS - 1 - int(share * _RUNS)
