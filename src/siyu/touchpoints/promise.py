"""Promises (承诺台账): what was promised to whom, until when, and the proof that it was kept."""

from dataclasses import dataclass
from typing import Final

from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import HOUR

#: Promised material is due so soon after it was promised, if nothing else is said.
USUAL: Final = HOUR


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise to one person.

    Attributes:
        what: What was promised, such as a file or a coupon.
        said_in: The reply, post or poster that promised it.
        kept_at_us: When it was kept, 0 while it is open.
        proof: The message, order or shipment that kept it.
    """

    promise_id: bytes
    identifier_id: int
    what: str
    said_in: str
    promised_at_us: int
    due_at_us: int
    kept_at_us: int = 0
    proof: str = ""


def promise(identifier_id: int, what: str, *, said_in: str, at_us: int, due_at_us: int = 0) -> Promise:
    """Make a promise; the same promise in the same place is one.

    Raises:
        BadInputError: nothing is promised, or it is due before it was made.
    """
    if not what.strip():
        raise BadInputError("a promise says what", where="what")
    due = due_at_us or at_us + USUAL
    if due < at_us:
        raise BadInputError("a promise cannot be due before it is made", where="due_at")
    key = time_ordered_id(at_us, "promise", str(identifier_id), what, said_in)
    return Promise(key, identifier_id, what, said_in, at_us, due)


@dataclass(frozen=True, slots=True)
class Kept:
    """How promises stand.

    Attributes:
        late: Kept after they were due; ``overdue``: open and due.
    """

    made: int
    kept: int
    late: int
    open: int
    overdue: int

    @property
    def kept_share(self) -> float:
        """Share of those due that were kept in time; 1 without any."""
        due = self.kept + self.overdue
        return (self.kept - self.late) / due if due else 1.0
