"""Coupons (优惠券) of the brand: kinds are kept, each is given, used on an order, given back with it, or runs out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from siyu.app.fission.kept import read_fact, write_fact
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.loyalty import coupons
from siyu.loyalty.coupons import CouponKind
from siyu.loyalty.ledger import BRAND, Account, Entry, Place
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.ledger import SqlLedger

_KIND: Final = "coupon"
_FIELDS: Final = ("worth_minor", "least_minor", "stock", "per_person", "valid_days")


def keep_kind(workspace: Workspace, written: Mapping[str, Any]) -> CouponKind:
    """Keep a kind of coupon, as a file says.

    Raises:
        BadInputError: a field is missing, unknown or no number that makes sense.
    """
    if not isinstance(written, Mapping) or not str(written.get("code") or "").strip():
        raise BadInputError("a coupon has a code", where="code", mend=f"and {', '.join(_FIELDS)}")
    if unknown := sorted(set(map(str, written)) - {"code", *_FIELDS}):
        raise BadInputError("there is no such field", where=unknown[0], mend=f"known are code, {', '.join(_FIELDS)}")
    numbers = {"least_minor": 0, "per_person": 1, **{name: written[name] for name in _FIELDS if name in written}}
    for name in _FIELDS:
        value, least = numbers.get(name), 0 if name == "least_minor" else 1
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise BadInputError(f"{value!r} does not fit", where=name, mend=f"write a whole number from {least}")
    code = str(written["code"]).strip()
    with workspace.database.write() as connection:
        write_fact(connection, _KIND, code, {name: numbers[name] for name in _FIELDS})
    return _kind(code, numbers)


def give(workspace: Workspace, code: str, person: int, *, about: str = "") -> dict[str, Any]:
    """Give a coupon to a person, while there are some; over all accounts as many as the kind allows.

    Args:
        about: What it is for; the same twice gives one.

    Raises:
        BadInputError: there is no such kind or person, none is left, or the person has had theirs.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        kind, numbers, ledger = _known(connection, code), _numbers(connection, person), SqlLedger(connection)
        theirs = [one for one in ledger.history(numbers) if _is_grant(one, code)]
        about = about or f"given at {now_us}"
        if not {one.about for one in theirs} & {f"{code} {about}, to {number}" for number in numbers}:
            issued = Place(Account.COUPONS_ISSUED, BRAND, code, "coupon")
            given = -ledger.balances([issued])[issued]
            named = f"{about}, to {numbers[0]}"
            granted = coupons.grant(
                kind, numbers[0], at_us=now_us, about=named, given=given, given_to_person=len(theirs)
            )
            ledger.append([granted])
    return {"coupon": code, "person": person, "about": about}


def use(workspace: Workspace, code: str, person: int, *, order: str, amount_minor: int) -> dict[str, Any]:
    """Use a person's coupon that runs out first on an order, once; return what it takes off.

    Raises:
        BadInputError: there is no such kind, the person has none that holds, or the order is too small.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        kind, ledger = _known(connection, code), SqlLedger(connection)
        history = ledger.history(_numbers(connection, person))
        if not any(one.kind == "use" and one.reason == order for one in history):
            mine = [one for one in _held(history, code) if one[0].expires_at_us > now_us]
            if not mine:
                raise BadInputError(f"person {person} has no coupon {code} that holds", where="coupon")
            granted, number = min(mine, key=lambda one: one[0].expires_at_us)
            used = coupons.use(kind, granted, number, at_us=now_us, order=order, amount_minor=amount_minor)
            ledger.append([used])
    return {"coupon": code, "person": person, "order": order, "takes_off_minor": min(kind.worth_minor, amount_minor)}


def give_back(workspace: Workspace, code: str, person: int, *, order: str) -> dict[str, Any]:
    """The order was refunded: the coupon is the person's again, once.

    Raises:
        BadInputError: no coupon of that kind was used on that order.
    """
    with workspace.database.write() as connection:
        kind, ledger = _known(connection, code), SqlLedger(connection)
        history = ledger.history(_numbers(connection, person))
        used = next((one for one in history if one.kind == "use" and one.reason == order), None)
        if used is None:
            raise BadInputError(f"no coupon {code} was used on {order}", where="order")
        number = next(one.place.identifier_id for one in used.postings if one.place.account is Account.COUPONS)
        ledger.append([coupons.give_back(kind, used, number, at_us=workspace.clock.now_us())])
    return {"coupon": code, "person": person, "order": order}


def coupons_held(history: Sequence[Entry], *, now_us: int) -> list[dict[str, Any]]:
    """Return the coupons that somebody's entries leave, and until when each holds."""
    codes = {one.place.scope for entry in history for one in entry.postings if one.place.account is Account.COUPONS}
    return [
        {"coupon": code, "until_us": granted.expires_at_us}
        for code in sorted(codes)
        for granted, _ in _held(history, code)
        if granted.expires_at_us > now_us
    ]


def _held(history: Sequence[Entry], code: str) -> list[tuple[Entry, int]]:
    """Return what gave each coupon that is still there, and to which identifier."""
    gone: set[str] = set()
    back = {one.about for one in history if one.kind == "give_back"}
    for one in history:
        if one.kind in {"use", "expire"} and one.entry_id.hex() not in back:
            gone.add(one.about)
    return [
        (one, next(posting.place.identifier_id for posting in one.postings if posting.amount > 0))
        for one in history
        if _is_grant(one, code) and one.entry_id.hex() not in gone
    ]


def _is_grant(one: Entry, code: str) -> bool:
    return one.kind == "grant" and any(
        posting.place.account is Account.COUPONS and posting.place.scope == code for posting in one.postings
    )


def _known(connection: Connection, code: str) -> CouponKind:
    kept = read_fact(connection, _KIND, code)
    if not kept:
        raise BadInputError(f"there is no coupon {code!r}", where="coupon", mend="siyu coupon keep FILE")
    return _kind(code, kept)


def _kind(code: str, numbers: Mapping[str, int]) -> CouponKind:
    days = numbers["valid_days"]
    return CouponKind(
        code, numbers["worth_minor"], numbers["least_minor"], numbers["stock"], numbers["per_person"], days * DAY
    )


def _numbers(connection: Connection, person: int) -> list[int]:
    numbers = SqlIdentityStore(connection).numbers_of([person])
    if not numbers:
        raise BadInputError(f"there is no person {person}", where="person")
    return sorted(numbers)
