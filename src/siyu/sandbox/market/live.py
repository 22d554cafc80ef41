"""How people live: they arrive, buy, drop out, listen, tire, complain and leave. One compiled pass over everybody.

Purchases follow a Pareto/NBD process: a person buys at an own rate until an unseen moment of dropping out.
Source: Schmittlein, Morrison and Colombo, Counting your customers, Management Science 33 (1987). A message adds a
purchase of its own with a chance that depends on kind, need, trust and fatigue; a share of such purchases only comes
earlier. What people bear is used up by messages and grows back.
"""

from typing import Any, Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.sandbox.market.dice import chance, normal

NEVER: Final = 1 << 62
_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_ZONE_US: Final = 8 * 3_600_000_000
#: What happened, in ``advance``'s third column.
ARRIVED, ORDERED, REPLIED, COMPLAINED, CALMED, LEFT = 1, 2, 3, 4, 5, 6
#: Which die.
GAP, LIFE, HOUR_OF, BASKET, LISTEN, PULL, WAIT, SPEAK, ANGER, GO, STOP, QUIET, AGAIN = range(1, 14)

#: Fixed at birth, hidden from the product.
HIDDEN: Final = np.dtype(
    [
        ("rate", "f8"), ("drop", "f8"), ("born_at", "i8"), ("dies_at", "i8"), ("basket", "f8"), ("trust", "f8"),
        ("patience", "f8"), ("phone", "i8"), ("inviter", "i8"), ("ring", "i8"), ("first", "i1"), ("tier", "i1"),
        ("source", "i1"), ("second", "i1"), ("agrees", "i1"), ("staff", "i4"),
        ("runs", "i8"), ("careful", "i1"), ("lured", "i1"),
    ]
)  # fmt: skip
#: What changes while they live.
STATE: Final = np.dtype(
    [
        ("next_at", "i8"), ("dies_at", "i8"), ("answer_at", "i8"), ("last_at", "i8"), ("left_at", "i8"),
        ("calm_at", "i8"), ("offer_until", "i8"), ("tired_at", "i8"), ("said_at", "i8"), ("angry_at", "i8"),
        ("tired", "f8"), ("trust", "f8"), ("bases", "i4"), ("orders", "i4"), ("answers", "i4"), ("heard", "i4"),
        ("skip", "i1"), ("mute", "i1"), ("told_left", "i1"), ("arrived", "i1"), ("asked", "i4"), ("invited", "i4"),
    ]
)  # fmt: skip
#: Numbers that everybody shares.
RULES: Final = np.dtype(
    [(name, "f8") for name in (
        "season", "season_peak", "basket_within", "forget_days", "weight", "pulled", "answer_days", "complain", "leave",
        "mute", "leave_anyway", "gone_with_us", "soured", "discount", "offer_days", "evening",
    )] + [("regularity", "i8")]
)  # fmt: skip


@compiled
def at_hour(seed: int, i: int, nth: int, at: int, tier: int) -> int:
    """Move a moment to an hour of its day at which such people are awake: noon and evening, later in lower tiers."""
    u = normal(seed, i, HOUR_OF, nth)
    noon = chance(seed, i, HOUR_OF, nth + (1 << 30)) < (0.45 if tier <= 2 else 0.3)
    hour = min(max(12.0 + 2.0 * u if noon else 19.5 + 1.5 * u, 7.0), 23.5)
    midnight = (at + _ZONE_US) // _DAY_US * _DAY_US - _ZONE_US
    return np.int64(midnight + hour * 3_600_000_000)  # type: ignore[return-value]  # numba's own integer


@compiled
def next_purchase(  # noqa: PLR0917  a compiled kernel takes its numbers by place
    h: Any, r: Any, seed: int, i: int, nth: int, at: int
) -> int:
    """Draw when the next purchase comes: a gap from the person's own rate and season, moved to a waking hour."""
    order = r.regularity
    total = 0.0
    for k in range(order):
        total -= np.log(chance(seed, i, GAP, nth * 16 + k))
    day = (at + _ZONE_US) / _DAY_US
    swing = 1.0 + r.season * np.cos(2.0 * np.pi * (day - r.season_peak) / 365.25)
    days = min(total / (order * h.rate * swing), 36_500.0)
    return max(at + _MINUTE_US, at_hour(seed, i, nth, at + int(days * _DAY_US), h.tier))


@compiled
def born(hidden: Any, state: Any, rules: Any, seed: int) -> None:
    """Set everybody's clock: the first purchase, or the first wait."""
    r = rules[0]
    for i in range(hidden.size):
        h, s = hidden[i], state[i]
        s.next_at = h.born_at + _MINUTE_US if h.first else next_purchase(h, r, seed, i, 0, h.born_at)
        if h.ring >= 0:
            s.next_at = NEVER
        s.dies_at, s.trust, s.last_at = h.dies_at, h.trust, h.born_at
        s.answer_at = s.left_at = s.calm_at = s.said_at = s.angry_at = NEVER


