"""Days as opportunities (a week, a month, a season): what BG/BB counts in, ending with the last day of the history."""

from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Opportunities:
    """Spans of equal length; number -1 ends with ``until_day``, 0 begins on the day after.

    Attributes:
        until_day: Last day of the history.
        days: Length of one.
    """

    until_day: int
    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise BadInputError(f"an opportunity lasts a day at least, not {self.days}", where="--opportunity-days")

    def number(self, day: Int64) -> Int64:
        """Return which opportunity each day belongs to."""
        return np.asarray((day - self.until_day - 1) // self.days, np.int64)

    def last_day(self, number: int) -> int:
        """Return the day with which one ends."""
        return self.until_day + (number + 1) * self.days
