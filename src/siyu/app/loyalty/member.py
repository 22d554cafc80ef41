"""A member (会员): the tier that was reached, points by when they expire, coupons; points are spent oldest first."""

from typing import Any, Final

from siyu.app.loyalty.coupons import coupons_held
from siyu.app.views.person import person_page
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.loyalty.membership import standing
from siyu.loyalty.points import lots_of, spend
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.ledger import SqlLedger
from siyu.touchpoints.kind import TouchKind

_EVERY_TOUCH: Final = 1 << 30
_PAID: Final = {TouchKind.ORDER_PAID: 1, TouchKind.ORDER_REFUNDED: -1}


def member(workspace: Workspace, person: int) -> dict[str, Any]:
    """Say where a member stands, over all accounts of the person.

    Raises:
        BadInputError: there is no such person.
    """
    now_us, programme = workspace.clock.now_us(), workspace.settings.membership.programme()
    page = person_page(workspace, person, events=_EVERY_TOUCH)
    found: dict[str, Any] = {"person": page.person.person_id, "tier": None}
    if programme is not None:
        paid = sum(
            abs(one.value_minor) * _PAID[one.kind]
            for one in page.events
            if one.kind in _PAID and one.at_us > now_us - programme.keep_us
        )
        found |= standing(programme, paid)
    with workspace.database.read() as connection:
        numbers = SqlIdentityStore(connection).numbers_of([page.person.person_id])
        history = SqlLedger(connection).history(numbers)
    lots = [one for one in lots_of(history, numbers) if not 0 < one.expires_at_us <= now_us]
    return found | {
        "points": sum(one.left for one in lots),
        "points_by_end": [{"points": one.left, "until": _day(one.expires_at_us)} for one in lots],
        "coupons": [
            {"coupon": one["coupon"], "until": _day(one["until_us"])} for one in coupons_held(history, now_us=now_us)
        ],
    }


def spend_points(workspace: Workspace, person: int, points: int, *, about: str) -> dict[str, Any]:
    """Take points for something, those first that expire first, once.

    Raises:
        BadInputError: there are not so many, or nothing says what for.
    """
    if points <= 0 or not about.strip():
        raise BadInputError("say how many points, and what for", where="points or about")
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        numbers, ledger = SqlIdentityStore(connection).numbers_of([person]), SqlLedger(connection)
        history = ledger.history(numbers)
        known = {f"{about}, by {number}" for number in numbers}
        if not any(one.kind == "spend" and one.about in known for one in history):
            named = f"{about}, by {person}"
            ledger.append([spend(lots_of(history, numbers), points, at_us=now_us, about=named)])
        left = sum(one.left for one in lots_of(ledger.history(numbers), numbers))
    return {"person": person, "spent": points, "about": about, "left": left}


def _day(at_us: int) -> str:
    return f"{moment_of(at_us):%Y-%m-%d}" if at_us else ""
