"""What people of the market did, as the touches that platforms and tills would report."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from siyu.kernel.ids import share_of
from siyu.kernel.period import MINUTE
from siyu.sandbox.market.live import ARRIVED, CALMED, COMPLAINED, LEFT, ORDERED, REPLIED
from siyu.sandbox.market.market import Happened, Market
from siyu.sandbox.market.parameters import SOURCES
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CHANNEL: Final = "wecom"
ACCOUNT: Final = "wwmarket"
SHOP: Final = "market-shop"
#: The campaign under which every invitation of the market goes.
CAMPAIGN: Final = "market"
#: Share of the orders of somebody with a second account that go through it.
_SECOND_SHARE: Final = 0.4
_KINDS: Final = {
    REPLIED: TouchKind.MESSAGE_IN, COMPLAINED: TouchKind.COMPLAINT, CALMED: TouchKind.COMPLAINT_CLOSED,
    LEFT: TouchKind.CONTACT_REMOVED,
}  # fmt: skip


def contact(number: int) -> Identifier:
    """Return the name by which WeCom knows a person."""
    return Identifier(f"external_userid@{ACCOUNT}", f"wm{number:012d}")


def number_of(recipient: str) -> int:
    """Return the person that goes by an external user id."""
    return int(recipient.removeprefix("wm"))


def touches_of(market: Market, happened: Happened) -> list[Touch]:
    """Say what happened as touches, by time."""
    order = np.argsort(happened.at, kind="stable")
    columns = (getattr(happened, name)[order].tolist() for name in ("person", "at", "what", "value"))
    said: list[Touch] = []
    for number, at_us, what, value in zip(*columns, strict=True):
        if what == ORDERED:
            said.append(_order(market.hidden, number, at_us, value))
        elif what == ARRIVED:
            said.extend(_arrival(market, number, at_us))
        else:
            said.append(_word(market.hidden[number], number, at_us, what))
    return said


def names_of(market: Market, number: int) -> list[Identifier]:
    """Return every strong name a person may be reported under; a shared phone is a name of both who share it."""
    h: Any = market.hidden[number]
    names = [contact(number), Identifier("member_no", f"m{number}"), _phone(int(h["phone"]))]
    return [*names, _second(number)] if h["second"] else names


def members(numbers: Sequence[int]) -> list[Identifier]:
    """Return the member numbers of people."""
    return [Identifier("member_no", f"m{number}") for number in numbers]


def _order(hidden: Any, number: int, at_us: int, value: int) -> Touch:
    actors: tuple[Identifier, ...] = (Identifier("member_no", f"m{number}"),)
    channel = "store"
    if hidden["second"][number] and share_of("second", str(number), str(at_us)) < _SECOND_SHARE:
        channel = "douyin"
        actors = (_second(number), _phone(int(hidden["phone"][number])))
    return touch(
        channel,
        TouchKind.ORDER_PAID,
        account=SHOP,
        actors=actors,
        event_key=f"{number}/{at_us}",
        value_minor=value,
        happened_at_us=at_us,
        received_at_us=at_us,
    )


def _arrival(market: Market, number: int, at_us: int) -> Iterator[Touch]:
    h: Any = market.hidden[number]
    known = [contact(number), Identifier("member_no", f"m{number}")]
    if h["second"] or h["phone"] != number:
        known.append(_phone(int(h["phone"])))
    if h["ring"] >= 0:
        known.append(Identifier("device", f"ring{h['ring']}"))
    source, staff = SOURCES[h["source"]], f"guide-{h['staff']}"
    yield touch(
        CHANNEL,
        TouchKind.CONTACT_ADDED,
        account=ACCOUNT,
        actors=tuple(known),
        event_key=f"added {number}",
        staff=staff,
        source_code=source,
        happened_at_us=at_us,
        received_at_us=at_us,
    )
    if h["inviter"] >= 0:
        yield from _invitation(h, number, at_us)
    if h["agrees"]:
        yield touch(
            CHANNEL,
            TouchKind.CONSENT_GIVEN,
            account=ACCOUNT,
            actors=(contact(number),),
            event_key=f"agrees {number}",
            happened_at_us=at_us + MINUTE,
            received_at_us=at_us + MINUTE,
            properties={"purpose": "marketing", "text_version": "market-1"},
        )


def _invitation(h: Any, number: int, at_us: int) -> Iterator[Touch]:
    """Say whose code somebody came by; a ring that is careful has a device for each account."""
    inviter = int(h["inviter"])
    ring = h["ring"] >= 0
    seen = {
        "device": f"ring{h['ring']}" if ring and not h["careful"] else f"device{number}",
        "address": f"ring{h['ring']}" if ring else f"home{h['phone']}",
    }
    for kind, who, more in (
        (TouchKind.INVITE, inviter, {"campaign": CAMPAIGN}),
        (TouchKind.INVITE_ACCEPTED, number, seen),
    ):
        yield touch(
            CHANNEL,
            kind,
            account=ACCOUNT,
            actors=(contact(who),),
            event_key=f"{kind.name} {number}",
            about=f"code{inviter}",
            happened_at_us=at_us,
            received_at_us=at_us,
            properties=more,
        )


def _word(h: Any, number: int, at_us: int, what: int) -> Touch:
    return touch(
        CHANNEL,
        _KINDS[what],
        account=ACCOUNT,
        actors=(contact(number),),
        event_key=f"{number}/{at_us}",
        staff=f"guide-{h['staff']}",
        happened_at_us=at_us,
        received_at_us=at_us,
    )


def _second(number: int) -> Identifier:
    return Identifier(f"douyin_open_id@{SHOP}", f"second{number:08d}")


def _phone(number: int) -> Identifier:
    return Identifier("phone", f"+86139{number:08d}")
