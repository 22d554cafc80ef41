"""What campaigns know of the people they may propose for: each buyer's own rhythm, as columns."""

from dataclasses import dataclass

from siyu.kernel.arrays import Float64, Int64


@dataclass(frozen=True, slots=True)
class Rhythms:
    """One row per buyer, published by measurement.

    Attributes:
        person: Person numbers.
        purchase_days: Days with at least one paid order.
        last_at_us: The last paid order.
        median_gap_days: Half of the person's gaps between purchase days are shorter; 0 with fewer than two days.
        average_order_minor: Paid per order.
    Shape: (people,) each.
    """

    person: Int64
    purchase_days: Int64
    last_at_us: Int64
    median_gap_days: Float64
    average_order_minor: Float64

    def __len__(self) -> int:
        return int(self.person.size)
