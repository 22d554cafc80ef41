"""The market's ear: a ``dispatch.ports.Sender`` that hands to people exactly what dispatch sends.

As in WeCom, a mass send is a task that a staff member confirms; what nobody confirms within a day comes to nothing.
A message that asks for friends is heard like every other and lets people bring some (``ears.asks_for_friends``).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log1p
from typing import Final

import numpy as np

from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.market.as_touches import number_of
from siyu.sandbox.market.ears import asks_for_friends, heard_as
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import Asking
from siyu.sandbox.market.platform import Platform

_NOT_CONFIRMED: Final = "not_confirmed"
_NOT_A_FRIEND: Final = "not_a_friend"
_LIMITED: Final = "account_limited"


class MarketSender:
    """Carries messages to the people of a market.

    Args:
        platform: Who punishes sharing that is paid for; without one nobody does.

    Attributes:
        heard: Messages that reached people.
        by_staff: Messages that each staff member was given on each day, by (staff, day).
    """

    def __init__(self, market: Market, *, now_us: Callable[[], int], platform: Platform | None = None) -> None:
        self._market, self._now_us, self.platform = market, now_us, platform
        self._known: dict[bytes, Receipt] = {}
        self.heard = 0
        self.by_staff: Counter[tuple[str, int]] = Counter()

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Give tasks to staff; who is no longer a friend gets nothing."""
        now_us, platform = self._now_us(), self.platform
        if platform is not None:
            platform.complained(self._market.complaints(), now_us=now_us)
            if platform.limited(now_us):
                return [Receipt(one.message_id, MessageState.FAILED, "", now_us, _LIMITED) for one in messages]
        left_at = self._market.state["left_at"]
        receipts, people, moments, kinds = [], [], [], []
        asked: dict[Asking, list[tuple[int, int]]] = {}
        for one in messages:
            number = number_of(one.recipient)
            self.by_staff[one.staff, now_us // DAY] += 1
            if left_at[number] <= now_us:
                receipts.append(Receipt(one.message_id, MessageState.FAILED, "", now_us, _NOT_A_FRIEND))
                continue
            at_us, done = confirmed(self._market, one.staff, now_us)
            state, detail = (MessageState.SENT, "") if done else (MessageState.FAILED, _NOT_CONFIRMED)
            self._known[one.message_id] = Receipt(one.message_id, state, one.staff, at_us, detail)
            if done and (platform is None or platform.reaches(one.message_id, now_us)):
                people.append(number)
                moments.append(at_us)
                kinds.append(heard_as(one.piece))
                if asking := asks_for_friends(one.piece):
                    asked.setdefault(asking, []).append((number, at_us))
            receipts.append(Receipt(one.message_id, MessageState.AWAITING, one.staff, now_us))
        self._market.hear(np.array(people, np.int64), np.array(moments, np.int64), np.array(kinds, np.int8))
        self.heard += len(people)
        for asking, whom in asked.items():
            columns = np.array(whom, np.int64)
            made = self._market.invite(columns[:, 0], columns[:, 1], asking)
            if platform is not None and asking == "share":
                platform.shared(made, now_us=now_us)
        return receipts

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Say what became of tasks by now."""
        now_us = self._now_us()
        ended = [key for key in tasks if key in self._known and self._known[key].at_us <= now_us]
        return [self._known.pop(key) for key in ended]

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  a port's method
        """Nothing is lost here: the market lives in this process."""
        return ""


def confirmed(market: Market, staff: str, now_us: int) -> tuple[int, bool]:
    """Return when a staff member confirms what was given to them just now, or when it is over because they forget."""
    of = market.parameters
    dice = share_of("confirm", str(market.seed), staff, str(now_us))
    if dice >= of.confirm:
        return now_us + DAY, False
    return now_us + int(min(-log1p(-dice / of.confirm) * of.confirm_hours, 8.0) * HOUR), True
