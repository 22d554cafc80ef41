"""What a file was understood to say: touches, and the rows that must be set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from siyu.touchpoints.touch import Touch


@dataclass(frozen=True, slots=True)
class SetAside:
    """One row that could not be understood.

    Attributes:
        line: 1 is the first data row.
        heading: The kind of fault, to count by.
        raw: JSON of the row, as it came.
    """

    line: int
    heading: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Understood:
    """A file, understood.

    Attributes:
        rows: Data rows in the file.
        touches: What they say, in the order of the file.
        rows_of: How many rows each touch was made of. Shape: as ``touches``.
        repeated: Rows alike in every column to an earlier one, which count once.
        skipped: Rows that the mapping says to leave out.
        set_aside: Rows that could not be understood.
        headings: How many rows stand under each heading; a row may stand under several.
    """

    rows: int
    touches: Sequence[Touch]
    rows_of: Sequence[int]
    set_aside: Sequence[SetAside]
    repeated: int = 0
    skipped: int = 0
    headings: dict[str, int] = field(default_factory=dict)
