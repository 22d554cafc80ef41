"""Furnish a market: what a brand's other systems would say of its people, so that every play has what it needs.

Parcels that arrive, refunds, cities, days of birth, promises on adding, points, and consent to being served. All of it
follows from who the people are and what they did; it changes nothing of how they live, so what is true of them stays
true. The shares are house assumptions; so is that everybody who adds a guide agrees to being served.
"""

from typing import Final

import numpy as np

from siyu.app.simulate.world import World
from siyu.campaigns.facts import EVENTS, POINTS, PORTRAIT, PROMISES
from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.period import DAY, MINUTE
from siyu.loyalty.points import earn
from siyu.people.consent import SERVICE
from siyu.sandbox.market.as_touches import ACCOUNT, CHANNEL, SHOP, contact
from siyu.sandbox.market.dice import chances
from siyu.sandbox.market.live import ARRIVED, ORDERED
from siyu.sandbox.market.parameters import SOURCES
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.promise import promise
from siyu.touchpoints.touch import Identifier, Touch, touch

RECEIVED_AFTER: Final = 3 * DAY
REFUNDED_AFTER: Final = 7 * DAY
REFUNDED_SHARE: Final = 0.03
SAYS_BIRTHDAY: Final = 0.6
POINTS_LAST: Final = 300 * DAY
#: Sources at which something was promised, and what.
PROMISED: Final = {"live_code_parcel": "使用指南", "short_video": "选购清单"}
#: What must be paid for each tier, and the settings of the membership of a simulated brand, as in ``siyu.toml``.
TIER_LINES: Final = (30_000, 90_000, 270_000)
MEMBERSHIP: Final = f"""
[membership]
tiers = [{{name = "银卡", spent_minor = {TIER_LINES[0]}}}, {{name = "金卡", spent_minor = {TIER_LINES[1]}}},
         {{name = "黑卡", spent_minor = {TIER_LINES[2]}}}]
"""
_CITIES: Final = {1: "上海", 2: "昆明", 3: "绵阳", 4: "大同", 5: "安化"}
#: Which die: beyond those of ``live.py``.
_TELLS, _BIRTHDAY, _GIVES_BACK = 21, 22, 23


