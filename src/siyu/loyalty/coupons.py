"""Coupons (优惠券): a right of a kind, given once to a person, used once, or expired."""

from collections.abc import Iterable
from dataclasses import dataclass

from siyu.kernel.errors import BadInputError
from siyu.loyalty.ledger import BRAND, Account, Entry, Place, entry

_UNIT = "coupon"


@dataclass(frozen=True, slots=True)
class CouponKind:
    """A kind of coupon.

    Attributes:
        worth_minor: What it takes off, in minor units.
        least_minor: From what amount on it holds.
        stock: How many may be given at all.
        per_person: How many one person may get, over all of the person's identifiers.
        valid_us: How long it holds after it was given.
    """

    code: str
    worth_minor: int
    least_minor: int
    stock: int
    per_person: int
    valid_us: int


def grant(kind: CouponKind, identifier_id: int, *, at_us: int, about: str, given: int, given_to_person: int) -> Entry:
    """Give a coupon.

    Args:
        given: How many of the kind were given to anybody.
        given_to_person: How many to this person, over all identifiers.

    Raises:
        BadInputError: the stock is gone, or the person has had as many as one may.
    """
    if given >= kind.stock:
        raise BadInputError(f"all {kind.stock} coupons of {kind.code} are given", where="stock")
    if given_to_person >= kind.per_person:
        raise BadInputError(f"one person may get {kind.per_person} of {kind.code}", where="per_person")
    move = (Place(Account.COUPONS_ISSUED, BRAND, kind.code, _UNIT), _place(kind.code, identifier_id), 1)
    return entry("grant", at_us=at_us, about=f"{kind.code} {about}", moves=[move], expires_at_us=at_us + kind.valid_us)


def use(kind: CouponKind, granted: Entry, identifier_id: int, *, at_us: int, order: str, amount_minor: int) -> Entry:
    """Use a coupon on an order.

    Args:
        granted: The entry that gave it; ``identifier_id`` is whom it was given to.
        amount_minor: The order before the coupon.

    Raises:
        BadInputError: it has expired, or the order is too small.
    """
    if granted.expires_at_us <= at_us:
        raise BadInputError(f"coupon {kind.code} has expired", where="coupon")
    if amount_minor < kind.least_minor:
        raise BadInputError(f"coupon {kind.code} holds from {kind.least_minor} on", where="coupon")
    move = (_place(kind.code, identifier_id), Place(Account.COUPONS_USED, BRAND, kind.code, _UNIT), 1)
    return entry("use", at_us=at_us, about=granted.entry_id.hex(), moves=[move], reason=order)


def give_back(kind: CouponKind, used: Entry, identifier_id: int, *, at_us: int) -> Entry:
    """The order was refunded: the coupon is the person's again."""
    move = (Place(Account.COUPONS_USED, BRAND, kind.code, _UNIT), _place(kind.code, identifier_id), 1)
    return entry("give_back", at_us=at_us, about=used.entry_id.hex(), moves=[move])


def lapse(kind: CouponKind, granted: Iterable[tuple[Entry, int]], *, at_us: int) -> list[Entry]:
    """Take unused coupons whose time is over: (the entry that gave it, whom it was given to)."""
    return [
        entry(
            "expire", at_us=at_us, about=one.entry_id.hex(),
            moves=[(_place(kind.code, identifier_id), Place(Account.COUPONS_EXPIRED, BRAND, kind.code, _UNIT), 1)],
        )
        for one, identifier_id in granted
        if one.expires_at_us <= at_us
    ]  # fmt: skip


def _place(code: str, identifier_id: int) -> Place:
    return Place(Account.COUPONS, identifier_id, code, _UNIT)
