"""What loyalty needs from outside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from siyu.loyalty.ledger import Account, Entry, Place


class Ledger(Protocol):
    """The append-only ledger. All calls of one batch happen in one transaction."""

    def append(self, entries: Sequence[Entry]) -> int:
        """Keep entries that are not there yet; return how many were new.

        Raises:
            BadInputError: an entry does not add up to zero, or a balance would fall below zero; then none is kept.
        """
        ...

    def balances(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Return the balances of places; those never used are 0."""
        ...

    def person(self, identifiers: Sequence[int], account: Account) -> Mapping[Place, int]:
        """Return the balances of one account over a person's identifiers, without those at 0."""
        ...

    def history(self, identifiers: Sequence[int]) -> Sequence[Entry]:
        """Return the entries that touch any of the identifiers, oldest first."""
        ...

    def all(self) -> Iterable[Entry]:
        """Go through every entry, oldest first, without holding them all."""
        ...
