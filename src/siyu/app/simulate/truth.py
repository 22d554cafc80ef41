"""Trials against the truth, without the long way round: many small markets, each with both worlds lived through.

What is the product's own here: the facts that measurement makes of touches, the play, the draw of the holdout and the
uplift measure. What is left out: taking in, the guard's transaction and the outbox (``run.py`` has them all).
In one world everybody is spoken to, in the other nobody, with the same dice; what the product would have seen is the
first world for those drawn as treated and the second for those held out. The true effect needs no estimate: it is the
mean difference of the two worlds over everybody who was drawn.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siyu.app.simulate.furnish import RECEIVED_AFTER, REFUNDED_AFTER, TIER_LINES, born_on, gives_back
from siyu.app.simulate.world import START_US, moments
from siyu.campaigns.facts import EVENTS, PORTRAIT, TIERS, Facts
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.play import Play
from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.arms import Arms
from siyu.measurement.metrics.uplift import Uplift
from siyu.measurement.models.rhythm import Rhythm
from siyu.measurement.timeline import Timeline
from siyu.sandbox.market.as_touches import CHANNEL
from siyu.sandbox.market.ears import heard_as
from siyu.sandbox.market.live import CALMED, LEFT, ORDERED, REPLIED
from siyu.sandbox.market.market import Happened, Market
from siyu.sandbox.market.parameters import Parameters
from siyu.touchpoints.kind import TouchKind

_NEVER: Final = -1
#: How long what was paid counts for a tier.
_TIER_US: Final = 365 * DAY
_CAP: Final = 2
_CAP_US: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Trial:
    """One market.

    Attributes:
        drawn: People whose window is over, of both arms.
        value, low, high: What the product's measure says.
        true: What is so.
    """

    drawn: int
    holdout: int
    value: float
    low: float
    high: float
    true: float

    @property
    def covers(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high

    @property
    def rejects_zero(self) -> bool:
        """Whether the interval holds no zero."""
        return not self.low <= 0.0 <= self.high


@dataclass(frozen=True, slots=True)
class Trials:
    """Many markets.

    Attributes:
        markets: How many had people in both arms.
        covered, rejected: Shares of them.
        mean_true, mean_value, mean_width: Means of the truth, of what was measured, and of the interval's width.
    """

    play: str
    market: str
    markets: int
    drawn: float
    covered: float
    rejected: float
    mean_true: float
    mean_value: float
    mean_width: float


def trial(
    play: Play,
    of: Parameters,
    *,
    people: int,
    days: int,
    seed: int,
    holdout: float,
    window_days: int = 30,
    every_days: int = 7,
) -> Trial | None:
    """Live through one market in both worlds; None if an arm has nobody whose window is over."""
    spoken = Market(of, people=people, seed=seed, start_us=START_US, days=days)
    drawn_at = _speak(spoken, play, days, every_days)
    alone = spoken.twin()
    end_us = START_US + days * DAY
    for one in (spoken, alone):
        one.live_until(end_us)
    drawn = np.flatnonzero(drawn_at != _NEVER)
    treated = np.array(
        [is_treated(play.name, int(who), holdout_share=holdout, salt=f"market {seed}") for who in drawn], np.bool_
    )
    over = drawn_at[drawn] + window_days * DAY <= end_us
    if not (over & treated).any() or not (over & ~treated).any():
        return None
    arms = Arms(drawn, treated.astype(np.int8), drawn_at[drawn])
    all_treated = np.zeros(people, np.bool_)
    all_treated[drawn[treated]] = True
    seen = _timeline([(spoken.past(), all_treated), (alone.past(), ~all_treated)])
    tables = np.zeros(128, np.int8)
    tables[TouchKind.ORDER_PAID] = 1
    measure = Uplift(arms, tables, tables, ((0, window_days),), end_us, 1.0 - holdout)
    window = measure.combine([measure.of_bucket(seen)]).windows[0]
    gap = window.bought_uplift
    if gap is None:
        return None
    who, since = drawn[over], drawn_at[drawn][over]
    true = float((bought(spoken, who, since, window_days) * 1.0 - bought(alone, who, since, window_days)).mean())
    return Trial(int(over.sum()), window.holdout, gap.value, gap.low, gap.high, true)


def trials(
    play: Play,
    of: Parameters,
    *,
    markets: int,
    people: int,
    days: int,
    holdout: float,
    first_seed: int = 1,
    window_days: int = 30,
) -> Trials:
    """Run many markets."""
    found = [
        trial(play, of, people=people, days=days, seed=seed, holdout=holdout, window_days=window_days)
        for seed in range(first_seed, first_seed + markets)
    ]
    done = [one for one in found if one is not None]

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else float("nan")

    return Trials(
        play.name,
        of.name,
        len(done),
        mean([one.drawn for one in done]),
        mean([one.covers for one in done]),
        mean([one.rejects_zero for one in done]),
        mean([one.true for one in done]),
        mean([one.value for one in done]),
        mean([one.high - one.low for one in done]),
    )


def bought(market: Market, who: Int64, since: Int64, days: int) -> Bool:
    """Tell who bought within so many days from their own moment on."""
    orders = market.past().only(ORDERED)
    found = np.zeros(len(market), np.bool_)
    from_us = np.full(len(market), 1 << 62)
    from_us[who] = since
    waited = orders.at - from_us[orders.person]
    found[orders.person[(waited >= 0) & (waited < days * DAY)]] = True
    return np.asarray(found[who])


def facts_of(market: Market, now_us: int, needs: Collection[str] = ()) -> Facts:
    """Return what the product would know of everybody by now, from its own measure of rhythm.

    Args:
        needs: What beyond the counters (``campaigns/facts.py``), as ``furnish.py`` says it; points are left out, for
            none expire so soon.
    """
    past = market.past()
    orders = past.only(ORDERED)
    rhythms = Rhythm().of_bucket(_timeline([(past, np.ones(len(market), np.bool_))]))
    size = len(market)
    hidden = market.hidden
    place = rhythms.person
    days, last, gap = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size)
    days[place], last[place] = rhythms.purchase_days, rhythms.last_at_us
    gap[place] = np.nan_to_num(rhythms.median_gap_days)
    first = np.zeros(size, np.int64)
    first[place] = rhythms.first_at_us
    count = np.bincount(orders.person, minlength=size)
    paid = np.bincount(orders.person, weights=orders.value, minlength=size)
    seen = np.zeros(size, np.int64)
    own = np.isin(past.what, (ORDERED, REPLIED))
    np.maximum.at(seen, past.person[own], past.at[own])
    here = np.flatnonzero((hidden["born_at"] < now_us) & (hidden["ring"] < 0))
    still = market.state["left_at"] > now_us
    return Facts(
        **_furnished(market, past, here, now_us, needs),
        person=here,
        purchase_days=days[here],
        last_at_us=last[here],
        median_gap_days=gap[here],
        average_order_minor=(paid / np.maximum(count, 1))[here],
        contact_since_us=np.where(still, hidden["born_at"], 0)[here],
        orders=count[here],
        paid_minor=paid[here].astype(np.int64),
        first_order_at_us=first[here],
        last_seen_us=np.maximum(seen, hidden["born_at"])[here],
        messages_out=market.state["heard"][here].astype(np.int64),
        complaints_open=(market.state["calm_at"] < 1 << 61)[here].astype(np.int64),
    )


def _furnished(market: Market, past: Happened, here: Int64, now_us: int, needs: Collection[str]) -> dict[str, Any]:
    """Return what other systems would have said by now; the last moment of each kind, of the people ``here``."""
    orders, found = past.only(ORDERED), {}
    size = len(market)

    def last(person: Int64, at: Int64) -> Int64:
        moment = np.zeros(size, np.int64)
        known = at < now_us
        np.maximum.at(moment, person[known], at[known])
        return moment[here]

    if EVENTS in needs:
        back = gives_back(market.seed, orders.person, orders.at)
        calmed = past.only(CALMED)
        found["received_at_us"] = last(orders.person, orders.at + RECEIVED_AFTER)
        found["refunded_at_us"] = last(orders.person[back], orders.at[back] + REFUNDED_AFTER)
        found["calmed_at_us"] = last(calmed.person, calmed.at)
    if PORTRAIT in needs:
        found["birth_month"] = born_on(market.seed, here)[0]
        found["city_tier"] = np.minimum(market.hidden["tier"][here], 4).astype(np.int64)
    if TIERS in needs:
        found |= _tiers(orders, size, here, now_us)
    return found


def _tiers(orders: Happened, size: int, here: Int64, now_us: int) -> dict[str, Int64]:
    """Return what is missing to the next tier and what keeps this one, as ``app.campaigns.facts`` says of people."""
    lines = np.array([0, *TIER_LINES], np.int64)

    def paid(since_us: int) -> Int64:
        counts = (orders.at >= since_us) & (orders.at < now_us)
        return np.bincount(orders.person[counts], weights=orders.value[counts], minlength=size).astype(np.int64)[here]

    now, later = paid(now_us - _TIER_US), paid(now_us - _TIER_US + 30 * DAY)
    tier, then = (np.searchsorted(lines, money, side="right") - 1 for money in (now, later))
    top = np.append(lines, 0)[tier + 1]
    return {
        "missing_minor": np.where(top > 0, top - now, 0),
        "next_minor": top,
        "losing_minor": np.where((then < tier) & (tier > 0), lines[tier] - later, 0),
    }


def _speak(market: Market, play: Play, days: int, every_days: int) -> Int64:
    """Speak to everybody whom the play wants to speak to, as the guard's cap allows; return when each was drawn."""
    drawn_at = np.full(len(market), _NEVER, np.int64)
    known: set[bytes] = set()
    spoken: list[list[int]] = [[] for _ in range(len(market))]
    for now_us in moments(days, every_days):
        market.live_until(now_us)
        gone = set(market.past().only(LEFT).person.tolist())
        people, kinds = [], []
        known_of_all = facts_of(market, now_us, getattr(play, "needs", ()))
        for one in play.propose(known_of_all, now_us=now_us, channel=CHANNEL):
            if one.proposal_id in known:
                continue
            known.add(one.proposal_id)
            who = one.person_id
            if drawn_at[who] == _NEVER:
                drawn_at[who] = now_us
            recent = sum(at > now_us - _CAP_US for at in spoken[who])
            if market.hidden["agrees"][who] and who not in gone and recent < _CAP:
                spoken[who].append(now_us)
                people.append(who)
                kinds.append(heard_as(one.piece))
        moment = np.full(len(people), now_us + 2 * HOUR, np.int64)
        market.hear(np.array(people, np.int64), moment, np.array(kinds, np.int8))
    return drawn_at


def _timeline(parts: list[tuple[Happened, Bool]]) -> Timeline:
    """Return the orders of chosen people as a timeline."""
    columns: list[list[Int64]] = [[], [], []]
    for past, chosen in parts:
        orders = past.only(ORDERED)
        mine = chosen[orders.person]
        for column, values in zip(columns, (orders.person, orders.at, orders.value), strict=True):
            column.append(values[mine])
    person, at, value = (np.concatenate(column) for column in columns)
    order = np.lexsort((at, person))
    kind = np.full(person.size, int(TouchKind.ORDER_PAID), np.int8)
    return Timeline(person[order], at[order], kind, value[order])
