"""What people need from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class Known(msgspec.Struct, frozen=True, gc=False):
    """An identifier that is in the store: its own number, and the person it belongs to."""

    identifier_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class Link:
    """One piece of evidence that two identifiers are one person.

    Attributes:
        left, right: Keys of the two identifiers (keyed hashes, 16 bytes).
        touch_id: The touch that said so.
        said_at_us: When, microseconds since 1970 UTC.
    """

    left: bytes
    right: bytes
    touch_id: bytes
    said_at_us: int


class IdentityStore(Protocol):
    """The append-only log of who is who. All calls of one batch happen in one transaction."""

    def lookup(self, keys: Sequence[bytes]) -> Mapping[bytes, Known]:
        """Return those of ``keys`` that are known."""
        ...

    def add(self, new: Sequence[tuple[bytes, str, int]]) -> Mapping[bytes, Known]:
        """Keep new identifiers (key, namespace, first seen in microseconds); each starts as a person of its own."""
        ...

    def link(self, links: Sequence[Link]) -> None:
        """Append strong evidence and join the people it connects; the smallest number stays."""
        ...