@compiled
def advance(  # noqa: PLR0917  a compiled kernel takes its numbers by place
    hidden: Any, state: Any, rules: Any, seed: int, from_us: int, until_us: int
) -> tuple[Int64, Int64, Int8, Int64]:
    """Let everybody live from ``from_us`` up to, and without, ``until_us``.

    Shape: returns (person, at, what, value) with one row per thing that happened, by person and time.
    """
    r = rules[0]
    size = 1024 + 2 * hidden.size
    who, when = np.empty(size, np.int64), np.empty(size, np.int64)
    what, worth = np.empty(size, np.int8), np.empty(size, np.int64)
    n = 0
    for i in range(hidden.size):
        h, s = hidden[i], state[i]
        if h.born_at >= until_us:
            continue
        while True:
            if n + 8 > size:
                size *= 2
                who, when = grown(who, n, size), grown(when, n, size)
                worth = grown(worth, n, size)
                wider = np.empty(size, np.int8)
                wider[:n] = what[:n]
                what = wider
            base_at = s.next_at if s.next_at < s.dies_at else NEVER
            at = min(base_at, s.answer_at, s.said_at, s.angry_at, s.calm_at)
            if s.arrived == 0:
                at = min(at, h.born_at)
            if s.told_left == 0:
                at = min(at, s.left_at)
            if at >= until_us:
                break
            code, value = 0, 0
            if s.arrived == 0 and at == h.born_at:
                s.arrived, code = 1, ARRIVED
            elif s.told_left == 0 and at == s.left_at:
                s.told_left, code = 1, LEFT
            elif at == s.said_at:
                s.said_at, code = NEVER, REPLIED
            elif at == s.angry_at:
                s.angry_at, code = NEVER, COMPLAINED
                s.calm_at = min(s.calm_at, at + 2 * _DAY_US)
            elif at == s.calm_at:
                s.calm_at, code = NEVER, CALMED
            else:
                if at == s.answer_at:
                    s.answer_at, code = NEVER, ORDERED
                    draw = normal(seed, i, BASKET, (1 << 30) + s.answers)
                else:
                    s.bases += 1
                    draw = normal(seed, i, BASKET, s.bases)
                    s.next_at = next_purchase(h, r, seed, i, s.bases, at)
                    if s.skip:
                        s.skip = 0  # it came earlier, because of a message
                    else:
                        code = ORDERED
                if code == ORDERED:
                    s.last_at = at
                    price = np.exp(h.basket + r.basket_within * draw)
                    if at < s.offer_until:
                        price, s.offer_until = price * (1.0 - r.discount), 0
                    value = max(1, int(price))
                    s.orders += 1
            if code > 0 and at >= from_us:
                who[n], when[n], what[n], worth[n] = i, at, code, value
                n += 1
    return who[:n], when[:n], what[:n], worth[:n]


@compiled
def grown(column: Int64, rows: int, size: int) -> Int64:
    """Return a longer column with the same beginning."""
    longer = np.empty(size, column.dtype)
    longer[:rows] = column[:rows]
    return longer


@compiled
def hear(  # noqa: PLR0917  a compiled kernel takes columns by place
    hidden: Any, state: Any, rules: Any, odds: Float64, seed: int, people: Int64, moments: Int64, kinds: Int8
) -> None:
    """Let people hear messages, in order of time.

    Args:
        odds: Chances by what a message is taken for: to buy, to buy after dropping out, to answer. Shape: (3, kinds).
        people, moments, kinds: One row per message.
    """
    r = rules[0]
    for row in range(people.size):
        i, at, kind = people[row], moments[row], kinds[row]
        h, s = hidden[i], state[i]
        if at >= s.left_at or s.arrived == 0 or h.ring >= 0:
            continue
        s.heard += 1
        nth = s.heard
        tired = s.tired * np.exp(-(at - s.tired_at) / (r.forget_days * _DAY_US))
        s.tired, s.tired_at = tired + 1.0, at
        if s.mute == 0:
            hour = ((at + _ZONE_US) % _DAY_US) / 3_600_000_000
            fit = 1.0 + r.evening if h.tier >= 3 and 18.0 <= hour < 22.0 else 1.0
            ease = min(1.0, s.trust * fit) * np.exp(-r.weight * tired)
            if at < s.dies_at:
                need = 1.0 - np.exp(-(at - s.last_at) / _DAY_US * h.rate)
                buys = odds[0, kind] * need * ease
            else:
                buys = odds[1, kind] * ease
            if chance(seed, i, LISTEN, nth) < buys:
                if at >= s.dies_at:
                    s.dies_at = at - np.int64(np.log(chance(seed, i, AGAIN, nth)) / h.drop * _DAY_US)
                    s.bases += 1
                    s.next_at = next_purchase(h, r, seed, i, s.bases, at)
                elif chance(seed, i, PULL, nth) < r.pulled:
                    s.skip = 1
                s.answers += 1
                wait = np.int64(-np.log(chance(seed, i, WAIT, nth)) * r.answer_days * _DAY_US)
                s.answer_at = min(s.answer_at, at + wait)
            if chance(seed, i, SPEAK, nth) < odds[2, kind] * ease:
                s.said_at = min(s.said_at, at + 10 * _MINUTE_US)
            if kind == 1:
                s.offer_until = at + np.int64(r.offer_days * _DAY_US)
        beyond = max(0.0, tired - h.patience) * (0.0 if s.mute else 1.0)
        if chance(seed, i, ANGER, nth) < r.complain * beyond:
            s.angry_at = min(s.angry_at, at + 5 * _MINUTE_US)
            s.trust *= r.soured
        if chance(seed, i, GO, nth) < r.leave * beyond + r.leave_anyway:
            s.left_at = at + 15 * _MINUTE_US
            if chance(seed, i, STOP, nth) < r.gone_with_us:
                s.dies_at, s.answer_at = min(s.dies_at, s.left_at), NEVER
        elif chance(seed, i, QUIET, nth) < r.mute * beyond:
            s.mute = 1
