"""The ledger (总账) of what the brand owes people: every entry moves value, and its postings add up to zero.

Postings hang on the *identifier* through which value came, so that a merge or a split of people moves no row: a
person's balance is the sum over the person's identifiers. No identifier's balance ever falls below zero, so no split
leaves a debt.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id

#: The brand itself, in place of an identifier.
BRAND: Final = 0
POINTS_UNIT: Final = "points"


class Account(StrEnum):
    """Where value stands. The sign of a balance is that of the account: those of people hold what people have."""

    # the brand's side
    FUNDING = "funding"  # where budgets come from; below zero by as much as was ever put in
    BUDGET = "budget"  # what a campaign may still promise, in money; never below zero
    POINTS_ISSUED = "points_issued"  # below zero by all points ever given
    POINTS_SPENT = "points_spent"
    POINTS_EXPIRED = "points_expired"
    COUPONS_ISSUED = "coupons_issued"
    COUPONS_USED = "coupons_used"
    COUPONS_EXPIRED = "coupons_expired"
    UNCLAIMED = "unclaimed"  # matured or held money of people who had themselves erased
    PAID_IN = "paid_in"  # below zero by all that people ever paid into teams that buy together
    SOLD = "sold"  # what full teams paid
    REFUNDED = "refunded"  # what was given back to teams that were not full
    # people's side
    PENDING = "pending"  # a reward that waits for its invitee to stay
    MATURED = "matured"  # earned, not yet paid
    PAID = "paid"  # paid out and kept
    OWED = "owed"  # paid out, but taken back: set off against what comes next
    POINTS = "points"
    COUPONS = "coupons"
    HELD = "held"  # paid into a team that is not full yet: it is theirs


PEOPLES: Final = frozenset(
    {Account.PENDING, Account.MATURED, Account.PAID, Account.OWED, Account.POINTS, Account.COUPONS, Account.HELD}
)
#: Accounts of the brand that may be below zero: they say where value came from.
SOURCES: Final = frozenset({Account.FUNDING, Account.POINTS_ISSUED, Account.COUPONS_ISSUED, Account.PAID_IN})


@dataclass(frozen=True, slots=True)
class Place:
    """One balance: an account, of whom, for what, counted in what.

    Attributes:
        identifier_id: Whose, ``BRAND`` for the brand.
        scope: The campaign of a budget or reward, the kind of a coupon; empty for points.
        unit: A currency, ``points``, or ``coupon``.
    """

    account: Account
    identifier_id: int
    scope: str
    unit: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: what is added to a place (debits are positive, credits negative)."""

    place: Place
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to value, kept once and for ever.

    Attributes:
        entry_id: Derived from what it names: the same thing twice is one entry.
        kind: ``fund``, ``promise``, ``mature``, ``pay``, ``claw_back``, ``earn``, ``spend``, ``expire``, ``grant``,
            ``use``, ``give_back``, ``win``, ``hold``, ``sell``, ``refund``, ``erase``.
        about: What it is about: a reward, an order, a coupon.
        expires_at_us: When the points or coupon it gives expire, 0 for never.
    """

    entry_id: bytes
    kind: str
    at_us: int
    about: str
    reason: str
    postings: tuple[Posting, ...]
    expires_at_us: int = 0


def entry(
    kind: str,
    *,
    at_us: int,
    about: str,
    moves: Sequence[tuple[Place, Place, int]],
    reason: str = "",
    expires_at_us: int = 0,
) -> Entry:
    """Make an entry from moves (from, to, amount); what leaves one place arrives at another.

    Raises:
        BadInputError: an amount is not positive, or a move changes the unit.
    """
    added: dict[Place, int] = defaultdict(int)
    for source, target, amount in moves:
        if amount <= 0:
            raise BadInputError(f"{amount} is no amount to move", where=kind)
        if source.unit != target.unit:
            raise BadInputError(f"{source.unit} cannot become {target.unit}", where=kind)
        added[source] -= amount
        added[target] += amount
    postings = tuple(Posting(place, amount) for place, amount in added.items() if amount)
    return Entry(time_ordered_id(at_us, kind, about), kind, at_us, about, reason, postings, expires_at_us)


def balances_of(entries: Iterable[Entry]) -> dict[Place, int]:
    """Add every posting up; places at zero are left out."""
    sums: dict[Place, int] = defaultdict(int)
    for one in entries:
        for posting in one.postings:
            sums[posting.place] += posting.amount
    return {place: amount for place, amount in sums.items() if amount}


def person_balance(balances: Mapping[Place, int], account: Account, identifiers: Iterable[int], unit: str) -> int:
    """Return what a person has: the sum over the person's identifiers and all scopes."""
    mine = set(identifiers)
    return sum(
        amount
        for place, amount in balances.items()
        if place.account is account and place.unit == unit and place.identifier_id in mine
    )


