"""Cut long batches into statements that every database accepts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

#: SQLite takes 32,766 values in one statement, PostgreSQL 65,535.
LARGEST = 8_000


def chunks(items: Sequence[Item], size: int = LARGEST) -> Iterator[Sequence[Item]]:
    """Yield ``items`` in parts of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
