"""Inviting: people who are asked bring friends, some friends come for the gift alone, and rings bring made-up accounts.

Friends are people who never come by themselves (``Market(outsiders=…)``). Everybody has a circle of them, circles
overlap, and who has come once cannot be brought again: a campaign tires of itself. Here, and here alone, one person's
treatment changes another's life, so effects must be compared between whole markets.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY
from siyu.sandbox.market.dice import chance
from siyu.sandbox.market.live import HIDDEN, NEVER, STATE, next_purchase
from siyu.sandbox.market.parameters import SOURCES, Asking, Parameters

#: Accounts of one fraud ring.
RING_SIZE: Final = 20
_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 86_400_000_000
#: Which die.
WILLING, HOW_MANY, WHICH, FRIEND, JOIN, WHEN, LURE, FAREWELL, FAR = range(40, 49)


@dataclass(frozen=True, slots=True)
class Invitations:
    """Invitations that were made, and what became of them.

    Attributes:
        inviter, invitee: Positions in the market.
        at: When it was made, microseconds since 1970 UTC.
        joined: Whether the invitee comes because of it.
    Shape: (invitations,) each.
    """

    inviter: Int64
    invitee: Int64
    at: Int64
    joined: Bool


def draw_outsiders(of: Parameters, hidden: Any, *, outsiders: int, seed: int) -> Any:
    """Return people who come only if they are brought; the last of them are the made-up accounts of rings.

    Writes into ``hidden`` (the people who come by themselves) who runs which ring.
    """
    dice = np.random.default_rng([seed, 20_262])
    found = np.zeros(outsiders, HIDDEN)
    found["rate"] = np.maximum(dice.gamma(of.rate_shape, 1.0 / of.rate_days, outsiders), 1e-6)
    found["drop"] = np.maximum(dice.gamma(of.drop_shape, 1.0 / of.drop_days, outsiders), 1e-9)
    found["born_at"] = NEVER
    life = np.minimum(dice.exponential(size=outsiders) / found["drop"], 36_500.0)
    found["dies_at"] = (life * DAY).astype(np.int64)  # a length; ``invite`` turns it into a moment
    found["basket"] = of.basket_log + of.basket_between * dice.standard_normal(outsiders)
    found["trust"] = dice.beta(of.trust_a, of.trust_b, outsiders)
    found["patience"] = dice.exponential(of.patience, outsiders)
    found["first"] = dice.random(outsiders) < of.first_buys
    lower = dice.random(outsiders) < of.lower_tier
    found["tier"] = np.where(lower, dice.integers(3, 6, outsiders), dice.integers(1, 3, outsiders))
    found["source"] = SOURCES.index("invite")
    found["agrees"] = dice.random(outsiders) < of.agree
    found["staff"] = dice.integers(0, max(1, hidden.size // of.people_per_staff), outsiders)
    found["phone"] = hidden.size + np.arange(outsiders)
    found["inviter"] = found["ring"] = found["runs"] = -1
    rings = int(outsiders * of.ring) // RING_SIZE
    if rings:
        first = int(hidden["ring"].max(initial=-1)) + 1
        found["ring"][outsiders - rings * RING_SIZE :] = first + np.repeat(np.arange(rings), RING_SIZE)
        honest = np.flatnonzero(hidden["ring"] < 0)
        masters = dice.choice(honest, size=min(rings, honest.size), replace=False)
        hidden["runs"][masters] = first + np.arange(masters.size)
        hidden["careful"][masters] = dice.random(masters.size) < of.inviting.careful
        careful = np.zeros(first + rings, np.int8)
        careful[first : first + masters.size] = hidden["careful"][masters]
        found["careful"] = np.where(found["ring"] >= 0, careful[found["ring"]], 0)
    return found


def terms_of(of: Parameters, asking: Asking) -> Any:
    """Return what somebody who is asked like this does, as the kernel reads it."""
    i = of.inviting
    willing, joins, lured = i.of(asking)
    rings = 0.0 if asking == "invite" else 1.0
    return np.array([willing, i.friends, i.circle, joins, lured, i.hours, rings, of.weight, of.forget_days])


@compiled
def invite(  # noqa: PLR0917  a compiled kernel takes its numbers by place
    hidden: Any, state: Any, rules: Any, terms: Any, seed: int, first: int, people: Int64, moments: Int64
) -> tuple[Int64, Int64, Int64, Bool]:
    """Let people who were asked bring friends, in order of time.

    Args:
        terms: From ``terms_of``.
        first: Position of the first outsider.
        people, moments: One row per person asked, and when.
    Shape: returns (inviter, invitee, at, joined), one row per invitation made.
    """
    willing, friends, circle, joins, lured, hours, rings, weight, forget = terms
    r = rules[0]
    outside = hidden.size - first
    made = 0
    made_up = 0  # ring accounts stand at the end: nobody's friends
    for i in range(first, hidden.size):
        made_up += hidden[i].ring >= 0
    size = people.size * (int(circle) + RING_SIZE) + 1
    who, whom = np.empty(size, np.int64), np.empty(size, np.int64)
    when, came = np.empty(size, np.int64), np.empty(size, np.bool_)
    for row in range(people.size):
        i, at = people[row], moments[row]
        h, s = hidden[i], state[i]
        if s.arrived == 0 or at >= s.left_at or h.ring >= 0 or s.mute == 1 or outside == 0:
            continue
        nth = s.asked
        s.asked += 1
        if rings > 0 and h.runs >= 0 and nth == 0:
            apart = 1.0
            for f in range(first, hidden.size):
                if hidden[f].ring == h.runs and hidden[f].born_at == NEVER:
                    step = chance(seed, f, WHEN, 0) * (2 * _DAY_US if h.careful else 2 * _MINUTE_US)
                    _comes(hidden[f], state[f], r, seed, f, i, at + np.int64(apart * _MINUTE_US + apart * step))
                    apart += 1.0
                    who[made], whom[made], when[made], came[made] = i, f, at, True
                    made += 1
        tired = s.tired * np.exp(-(at - s.tired_at) / (forget * _DAY_US))
        if chance(seed, i, WILLING, nth) >= willing * min(1.0, s.trust) * np.exp(-weight * tired):
            continue
        many = min(int(circle), 1 + int(-np.log(chance(seed, i, HOW_MANY, nth)) * (friends - 1.0)))
        for k in range(many):
            if outside == made_up:
                break
            slot = int(chance(seed, i, WHICH, nth * 64 + k) * circle)
            f = first + int(chance(seed, i, FRIEND, slot) * (outside - made_up))
            g, t = hidden[f], state[f]
            once = t.invited
            t.invited += 1
            joined = g.born_at == NEVER and chance(seed, f, JOIN, once) < joins / (1.0 + 0.5 * once)
            if joined:
                later = np.int64(-np.log(chance(seed, f, WHEN, once)) * hours * _HOUR_US)
                for_gift = chance(seed, f, LURE, once) < lured
                _comes(g, t, r, seed, f, i, at + 5 * _MINUTE_US + later)
                if for_gift:
                    g.lured, t.next_at = 1, NEVER
                    if chance(seed, f, FAREWELL, once) < 0.5:
                        t.left_at = g.born_at + np.int64((1.0 - np.log(chance(seed, f, FAR, once)) * 9.0) * _DAY_US)
            who[made], whom[made], when[made], came[made] = i, f, at, joined
            made += 1
    return who[:made], whom[:made], when[:made], came[:made]


@compiled
def _comes(  # noqa: PLR0917  a compiled kernel takes its numbers by place
    h: Any, s: Any, r: Any, seed: int, f: int, inviter: int, at: int
) -> None:
    """Let an outsider arrive."""
    h.born_at, h.inviter = at, inviter
    h.dies_at += at
    s.dies_at, s.trust, s.last_at = h.dies_at, h.trust, at
    if h.ring < 0:
        s.next_at = at + _MINUTE_US if h.first else next_purchase(h, r, seed, f, 0, at)


def room_for(outsiders: int) -> Any:
    """Return the states of people who have not been brought yet."""
    state = np.zeros(outsiders, STATE)
    for name in ("next_at", "answer_at", "left_at", "calm_at", "said_at", "angry_at", "dies_at"):
        state[name] = NEVER
    return state
