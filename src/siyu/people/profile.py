"""Profile (画像): counters that add up, so that a person's figures are the sum over its identifiers."""

from collections.abc import Iterable
from dataclasses import dataclass

from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

# read once: reading a member from its class costs more than the counting itself (hot path)
_PAID, _REFUNDED = TouchKind.ORDER_PAID, TouchKind.ORDER_REFUNDED
_IN, _OUT = TouchKind.MESSAGE_IN, TouchKind.MESSAGE_OUT
_COMPLAINT, _CLOSED = TouchKind.COMPLAINT, TouchKind.COMPLAINT_CLOSED
_COUNTED = frozenset({_PAID, _REFUNDED, _IN, _OUT, _COMPLAINT, _CLOSED})
_OUR_OWN_DOING = frozenset({_OUT, TouchKind.MESSAGE_FAILED, TouchKind.MESSAGE_DELIVERED})


@dataclass(slots=True)
class Profile:
    """What one identifier did.

    Attributes:
        touches: Everything, our own messages included.
        orders: Paid orders.
        paid_minor, refunded_minor: Money in and money back, both positive, in the brand's minor units.
        complaints_open: Opened minus closed.
        first_at_us, last_at_us: First and last thing the person did (our own messages do not count).
        first_order_at_us, last_order_at_us: None without an order.
    """

    touches: int = 0
    messages_in: int = 0
    messages_out: int = 0
    orders: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    complaints_open: int = 0
    first_at_us: int = 0
    last_at_us: int = 0
    first_order_at_us: int | None = None
    last_order_at_us: int | None = None

    def add(self, touch: Touch) -> None:
        """Count one touch."""
        at, kind = touch.happened_at_us, touch.kind
        self.touches += 1
        if kind not in _OUR_OWN_DOING:
            if at < self.first_at_us or not self.first_at_us:
                self.first_at_us = at
            if at > self.last_at_us:  # noqa: PLR1730  a call of max() costs five times as much here
                self.last_at_us = at
        if kind not in _COUNTED:
            return
        if kind is _PAID:
            self.orders += 1
            self.paid_minor += touch.value_minor
            self.first_order_at_us = at if self.first_order_at_us is None else min(self.first_order_at_us, at)
            self.last_order_at_us = at if self.last_order_at_us is None else max(self.last_order_at_us, at)
        elif kind is _REFUNDED:
            self.refunded_minor += abs(touch.value_minor)
        elif kind is _IN:
            self.messages_in += 1
        elif kind is _OUT:
            self.messages_out += 1
        elif kind is _COMPLAINT:
            self.complaints_open += 1
        elif kind is _CLOSED:
            self.complaints_open -= 1


def count(touches: Iterable[tuple[int, Touch]]) -> dict[int, Profile]:
    """Count a batch of (identifier number, touch); touches of nobody (number 0) do not count."""
    profiles: dict[int, Profile] = {}
    for identifier_id, touch in touches:
        if identifier_id:
            profile = profiles.get(identifier_id)
            if profile is None:
                profile = profiles[identifier_id] = Profile()
            profile.add(touch)
    return profiles
