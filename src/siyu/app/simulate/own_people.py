"""Simulate on one's own people: each with their own history and with parameters estimated from it.

How often somebody buys and whether they are still there is drawn from their own posterior under BG/NBD, fitted to all
buyers of the workspace; what they pay from their own mean, drawn towards everybody's. Whether they can be reached,
have consented, and whose they are is what the ledgers say. How people answer to words cannot be known from orders:
trust, patience and responses stay those of the market's preset.

Source: Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24 (2005): given the history,
rate | alive ~ Gamma(r + x, alpha + T) and dropout | alive ~ Beta(a, b + x).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sqlalchemy import select

from siyu.app.lake import measure
from siyu.app.simulate.world import START_US
from siyu.app.workspace import Workspace
from siyu.campaigns.facts import Facts
from siyu.kernel.arrays import Bool, Float64, Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.measurement.models.bgnbd import BgNbd
from siyu.measurement.models.histories import group_days
from siyu.measurement.models.order_rows import EveryOrder
from siyu.people.consent import MARKETING, SERVICE, is_granted
from siyu.sandbox.market.live import ARRIVED, NEVER, ORDERED
from siyu.sandbox.market.market import Happened, Market, together
from siyu.sandbox.market.parameters import Parameters
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.facts import SqlFacts
from siyu.stores.sql.schema.people import identifier, relation
from siyu.stores.sql.schema.portraits import portrait

_FEWEST: Final = 30
_ZONE_US: Final = 8 * HOUR
_WEEK_DAYS: Final = 7.0
_MOST_PEOPLE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class OwnPeople:
    """The people of a workspace as a market knows people.

    Attributes:
        person: Their numbers in the workspace, ascending; the market knows them by their place.
        rate, leaving: Purchases a day while they are there, and chance a day of leaving for good: each one's own draw.
        is_there: Whether they have not left yet: their own draw.
        basket: Mean logarithm of what they pay, minor units; ``basket_within``: its spread inside a person.
        since_us: First known moment, moved so that the last known moment of the workspace is the simulation's begin.
        reachable, agrees, serves: A relation stands; marketing is consented to; service is.
        staff: Whose they are, from 0.
        tier: Of their city; 0 where it is not known.
        orders: Every order, moved likewise: places, moments, minor units.
        fit: r, alpha, a and b of BG/NBD, in weeks.
    Shape: (people,) each but ``orders``.
    """

    person: Int64
    rate: Float64
    leaving: Float64
    is_there: Bool
    basket: Float64
    basket_within: float
    since_us: Int64
    reachable: Bool
    agrees: Bool
    serves: Bool
    staff: Int64
    tier: Int64
    orders: tuple[Int64, Int64, Int64]
    fit: tuple[float, ...]

    def __len__(self) -> int:
        return int(self.person.size)


def own_people(workspace: Workspace, *, seed: int) -> OwnPeople:
    """Estimate the people of a workspace.

    Raises:
        BadInputError: fewer than 30 people bought, so that no rhythm can be estimated, or nobody bought twice.
    """
    with workspace.database.read() as connection:
        facts = SqlFacts(connection).all()
        staff_of: dict[int, str] = {}
        for person, staff in connection.execute(
            select(identifier.c.person_id, relation.c.staff)
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(relation.c.until_us.is_(None))
            .order_by(relation.c.since_us)
        ):
            staff_of.setdefault(person, staff)
        tiers = {
            person: int(float(value))
            for person, value in connection.execute(
                select(identifier.c.person_id, portrait.c.value)
                .join(portrait, portrait.c.identifier_id == identifier.c.identifier_id)
                .where(portrait.c.field == "city_tier")
                .order_by(portrait.c.known_at_us)
            )
            if value.replace(".", "", 1).isdigit()
        }
        said = SqlConsents(connection).of_people(facts.person.tolist())
    if not len(facts):
        raise BadInputError("there is nobody in this workspace", where="--on my-people", mend="siyu import, or connect")
    if len(facts) > _MOST_PEOPLE:
        raise BadInputError(f"{len(facts):,} people are too many", where="--on my-people", mend="a sample workspace")
    rows = measure(workspace, EveryOrder())
    paid = (rows.minor > 0) & np.isin(rows.person, facts.person)
    place = np.searchsorted(facts.person, rows.person[paid])
    moved = START_US - max(int(facts.last_seen_us.max()), int(rows.at[paid].max(initial=0))) - MINUTE
    at, minor = _apart(place, rows.at[paid] + moved), rows.minor[paid]
    dice = np.random.default_rng([seed, 20_262])
    rate, leaving, is_there, fit = _rhythms(facts, place, at, dice)
    basket, within = _baskets(len(facts), place, minor, dice)
    names = sorted(set(staff_of.values()))
    known = np.where(facts.contact_since_us > 0, facts.contact_since_us, facts.last_seen_us)
    first = np.where(facts.first_order_at_us > 0, np.minimum(known, facts.first_order_at_us), known) + moved
    np.minimum.at(first, place, at)

    def agreed(purpose: str) -> Bool:
        granted = (is_granted(said.get(one, ()), purpose=purpose, channel="") for one in facts.person.tolist())
        return np.fromiter(granted, np.bool_)

    return OwnPeople(
        person=facts.person,
        rate=rate,
        leaving=leaving,
        is_there=is_there,
        basket=basket,
        basket_within=within,
        since_us=np.minimum(first, START_US - MINUTE),
        reachable=facts.contact_since_us > 0,
        agrees=agreed(MARKETING),
        serves=agreed(SERVICE),
        staff=np.array([names.index(staff_of[one]) if one in staff_of else 0 for one in facts.person.tolist()]),
        tier=np.array([tiers.get(one, 0) for one in facts.person.tolist()], np.int64),
        orders=(place, at, minor),
        fit=fit,
    )


def doubts_of(own: OwnPeople) -> tuple[str, ...]:
    """Say why nobody of one's own people will hear anything."""
    if not own.reachable.any():
        return ("nobody can be reached: none of these people is a contact of a guide (connect an account)",)
    if not (own.agrees & own.reachable).any():
        return ("nobody who can be reached consented to marketing",)
    return ()


