"""Draw the people of a market: each with true parameters that only the market knows."""

from typing import Any, Final

import numpy as np

from siyu.kernel.period import DAY, MINUTE
from siyu.sandbox.market.inviting import RING_SIZE
from siyu.sandbox.market.live import HIDDEN, RULES
from siyu.sandbox.market.parameters import MESSAGE_KINDS, SOURCES, Parameters

#: Shares of the sources; house assumption.
_SOURCE_SHARES: Final = (0.35, 0.25, 0.2, 0.1, 0.1)


def draw_people(
    of: Parameters, *, people: int, seed: int, start_us: int, days: int, arrivals: tuple[int, int] | None = None
) -> Any:
    """Draw the hidden parameters.

    Args:
        start_us: When the simulation begins; the history lies before it.
        days: How long it runs.
        arrivals: From when to when people arrive, if not as the preset says.

    Returns:
        One record per person (``live.HIDDEN``).
    """
    dice = np.random.default_rng([seed, 20_261])
    hidden = np.zeros(people, HIDDEN)
    hidden["rate"] = np.maximum(dice.gamma(of.rate_shape, 1.0 / of.rate_days, people), 1e-6)
    hidden["drop"] = np.maximum(dice.gamma(of.drop_shape, 1.0 / of.drop_days, people), 1e-9)
    late = dice.random(people) < of.arriving
    before = start_us - (dice.random(people) * of.history_days * DAY).astype(np.int64)
    after = start_us + (dice.random(people) * days * DAY).astype(np.int64)
    hidden["born_at"] = np.where(late, after, before)
    if arrivals is not None:
        hidden["born_at"] = dice.integers(arrivals[0], arrivals[1], people)
    life = np.minimum(dice.exponential(size=people) / hidden["drop"], 36_500.0)
    hidden["dies_at"] = hidden["born_at"] + (life * DAY).astype(np.int64)
    hidden["basket"] = of.basket_log + of.basket_between * dice.standard_normal(people)
    hidden["trust"] = dice.beta(of.trust_a, of.trust_b, people)
    hidden["patience"] = dice.exponential(of.patience, people)
    hidden["first"] = dice.random(people) < of.first_buys
    lower = dice.random(people) < of.lower_tier
    hidden["tier"] = np.where(lower, dice.integers(3, 6, people), dice.integers(1, 3, people))
    hidden["source"] = dice.choice(len(SOURCES), people, p=_SOURCE_SHARES)
    hidden["second"] = dice.random(people) < of.second_account
    hidden["agrees"] = dice.random(people) < of.agree
    hidden["staff"] = dice.integers(0, max(1, people // of.people_per_staff), people)
    own = np.arange(people)
    hidden["phone"] = np.where((dice.random(people) < of.shared_phone) & (own % 2 == 1), own - 1, own)
    hidden["inviter"] = _inviters(hidden, dice)
    ring = dice.random(people) < of.ring
    hidden["ring"] = np.where(ring, np.cumsum(ring) // RING_SIZE, -1)
    _tie_rings(hidden, ring)
    return hidden


def _tie_rings(hidden: Any, ring: Any) -> None:
    """Let the accounts of a ring come by their first one's invitation, within minutes of it."""
    hidden["runs"] = -1
    accounts = np.flatnonzero(ring)
    of_ring, first = np.unique(hidden["ring"][accounts], return_index=True)
    head = accounts[first]
    hidden["runs"][head] = of_ring
    mine = head[np.searchsorted(of_ring, hidden["ring"][accounts])]
    after = np.arange(accounts.size) - first[np.searchsorted(of_ring, hidden["ring"][accounts])]
    hidden["born_at"][accounts] = hidden["born_at"][mine] + after * MINUTE
    others = accounts[accounts != mine]
    hidden["inviter"][others] = mine[accounts != mine]
    hidden["source"][others] = SOURCES.index("invite")


def rules_of(of: Parameters) -> Any:
    """Return what everybody shares, as the kernels read it: one record (``live.RULES``)."""
    rules = np.zeros(1, RULES)
    for name in RULES.names or ():
        rules[name] = getattr(of, name)
    return rules


def odds_of(of: Parameters) -> Any:
    """Return the chances by what a message is taken for, (3, kinds): to buy, to buy again after all, to answer."""
    return np.array([[table[kind] for kind in MESSAGE_KINDS] for table in (of.respond, of.revive, of.reply)])


def _inviters(hidden: Any, dice: np.random.Generator) -> Any:
    """Name for everybody who came by invitation somebody who was there before; the trusting invite more."""
    inviter = np.full(hidden.size, -1, np.int64)
    order = np.argsort(hidden["born_at"], kind="stable")
    weight = np.cumsum(hidden["trust"][order])
    invited = np.flatnonzero(hidden["source"][order] == SOURCES.index("invite"))
    invited = invited[invited > 0]
    drawn = np.searchsorted(weight, dice.random(invited.size) * weight[invited - 1])
    inviter[order[invited]] = order[np.minimum(drawn, invited - 1)]
    return inviter
