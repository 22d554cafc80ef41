"""Fraud (作弊) on the invitation graph: scored with reasons, shown to a person, never silently unpaid.

Five signs, each a probability that what is seen is no accident; together ``1 - product(1 - sign)``:

self     invitees on the inviter's own device or address
reuse    invitees who share devices or addresses with other invitees
burst    many invitees within minutes, compared with what the campaign sees
ring     inviter and invitees who invite each other in a closed circle
silent   invitees who never do anything after coming, compared with the campaign
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.stats import binom

from siyu.kernel.arrays import Bool, Float64, Int32, Int64
from siyu.kernel.compiled import compiled

SIGNS: Final = ("self", "reuse", "burst", "ring", "silent")
_WORDS: Final = {
    "self": "invitees use the inviter's own device or address",
    "reuse": "invitees share devices or addresses",
    "burst": "invitees came within minutes of each other",
    "ring": "a closed circle of people who invite each other",
    "silent": "invitees never did anything after coming",
}
#: A sign below this is not told.
_TOLD: Final = 0.3
#: A burst is this many invitees of one inviter within ``WINDOW_US``, at least.
_LEAST_BURST: Final = 4
#: More people than this on one device, or at one address, are no family.
_PEOPLE_PER_DEVICE: Final = 2
_PEOPLE_PER_ADDRESS: Final = 8
_CHANCE: Final = 0.01
WINDOW_US: Final = 600_000_000


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the check says of every inviter.

    Attributes:
        score: In [0, 1]; people who invited nobody have 0.
        signs: The five signs in the order of ``SIGNS``.
    Shape: (people,), (people, 5).
    """

    score: Float64
    signs: Float64

    def reasons(self, person: int) -> tuple[str, ...]:
        """Say in words why a person is suspected, heaviest sign first."""
        row = self.signs[person]
        return tuple(_WORDS[SIGNS[sign]] for sign in np.argsort(-row) if row[sign] >= _TOLD)


@compiled
def _bursts(inviter: Int32, at: Int64, order: Int64, people: int, window: int) -> Int64:
    """Return the most invitees that each inviter got within ``window``. ``order`` sorts by inviter and time."""
    most = np.zeros(people, np.int64)
    first = 0
    for place in range(order.size):
        row = order[place]
        if place == 0 or inviter[order[place - 1]] != inviter[row]:
            first = place
        while at[row] - at[order[first]] > window:
            first += 1
        most[inviter[row]] = max(most[inviter[row]], place - first + 1)
    return most


def suspect(
    inviter: Int32, invitee: Int32, at: Int64, *, people: int, device: Int32, address: Int32, silent: Bool
) -> Suspicion:
    """Score every inviter.

    Args:
        inviter, invitee, at: Accepted invitations, also those that did not count: person numbers, microseconds.
        device, address: A number for each device or address of a person, -1 where none is known. Shape: (people,).
        silent: Whether a person never did anything after coming. Shape: (people,).
    """
    signs = np.zeros((people, len(SIGNS)))
    if inviter.size == 0:
        return Suspicion(np.zeros(people), signs)
    brought = np.bincount(inviter, minlength=people).astype(np.float64)
    has = brought > 0
    share = np.divide(1.0, brought, out=np.zeros(people), where=has)
    own = inviter == invitee
    for place in (device, address):
        own |= (place[invitee] >= 0) & (place[invitee] == place[inviter])
    own_share = np.bincount(inviter, own, minlength=people) * share
    signs[:, 0] = np.where(np.bincount(inviter, own, minlength=people) >= 1, 0.5 + 0.5 * own_share, 0.0)
    signs[:, 0] *= own_share > 0.2
    reused = np.zeros(people, np.bool_)
    for place, most in ((device, _PEOPLE_PER_DEVICE), (address, _PEOPLE_PER_ADDRESS)):
        known = place >= 0
        count = np.bincount(place[known], minlength=int(place.max(initial=0)) + 1)
        reused |= known & (count[np.where(known, place, 0)] > most)
    signs[:, 1] = _beyond_chance(reused[invitee], inviter, brought, share, least=3, usual=0.05)
    order = np.lexsort((at, inviter))
    most_in_window = _bursts(inviter, at, order, people, WINDOW_US)
    usual = float(np.quantile(most_in_window[has], 0.95))
    limit = max(usual, _LEAST_BURST - 1)
    signs[:, 2] = np.where(has, np.clip((most_in_window - limit) / (limit + 1), 0, 1), 0)
    signs[:, 3] = _rings(inviter, invitee, people, brought)
    signs[:, 4] = 0.9 * _beyond_chance(silent[invitee], inviter, brought, share, least=5, usual=0.5)
    score = 1.0 - np.prod(1.0 - 0.98 * np.clip(signs, 0, 1), axis=1)
    return Suspicion(np.where(has, score, 0.0), signs)


def _beyond_chance(
    seen: Bool, inviter: Int32, brought: Float64, share: Float64, *, least: int, usual: float
) -> Float64:
    """Return the share of each inviter's invitees of whom something is true, where chance cannot explain it.

    A binomial tail below 1 % against 1.2 times the share among all other invitees (``usual`` weighs as much as 20
    of them), and at least ``least`` invitees.
    """
    count = np.bincount(inviter, seen, minlength=brought.size)
    others = (seen.sum() - count + 20 * usual) / (seen.size - brought + 20)
    chance = binom.sf(count - 1, brought, np.minimum(others * 1.2, 0.98))
    return np.asarray(np.where((count >= least) & (chance < _CHANCE), count * share, 0.0), np.float64)


def _rings(inviter: Int32, invitee: Int32, people: int, brought: Float64) -> Float64:
    """Return for every person how closed its circle is: the share of its invitations that stay inside its ring."""
    other = inviter != invitee
    graph = csr_matrix((np.ones(int(other.sum()), np.int8), (inviter[other], invitee[other])), shape=(people, people))
    _count, ring = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(ring)
    inside = other & (ring[inviter] == ring[invitee])
    kept = np.bincount(inviter, inside, minlength=people)
    share = np.divide(kept, brought, out=np.zeros(people), where=brought > 0)
    small = size[ring] <= max(50, people // 100)
    return np.asarray(np.where((size[ring] >= 2) & small, np.clip(share * 1.5, 0, 1), 0.0), np.float64)


def flagged_pairs(suspicion: Suspicion, *, above: float) -> Int64:
    """Return the people to look at, most suspected first."""
    chosen = np.flatnonzero(suspicion.score >= above)
    return np.asarray(chosen[np.argsort(-suspicion.score[chosen], kind="stable")], np.int64)
