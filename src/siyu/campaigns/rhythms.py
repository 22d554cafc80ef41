"""What campaigns know of the people they may propose for: each buyer's own rhythm, as columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int64

#: From so many purchase days on, people tell what is usual for the brand.
_TELLING_DAYS: Final = 3
#: What is usual weighs as much as so many gaps of a person's own (house rule).
_USUAL_WEIGHS: Final = 2.0
#: Late from so many expected gaps on, and not before so many days (house rule).
LATE_GAPS: Final = 2.0
LATE_DAYS: Final = 21.0


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


def expected_gap_days(rhythms: Rhythms) -> Float64:
    """Return the gap that can be expected of each buyer: their own, drawn towards the brand's the less is known of it.

    ``(gaps x own + 2 x usual) / (gaps + 2)``: shrinkage as of a mean with a prior worth two observations, on medians.
    Infinite for who bought on one day only while nobody tells what is usual.
    Shape: (people,).
    """
    telling = (rhythms.purchase_days >= _TELLING_DAYS) & (rhythms.median_gap_days > 0)
    own, gaps = rhythms.median_gap_days, np.maximum(rhythms.purchase_days - 1, 0)
    if not telling.any():
        return np.where(own > 0, own, np.inf)
    usual = float(np.median(own[telling]))
    return np.asarray((gaps * own + _USUAL_WEIGHS * usual) / (gaps + _USUAL_WEIGHS), np.float64)


def late_after_days(rhythms: Rhythms) -> Float64:
    """Return after how many days of silence each buyer is late; infinite where no gap can be expected.

    Shape: (people,).
    """
    return np.asarray(np.maximum(LATE_GAPS * expected_gap_days(rhythms), LATE_DAYS), np.float64)
