"""Furnish a market: what a brand's other systems would say of its people, so that every play has what it needs.

Parcels that arrive, refunds, cities, days of birth, promises on adding and points. All of it follows from who the
people are and what they did; it changes nothing of how they live, so what is true of them stays true. The shares are
house assumptions.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from siyu.app.simulate.world import World
from siyu.app.take_in import TakeIn
from siyu.campaigns.facts import EVENTS, POINTS, PORTRAIT, PROMISES
from siyu.kernel.arrays import Int64
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, MINUTE
from siyu.loyalty.points import earn
from siyu.sandbox.market.as_touches import ACCOUNT, CHANNEL, SHOP, contact
from siyu.sandbox.market.live import ARRIVED, ORDERED
from siyu.sandbox.market.parameters import SOURCES
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
_CITIES: Final = {1: "上海", 2: "昆明", 3: "洛阳", 4: "安溪", 5: "安化"}
_PAGE: Final = 10_000


@lru_cache(maxsize=1 << 16)
def born_on(seed: int, number: int) -> tuple[int, int]:
    """Return month and day of birth of somebody who tells it, (0, 0) of somebody who does not."""
    if share_of("born", str(seed), str(number)) >= SAYS_BIRTHDAY:
        return 0, 0
    day = int(share_of("birthday", str(seed), str(number)) * 365)
    return 1 + day // 31, 1 + day % 28


@lru_cache(maxsize=1 << 16)
def gives_back(number: int, at_us: int) -> bool:
    """Tell whether somebody gives an order back, named by its moment."""
    return share_of("refund", str(number), str(at_us)) < REFUNDED_SHARE


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
            past = self._world.market.past()
            orders, came = past.only(ORDERED), past.only(ARRIVED)
            touches: list[Touch] = []
            if PORTRAIT in self._needs:
                new = self._new(came.at, until_us, MINUTE)
                touches += [
                    self._member(int(who), int(at)) for who, at in zip(came.person[new], came.at[new], strict=True)
                ]
            if EVENTS in self._needs:
                touches += self._parcels(orders.person, orders.at, orders.value, until_us)
            take_in = TakeIn(self._world.workspace)
            for start in range(0, len(touches), _PAGE):
                take_in.take(touches[start : start + _PAGE])
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

    def _member(self, number: int, at_us: int) -> Touch:
        """Say where somebody lives, and of some people when they were born."""
        traits = {"city": _CITIES[int(self._world.market.hidden["tier"][number])]}
        month, day = born_on(self._world.market.seed, number)
        if month:
            traits["birthday"] = f"1990-{month:02}-{day:02}"
        return touch(
            CHANNEL, TouchKind.CONTACT_EDITED, account=ACCOUNT, actors=(contact(number),), event_key=f"member {number}",
            happened_at_us=at_us + MINUTE, received_at_us=at_us + MINUTE, traits=traits,
        )  # fmt: skip

    def _parcels(self, person: Int64, at: Int64, value: Int64, until_us: int) -> list[Touch]:
        said = []
        for kind, after_us in (
            (TouchKind.ORDER_RECEIVED, RECEIVED_AFTER),
            (TouchKind.ORDER_REFUNDED, REFUNDED_AFTER),
        ):
            for row in self._new(at, until_us, after_us).tolist():
                number, moment = int(person[row]), int(at[row])
                if kind is TouchKind.ORDER_REFUNDED and not gives_back(number, moment):
                    continue
                paid = int(value[row]) if kind is TouchKind.ORDER_REFUNDED else 0
                said.append(
                    touch(
                        "store", kind, account=SHOP, actors=(Identifier("member_no", f"m{number}"),),
                        event_key=f"{kind.slug} {number}/{moment}", value_minor=paid,
                        happened_at_us=moment + after_us, received_at_us=moment + after_us,
                    )
                )  # fmt: skip
        return said

    def _promise(self, person: Int64, at: Int64) -> None:
        """Owe those who came by a parcel's code or a video what was promised there."""
        number_of = self._numbers()
        owed = []
        for who, at_us in zip(person.tolist(), at.tolist(), strict=True):
            what = PROMISED.get(SOURCES[int(self._world.market.hidden["source"][who])])
            if what and who in number_of:
                owed.append(promise(number_of[who], what, said_in="market", at_us=at_us))
        with self._world.workspace.database.write() as connection:
            SqlPromises(connection).make(owed)

    def _give_points(self, person: Int64, at: Int64, value: Int64) -> None:
        """Give a point for each whole unit paid; they last ``POINTS_LAST``."""
        number_of = self._numbers()
        entries = [
            earn(number_of[who], paid // 100, at_us=at_us, about=f"{who}/{at_us}", expires_at_us=at_us + POINTS_LAST)
            for who, at_us, paid in zip(person.tolist(), at.tolist(), value.tolist(), strict=True)
            if paid >= 100 and who in number_of
        ]
        with self._world.workspace.database.write() as connection:
            SqlLedger(connection).append(entries)

    def _numbers(self) -> dict[int, int]:
        """Return the person of the product that each person of the market is."""
        person, number = self._world.number_of_person()
        return dict(zip(number.tolist(), person.tolist(), strict=True))
