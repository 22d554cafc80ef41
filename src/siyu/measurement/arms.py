"""Arms (分组): who was treated, who was held out, and since when. Drawn once, kept for ever."""

from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Arms:
    """People and their arms.

    Attributes:
        person: Ascending, each once.
        treated: 1 treated, 0 held out.
        assigned_at: When it was drawn, microseconds since 1970 UTC.
    Shape: (people,) each.
    """

    person: Int64
    treated: Int8
    assigned_at: Int64

    def __post_init__(self) -> None:
        if not self.person.size == self.treated.size == self.assigned_at.size:
            raise BadInputError("arms need one arm and one moment for each person")
        if (np.diff(self.person) <= 0).any():
            raise BadInputError("a person stands in the arms twice", mend="sort by person, keep the earliest draw")