def problems_of(entries: Iterable[Entry]) -> list[str]:
    """Check a whole ledger; return one line for each thing that is wrong, none if the books are right.

    Checks that each entry adds up to zero in each unit, that people's accounts name a person and the brand's do not,
    that no entry is there twice, and that no balance but those of sources is below zero.
    """
    problems: list[str] = []
    seen: set[bytes] = set()
    running: dict[Place, int] = defaultdict(int)
    for one in sorted(entries, key=lambda item: item.entry_id):
        name = f"{one.kind} {one.entry_id.hex()}"
        if one.entry_id in seen:
            problems.append(f"{name}: is there twice")
        seen.add(one.entry_id)
        sums: dict[str, int] = defaultdict(int)
        for posting in one.postings:
            place = posting.place
            sums[place.unit] += posting.amount
            if (place.account in PEOPLES) == (place.identifier_id == BRAND):
                problems.append(f"{name}: {place.account} cannot belong to identifier {place.identifier_id}")
            running[place] += posting.amount
        problems += [f"{name}: debits and credits differ by {rest} {unit}" for unit, rest in sums.items() if rest]
    problems += [
        f"{place.account} of identifier {place.identifier_id} ({place.scope or '-'}, {place.unit}) is {amount}"
        for place, amount in running.items()
        if amount < 0 and place.account not in SOURCES
    ]
    return problems


def fund(campaign: str, amount: int, *, currency: str, at_us: int, about: str) -> Entry:
    """Put money into the budget of a campaign."""
    source = Place(Account.FUNDING, BRAND, campaign, currency)
    return entry("fund", at_us=at_us, about=f"{campaign} {about}", moves=[(source, budget(campaign, currency), amount)])


def budget(campaign: str, currency: str) -> Place:
    """Return the budget of a campaign."""
    return Place(Account.BUDGET, BRAND, campaign, currency)


def erase(balances: Mapping[Place, int], identifiers: Iterable[int], *, at_us: int) -> Entry | None:
    """Close the accounts of somebody who is erased; the rows stay, with a number that nobody can name any more.

    Waiting rewards go back to their budget, matured and held money becomes unclaimed, what was owed is let go, points
    and coupons expire. What was paid stays paid.

    Args:
        balances: All balances of these identifiers.

    Returns the entry, or nothing if there is nothing to close.
    """
    mine = sorted(set(identifiers))
    moves: list[tuple[Place, Place, int]] = []
    for place, amount in sorted(balances.items(), key=lambda item: item[0].account):
        if place.identifier_id not in mine or amount <= 0 or place.account is Account.PAID:
            continue
        target = {
            Account.PENDING: budget(place.scope, place.unit),
            Account.MATURED: Place(Account.UNCLAIMED, BRAND, place.scope, place.unit),
            Account.HELD: Place(Account.UNCLAIMED, BRAND, place.scope, place.unit),
            Account.OWED: Place(Account.PAID, place.identifier_id, place.scope, place.unit),
            Account.POINTS: Place(Account.POINTS_EXPIRED, BRAND, "", place.unit),
            Account.COUPONS: Place(Account.COUPONS_EXPIRED, BRAND, place.scope, place.unit),
        }[place.account]
        moves.append((place, target, amount))
    return entry("erase", at_us=at_us, about=" ".join(map(str, mine)), moves=moves) if moves else None
