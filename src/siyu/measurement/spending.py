"""Spending (投放花费): what each source cost on each day, as columns that metrics of cost read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Spending:
    """Ad spend, one row per day and place, in one currency.

    Attributes:
        day_us: The first microsecond of each day on the brand's clock.
        source_code, channel: The code that touches through it carry, and the platform.
        cost_minor: What it cost.
    Shape: (rows,) each.
    """

    day_us: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    source_code: Sequence[str] = ()
    channel: Sequence[str] = ()
    cost_minor: Int64 = field(default_factory=lambda: np.empty(0, np.int64))

    def of(self, by: str) -> dict[str, tuple[Int64, Int64]]:
        """Return days (ascending, each once) and their cost by the name of each source.

        Raises:
            BadInputError: costs do not say such a column.
        """
        if by not in {"source_code", "channel"}:
            raise BadInputError(f"costs are not known by {by}", where="--by", mend="source_code or channel")
        names = np.array(self.source_code if by == "source_code" else self.channel, object)
        found = {}
        for name in sorted(set(names)):
            mine = names == name
            days, place = np.unique(self.day_us[mine], return_inverse=True)
            cost = np.zeros(days.size, np.int64)
            np.add.at(cost, place, self.cost_minor[mine])
            found[str(name)] = days, cost
        return found
