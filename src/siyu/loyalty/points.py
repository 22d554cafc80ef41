"""Points (积分): given in lots that expire; the oldest lot is spent first, whichever identifier it came through."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siyu.kernel.errors import BadInputError
from siyu.loyalty.ledger import BRAND, POINTS_UNIT, Account, Entry, Place, entry


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that were given together and expire together.

    Attributes:
        expires_at_us: 0 for never.
        left: What is not yet spent.
    """

    identifier_id: int
    given_at_us: int
    expires_at_us: int
    left: int


def earn(identifier_id: int, points: int, *, at_us: int, about: str, expires_at_us: int = 0) -> Entry:
    """Give points for something (an order, an action) once."""
    source = Place(Account.POINTS_ISSUED, BRAND, "", POINTS_UNIT)
    target = Place(Account.POINTS, identifier_id, "", POINTS_UNIT)
    return entry("earn", at_us=at_us, about=about, moves=[(source, target, points)], expires_at_us=expires_at_us)


def lots_of(entries: Iterable[Entry], identifiers: Iterable[int]) -> list[Lot]:
    """Return a person's lots with something left, the first to expire first.

    Spending from an identifier takes from its lots in that order.
    """
    mine = set(identifiers)
    given: dict[int, list[list[int]]] = defaultdict(list)
    gone: dict[int, int] = defaultdict(int)
    for one in sorted(entries, key=lambda item: item.entry_id):
        for posting in one.postings:
            place = posting.place
            if place.account is Account.POINTS and place.identifier_id in mine:
                if posting.amount > 0:
                    given[place.identifier_id].append([one.expires_at_us, one.at_us, posting.amount])
                else:
                    gone[place.identifier_id] -= posting.amount
    lots: list[Lot] = []
    for identifier_id, rows in given.items():
        rest = gone[identifier_id]
        for expires, at, amount in sorted(rows, key=lambda row: (row[0] == 0, row[0], row[1])):
            taken = min(rest, amount)
            rest -= taken
            if amount > taken:
                lots.append(Lot(identifier_id, at, expires, amount - taken))
    return sorted(lots, key=lambda lot: (lot.expires_at_us == 0, lot.expires_at_us, lot.given_at_us, lot.identifier_id))


def spend(lots: Sequence[Lot], points: int, *, at_us: int, about: str) -> Entry:
    """Take points from a person's lots, those first that expire first.

    Raises:
        BadInputError: there are not so many.
    """
    usable = [lot for lot in lots if not 0 < lot.expires_at_us <= at_us]
    have = sum(lot.left for lot in usable)
    if points > have:
        raise BadInputError(f"{points} points are wanted and {have} are there", where="points")
    return entry("spend", at_us=at_us, about=about, moves=_moves(usable, points, Account.POINTS_SPENT))


def expire(lots: Sequence[Lot], *, at_us: int, about: str) -> Entry | None:
    """Take the points whose time is over; nothing if there are none."""
    over = [lot for lot in lots if 0 < lot.expires_at_us <= at_us]
    if not over:
        return None
    total = sum(lot.left for lot in over)
    return entry("expire", at_us=at_us, about=about, moves=_moves(over, total, Account.POINTS_EXPIRED))


def _moves(lots: Sequence[Lot], points: int, to: Account) -> list[tuple[Place, Place, int]]:
    target = Place(to, BRAND, "", POINTS_UNIT)
    moves = []
    for lot in lots:
        taken = min(points, lot.left)
        if taken > 0:
            moves.append((Place(Account.POINTS, lot.identifier_id, "", POINTS_UNIT), target, taken))
            points -= taken
    return moves
