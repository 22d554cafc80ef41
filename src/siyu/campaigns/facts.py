"""Facts (事实): everything campaigns know of the people they may propose for, as columns; one row per person.

A rhythm is known of buyers only; facts are known of everybody who added us or bought. They come from what measurement
published and from the counters that taking in keeps, so a play can ask for nothing that the stores do not hold.
"""

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from siyu.campaigns.rhythms import Rhythms
from siyu.kernel.arrays import Int64

#: What a play may need beyond the counters: it says so in ``needs``, and pays for no other.
EVENTS, PORTRAIT, PROMISES, POINTS, TIERS = "events", "portrait", "promises", "points", "tiers"
NEEDS: Final = (EVENTS, PORTRAIT, PROMISES, POINTS, TIERS)
Texts = npt.NDArray[np.str_]


def _none() -> Int64:
    return np.empty(0, np.int64)


def _no_text() -> Texts:
    return np.empty(0, np.str_)


@dataclass(frozen=True, slots=True)
class Facts(Rhythms):
    """A rhythm (zeros for who never bought) and more. Columns that nobody needed are zeros.

    Attributes:
        contact_since_us: When the oldest relation that stands began; 0 without one.
        orders: Paid orders; several may fall on one purchase day.
        paid_minor: Paid in all, minor units.
        first_order_at_us: 0 without an order.
        last_seen_us: The last thing the person did, whatever it was; 0 if nothing.
        messages_out: Messages that reached them, ever.
        complaints_open: Complaints opened and not closed.
        received_at_us, refunded_at_us, calmed_at_us: The last parcel that arrived, the last refund, the last complaint
            that was closed; 0 if none. ``spoke_at_us``: when they last said something in a group (``EVENTS``).
        birth_month: 1 to 12; 0 unknown. ``city_tier``: 1 to 4 (cities below those named have 4); 0 unknown
            (``PORTRAIT``).
        promised_at_us, promised: The oldest promise to them that is not kept, and what it is (``PROMISES``).
        points_until_us, points: Points that expire within 30 days, and when the first of them do (``POINTS``).
        missing_minor, next_minor: What is missing to the next tier, and what that tier asks for; 0 if there is none.
            ``losing_minor``: what they would have to pay within 30 days to keep their tier; 0 if nothing.
            ``tier_at_us``: the purchase by which they rose within the last 14 days; 0 if they did not (``TIERS``).
    Shape: (people,) each. Moments are microseconds since 1970 UTC.
    """

    contact_since_us: Int64
    orders: Int64
    paid_minor: Int64
    first_order_at_us: Int64
    last_seen_us: Int64
    messages_out: Int64
    complaints_open: Int64
    received_at_us: Int64 = field(default_factory=_none)
    refunded_at_us: Int64 = field(default_factory=_none)
    calmed_at_us: Int64 = field(default_factory=_none)
    birth_month: Int64 = field(default_factory=_none)
    city_tier: Int64 = field(default_factory=_none)
    promised_at_us: Int64 = field(default_factory=_none)
    promised: Texts = field(default_factory=_no_text)
    points_until_us: Int64 = field(default_factory=_none)
    points: Int64 = field(default_factory=_none)
    missing_minor: Int64 = field(default_factory=_none)
    next_minor: Int64 = field(default_factory=_none)
    losing_minor: Int64 = field(default_factory=_none)
    spoke_at_us: Int64 = field(default_factory=_none)
    tier_at_us: Int64 = field(default_factory=_none)

    def __post_init__(self) -> None:
        """Fill what nobody needed with zeros."""
        people = int(self.person.size)
        for one in fields(self):
            column = getattr(self, one.name)
            if column.size != people:
                object.__setattr__(self, one.name, np.zeros(people, column.dtype))
