"""Facts (事实): everything campaigns know of the people they may propose for, as columns; one row per person.

A rhythm is known of buyers only; facts are known of everybody who added us or bought. They come from what measurement
published and from the counters that taking in keeps, so a play can ask for nothing that the stores do not hold.
"""

from dataclasses import dataclass

from siyu.campaigns.rhythms import Rhythms
from siyu.kernel.arrays import Int64


@dataclass(frozen=True, slots=True)
class Facts(Rhythms):
    """A rhythm (zeros for who never bought) and more.

    Attributes:
        contact_since_us: When the oldest relation that stands began; 0 without one.
        orders: Paid orders; several may fall on one purchase day.
        paid_minor: Paid in all, minor units.
        first_order_at_us: 0 without an order.
        last_seen_us: The last thing the person did, whatever it was; 0 if nothing.
        messages_out: Messages that reached them, ever.
        complaints_open: Complaints opened and not closed.
    Shape: (people,) each. Moments are microseconds since 1970 UTC.
    """

    contact_since_us: Int64
    orders: Int64
    paid_minor: Int64
    first_order_at_us: Int64
    last_seen_us: Int64
    messages_out: Int64
    complaints_open: Int64
