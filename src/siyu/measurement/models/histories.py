"""Purchase histories, each kind once: how many customers share the same (repeats, last, age).

Ten million customers have some hundred thousand different histories on a grid of days, and the likelihood of the
models of repeat purchase needs nothing else: equal histories are counted, not repeated.
"""

from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError

#: Up to this many cells a table is faster than a sort (4 bytes each).
_MOST_CELLS = 64_000_000


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct histories and how many customers have each.

    Attributes:
        x: Number of repeat purchases (purchase days after the first).
        t: Age at the last purchase, 0 where there was no repeat; in the unit the caller chose (weeks by default).
        age: Age of the customer now, since the first purchase; the same unit.
        n: How many customers.
    Shape: (histories,) each.
    """

    x: Float64
    t: Float64
    age: Float64
    n: Float64

    @property
    def customers(self) -> int:
        """Number of customers."""
        return round(float(self.n.sum()))

    def __len__(self) -> int:
        return int(self.x.size)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Histories, and which one each customer has.

    Attributes:
        of: Position in ``histories`` of each customer; shape (customers,).
    """

    histories: Histories
    of: Int32


def group_days(x: Int64, last_day: Int64, age_days: Int64, *, unit_days: float = 7.0) -> Grouped:
    """Count equal histories on a grid of whole days.

    Args:
        x: Repeat purchases.
        last_day: Days from the first to the last purchase, 0 if ``x`` is 0.
        age_days: Days from the first purchase to now.
        unit_days: Length of the unit of time of the result, in days.
    Shape: (customers,) each.

    Raises:
        BadInputError: a history is impossible (negative, last purchase after now, repeats without time).
    """
    if x.size == 0:
        raise BadInputError("there is no customer with a purchase", mend="check the column names and the date")
    if int(min(x.min(), last_day.min(), age_days.min())) < 0 or bool((last_day > age_days).any()):
        raise BadInputError("a history ends before it begins", mend="drop purchases after the day one looks at")
    if bool(((x > 0) != (last_day > 0)).any()):
        raise BadInputError("repeat purchases need a last purchase after the first", mend="count purchase days")
    low = int(age_days.min())
    shape = int(x.max()) + 1, int(age_days.max()) - low + 1, int(last_day.max()) + 1
    if shape[0] * shape[1] * shape[2] <= max(_MOST_CELLS // 8, min(_MOST_CELLS, 16 * x.size)):
        cells, of = _group_dense(x, age_days, last_day, low, shape[0], shape[1], shape[2])
    else:
        packed = (x * shape[1] + (age_days - low)) * shape[2] + last_day
        cells, inverse = np.unique(packed, return_inverse=True)
        of = inverse.astype(np.int32)
    n = np.bincount(of, minlength=cells.size)
    histories = Histories(
        (cells // (shape[1] * shape[2])).astype(np.float64),
        (cells % shape[2]) / unit_days,
        ((cells // shape[2]) % shape[1] + low) / unit_days,
        n.astype(np.float64),
    )
    return Grouped(histories, of)


def group_exact(x: Float64, t: Float64, age: Float64) -> Grouped:
    """Count equal histories whose times are any numbers (slower; few are equal when times are continuous)."""
    rows = np.column_stack([x, np.where(x > 0, t, 0.0), age])
    if rows.size == 0:
        raise BadInputError("there is no customer with a purchase")
    if not np.isfinite(rows).all() or bool((rows < 0).any()) or bool((rows[:, 1] > rows[:, 2]).any()):
        raise BadInputError("a history is not a number, negative, or ends before it begins")
    distinct, of, n = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    columns = np.ascontiguousarray(distinct.T)
    histories = Histories(columns[0], columns[1], columns[2], n.astype(np.float64))
    return Grouped(histories, of.reshape(-1).astype(np.int32))


@compiled
def _group_dense(  # noqa: PLR0917  a compiled kernel takes its columns by position
    x: Int64, age: Int64, last: Int64, low: int, xs: int, ages: int, lasts: int
) -> tuple[Int64, Int32]:
    """Mark the cells that occur, number them in order, then look each customer's number up."""
    number = np.zeros(xs * ages * lasts, np.int32)
    for i in range(x.size):
        number[(x[i] * ages + (age[i] - low)) * lasts + last[i]] = 1
    found = 0
    for cell in range(number.size):
        if number[cell]:
            number[cell] = found
            found += 1
        else:
            number[cell] = -1
    cells = np.empty(found, np.int64)
    for cell in range(number.size):
        if number[cell] >= 0:
            cells[number[cell]] = cell
    of = np.empty(x.size, np.int32)
    for i in range(x.size):
        of[i] = number[(x[i] * ages + (age[i] - low)) * lasts + last[i]]
    return cells, of
