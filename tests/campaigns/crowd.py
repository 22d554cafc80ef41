"""Buyers for the tests of plays."""

import numpy as np

from siyu.campaigns.rhythms import Rhythms
from siyu.kernel.period import DAY

NOW_US = 1_781_056_800_000_000


def crowd(*rows: tuple[int, float, float]) -> Rhythms:
    """Make buyers from (purchase days, days since the last one, median gap in days)."""
    days, waited, gap = (np.array(column) for column in zip(*rows, strict=True))
    return Rhythms(
        person=np.arange(1, len(rows) + 1, dtype=np.int64),
        purchase_days=days.astype(np.int64),
        last_at_us=(NOW_US - waited * DAY).astype(np.int64),
        median_gap_days=gap.astype(np.float64),
        average_order_minor=np.full(len(rows), 5_000.0),
    )
