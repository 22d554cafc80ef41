"""Profile (画像): counters that add up, so that a person's figures are the sum over its identifiers."""

from collections.abc import Iterable
from dataclasses import dataclass

from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

_OUR_OWN_DOING = frozenset({TouchKind.MESSAGE_OUT, TouchKind.MESSAGE_FAILED, TouchKind.MESSAGE_DELIVERED})


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
            self.first_at_us = min(self.first_at_us, at) if self.first_at_us else at
            self.last_at_us = max(self.last_at_us, at)
        if kind is TouchKind.ORDER_PAID:
            self.orders += 1
            self.paid_minor += touch.value_minor
            self.first_order_at_us = at if self.first_order_at_us is None else min(self.first_order_at_us, at)
            self.last_order_at_us = at if self.last_order_at_us is None else max(self.last_order_at_us, at)
        elif kind is TouchKind.ORDER_REFUNDED:
            self.refunded_minor += abs(touch.value_minor)
        elif kind is TouchKind.MESSAGE_IN:
            self.messages_in += 1
        elif kind is TouchKind.MESSAGE_OUT:
            self.messages_out += 1
        elif kind is TouchKind.COMPLAINT:
            self.complaints_open += 1
        elif kind is TouchKind.COMPLAINT_CLOSED:
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