def born_on(seed: int, people: Int64) -> tuple[Int64, Int64]:
    """Return month and day of birth of people, zeros for who does not tell it. Shape: as ``people``, each."""
    tells = chances(seed, people, _TELLS, np.zeros_like(people)) < SAYS_BIRTHDAY
    day = (chances(seed, people, _BIRTHDAY, np.zeros_like(people)) * 365).astype(np.int64)
    return np.where(tells, 1 + day // 31, 0), np.where(tells, 1 + day % 28, 0)


def gives_back(seed: int, people: Int64, at_us: Int64) -> Bool:
    """Tell which orders are given back; an order is named by its person and its minute. Shape: as ``people``."""
    return chances(seed, people, _GIVES_BACK, at_us // MINUTE) < REFUNDED_SHARE


class Furnisher:
    """Says what other systems would say, as time goes on.

    Args:
        needs: What the plays that run need (``campaigns/facts.py``).
    """

    def __init__(self, one: World, needs: set[str]) -> None:
        self._world, self._needs = one, needs
        self._told_us = 0

    def tell(self, until_us: int) -> None:
        """Say everything that became known up to then; the market has lived that far."""
        if self._needs:
            past = self._world.market.lately(self._told_us - REFUNDED_AFTER)
            orders, came = past.only(ORDERED), past.only(ARRIVED)
            touches: list[Touch] = []
            if PORTRAIT in self._needs:
                new = self._new(came.at, until_us, MINUTE)
                touches += self._members(came.person[new], came.at[new])
            if EVENTS in self._needs:
                touches += self._parcels(orders.person, orders.at, orders.value, until_us)
            if SERVICE in self._needs:
                new = self._new(came.at, until_us, MINUTE)
                touches += self._consents(came.person[new], came.at[new])
            self._world.take(touches)
            if PROMISES in self._needs:
                new = self._new(came.at, until_us, 0)
                self._promise(came.person[new], came.at[new])
            if POINTS in self._needs:
                new = self._new(orders.at, until_us, 0)
                self._give_points(orders.person[new], orders.at[new], orders.value[new])
        self._told_us = until_us

    def _new(self, at: Int64, until_us: int, after_us: int) -> Int64:
        """Return which of some moments, so much later, lie between the last telling and now."""
        return np.flatnonzero((at + after_us >= self._told_us) & (at + after_us < until_us))

    def _members(self, person: Int64, at: Int64) -> list[Touch]:
        """Say where people live, and of some when they were born."""
        market = self._world.market
        columns = (person, at, market.hidden["tier"][person], *born_on(market.seed, person))
        said = []
        for number, at_us, tier, month, day in zip(*(column.tolist() for column in columns), strict=True):
            traits = {"city": _CITIES[tier]} | ({"birthday": f"1990-{month:02}-{day:02}"} if month else {})
            said.append(
                touch(
                    CHANNEL, TouchKind.CONTACT_EDITED, account=ACCOUNT, actors=(contact(number),),
                    event_key=f"member {number}", happened_at_us=at_us + MINUTE, received_at_us=at_us + MINUTE,
                    traits=traits,
                )
            )  # fmt: skip
        return said

    def _consents(self, person: Int64, at: Int64) -> list[Touch]:
        """Say who agreed, on adding, to being served."""
        serves = self._world.market.serves()[person]
        return [
            touch(
                CHANNEL, TouchKind.CONSENT_GIVEN, account=ACCOUNT, actors=(contact(number),),
                event_key=f"is served {number}", happened_at_us=at_us + MINUTE, received_at_us=at_us + MINUTE,
                properties={"purpose": SERVICE, "text_version": "market-1"},
            )
            for number, at_us in zip(person[serves].tolist(), at[serves].tolist(), strict=True)
        ]  # fmt: skip

    def _parcels(self, person: Int64, at: Int64, value: Int64, until_us: int) -> list[Touch]:
        came = self._new(at, until_us, RECEIVED_AFTER)
        back = self._new(at, until_us, REFUNDED_AFTER)
        back = back[gives_back(self._world.market.seed, person[back], at[back])]
        said = []
        for kind, rows, after_us, paid in (
            (TouchKind.ORDER_RECEIVED, came, RECEIVED_AFTER, np.zeros_like(came)),
            (TouchKind.ORDER_REFUNDED, back, REFUNDED_AFTER, value[back]),
        ):
            columns = (person[rows], at[rows], paid)
            for number, moment, minor in zip(*(column.tolist() for column in columns), strict=True):
                said.append(
                    touch(
                        "store", kind, account=SHOP, actors=(Identifier("member_no", f"m{number}"),),
                        event_key=f"{kind.slug} {number}/{moment}", value_minor=minor,
                        happened_at_us=moment + after_us, received_at_us=moment + after_us,
                    )
                )  # fmt: skip
        return said

    def _promise(self, person: Int64, at: Int64) -> None:
        """Owe those who came by a parcel's code or a video what was promised there."""
        number_of = self._contacts(person)
        owed = []
        for who, at_us in zip(person.tolist(), at.tolist(), strict=True):
            what = PROMISED.get(SOURCES[int(self._world.market.hidden["source"][who])])
            if what and who in number_of:
                owed.append(promise(number_of[who], what, said_in="market", at_us=at_us))
        with self._world.workspace.database.write() as connection:
            SqlPromises(connection).make(owed)

    def _give_points(self, person: Int64, at: Int64, value: Int64) -> None:
        """Give a point for each whole unit paid; they last ``POINTS_LAST``."""
        number_of = self._contacts(person)
        entries = [
            earn(number_of[who], paid // 100, at_us=at_us, about=f"{who}/{at_us}", expires_at_us=at_us + POINTS_LAST)
            for who, at_us, paid in zip(person.tolist(), at.tolist(), value.tolist(), strict=True)
            if paid >= 100 and who in number_of
        ]
        with self._world.workspace.database.write() as connection:
            SqlLedger(connection).append(entries)

    def _contacts(self, person: Int64) -> dict[int, int]:
        """Return the number of the identifier by which the product knows each of these people as a contact."""
        key_of = self._world.workspace.vault.key_of
        keys = {key_of(contact(who)): who for who in np.unique(person).tolist()}
        with self._world.workspace.database.read() as connection:
            known = SqlIdentityStore(connection).lookup(list(keys))
        return {keys[key]: one.identifier_id for key, one in known.items()}