class OwnMarket(Market):
    """A market of one's own people: their history is what happened, from there on they live as estimated.

    Args:
        own: Who they are.
        of: A preset: how people answer to words.
    """

    def __init__(self, own: OwnPeople, of: Parameters, *, seed: int, days: int) -> None:
        self._own, self._of = own, of
        mixed = replace(
            of, name=f"own people, answering like {of.name}", season=0.0, regularity=1,
            basket_within=own.basket_within, history_days=1 + int((START_US - int(own.since_us.min())) // DAY),
        )  # fmt: skip
        super().__init__(mixed, people=len(own), seed=seed, start_us=START_US, days=days)
        self._is_past = True
        hidden, state = self.hidden, self.state
        dice = np.random.default_rng([seed, 20_263])
        hidden["rate"], hidden["drop"], hidden["basket"] = own.rate, own.leaving, own.basket
        hidden["born_at"], hidden["agrees"], hidden["staff"] = own.since_us, own.agrees, own.staff
        hidden["phone"], hidden["inviter"], hidden["ring"] = np.arange(len(own)), -1, -1
        hidden["second"], hidden["first"] = 0, 0
        hidden["tier"] = np.where(own.tier > 0, own.tier, hidden["tier"])
        life = np.minimum(dice.exponential(size=len(own)) / own.leaving, 36_500.0)
        hidden["dies_at"] = np.where(own.is_there, START_US + (life * DAY).astype(np.int64), START_US - MINUTE)
        place, at, _ = own.orders
        state["arrived"], state["dies_at"] = 1, hidden["dies_at"]
        state["last_at"] = own.since_us
        np.maximum.at(state["last_at"], place, at)
        state["orders"] = np.bincount(place, minlength=len(own))
        state["next_at"] = _next(own.rate, dice)
        state["left_at"] = np.where(own.reachable, NEVER, START_US - MINUTE)
        state["told_left"] = ~own.reachable
        self.now_us = int(own.since_us.min())

    def twin(self) -> "OwnMarket":
        """Return the same people with the same dice, before anything new happened."""
        return OwnMarket(self._own, self._of, seed=self.seed, days=self.days)

    def serves(self) -> Bool:
        """Tell of everybody whether they agreed to being served."""
        return self._own.serves

    def live_until(self, until_us: int) -> Happened:
        """Let everybody live on; the first time, what truly happened before the simulation is told as well."""
        if not self._is_past:
            return super().live_until(until_us)
        self._is_past = False
        history = self._history()
        self._past.append(history)
        self.now_us = START_US
        lived = super().live_until(until_us) if until_us > START_US else None
        return together([history, lived]) if lived else history

    def _history(self) -> Happened:
        """Return the arrivals of those with whom a relation stands, and every order."""
        who = np.flatnonzero(self._own.reachable)
        came = Happened(who, self._own.since_us[who], np.full(who.size, ARRIVED, np.int8), np.zeros(who.size, np.int64))
        place, at, minor = self._own.orders
        return together([came, Happened(place, at, np.full(place.size, ORDERED, np.int8), minor)])


def _apart(place: Int64, at: Int64) -> Int64:
    """Return moments that differ within a person: orders of a file have a day and no hour."""
    order = np.lexsort((at, place))
    same = np.zeros(order.size, np.bool_)
    same[1:] = (np.diff(place[order]) == 0) & (np.diff(at[order]) == 0)
    begins = np.maximum.accumulate(np.where(same, 0, np.arange(order.size)))
    found = at.copy()
    found[order] += np.arange(order.size) - begins
    return found


def _rhythms(
    facts: Facts, place: Int64, at: Int64, dice: np.random.Generator
) -> tuple[Float64, Float64, Bool, tuple[float, ...]]:
    """Draw everybody's rate, leaving and whether they are there; who never bought has a history of none."""
    size = len(facts)
    days = np.unique(place * (1 << 20) + (at + _ZONE_US) // DAY)
    who, day = days >> 20, days & ((1 << 20) - 1)
    buyers, start, many = np.unique(who, return_index=True, return_counts=True)
    if buyers.size < _FEWEST or many.max() < 2:
        raise BadInputError(
            f"{buyers.size} people bought: too few to estimate how people buy", where="--on my-people",
            mend=f"{_FEWEST} buyers are needed, some of them with two purchase days",
        )  # fmt: skip
    first, last = day[start], day[start + many - 1]
    today = int((START_US + _ZONE_US) // DAY)
    x, age = many - 1, today - first
    grouped = group_days(x, last - first, age)
    fit = BgNbd().fit(grouped.histories)
    r, alpha, a, b = fit.values.tolist()
    alive = BgNbd().alive(fit.values, grouped.histories)[grouped.of]
    waited = np.maximum(int(facts.last_seen_us.max()) - facts.contact_since_us, 0) / (_WEEK_DAYS * DAY)
    rate = dice.gamma(r, 1.0 / (alpha + waited)) / _WEEK_DAYS  # of who never bought in all that time
    leave = dice.beta(a, b, size)
    is_there = np.ones(size, np.bool_)
    rate[buyers] = dice.gamma(r + x, 1.0 / (alpha + age / _WEEK_DAYS)) / _WEEK_DAYS
    leave[buyers] = dice.beta(a, b + x)
    is_there[buyers] = dice.random(buyers.size) < alive
    rate = np.maximum(rate, 1e-6)
    return rate, np.maximum(rate * leave, 1e-9), is_there, (r, alpha, a, b)


def _baskets(size: int, place: Int64, minor: Int64, dice: np.random.Generator) -> tuple[Float64, float]:
    """Draw everybody's mean logarithm of a basket from its posterior; normal between and inside people."""
    logs = np.log(minor)
    count = np.bincount(place, minlength=size)
    mean = np.bincount(place, weights=logs, minlength=size) / np.maximum(count, 1)
    inside = logs - mean[place]
    spare = max(1, int(logs.size - (count > 0).sum()))
    within = float(np.sqrt(max(1e-4, float(inside @ inside) / spare)))
    bought = count > 0
    centre = float(mean[bought].mean())
    between = max(1e-4, float(mean[bought].var()) - within**2 * float((1.0 / count[bought]).mean()))
    trusted = between / (between + within**2 / np.maximum(count, 1))
    trusted = np.where(bought, trusted, 0.0)
    middle = centre + trusted * (mean - centre)
    return middle + np.sqrt(between * (1.0 - trusted)) * dice.standard_normal(size), within


def _next(rate: Float64, dice: np.random.Generator) -> Int64:
    """Draw the first purchase after the beginning, at a waking hour; a Poisson process has no memory."""
    days = np.minimum(dice.exponential(size=rate.size) / rate, 36_500.0).astype(np.int64)
    hour = np.clip(dice.normal(18.0, 2.5, rate.size), 8.0, 23.0)
    return np.asarray(START_US + days * DAY + (hour * HOUR).astype(np.int64), np.int64)
