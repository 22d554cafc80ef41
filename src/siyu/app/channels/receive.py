"""Receive (接回调): a signed callback becomes touches, and a list of what it only named."""

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from siyu.channels.callback import Callback, Opened
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

#: What a channel's ``read_named`` can read unless its ``READS`` says otherwise.
_READS: Final = frozenset({"order", "after_sale"})


@dataclass(slots=True)
class Received:
    """What one callback holds.

    Attributes:
        answer, content_type: What the platform wants to read.
        touches: To be stored before ``answer`` is given.
        named: To be read at the platform afterwards (:func:`read_named`).
        refused: Why single messages of it could not be understood; the others stand.
    """

    answer: bytes
    content_type: str
    touches: list[Touch] = field(default_factory=list)
    named: list[NamesOnly] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Doors:
    """How one channel's callbacks are opened, translated and followed up.

    Attributes:
        scoped: The mapping wants to know whose unionids it reads.
        to_read: Says what to read at the platform after touches came in; none for most channels.
        read_named: Reads it; none for most channels.
        reads: What ``read_named`` can read.
    """

    opened: Callable[..., Opened]
    touches: Callable[..., list[Touch]]
    scoped: bool
    to_read: Callable[[list[Touch]], list[NamesOnly]] | None
    read_named: Callable[..., list[Touch]] | None
    reads: Collection[str]


@cache
def doors_of(channel: str) -> Doors:
    """Find the functions of a channel by their names."""
    calls: Any = import_module(f"siyu.channels.{channel}.callback")
    mapping: Any = import_module(f"siyu.channels.{channel}.mapping")
    name = f"siyu.channels.{channel}.pull"
    pull: Any = import_module(name) if find_spec(name) else None
    return Doors(
        calls.open_callback,
        mapping.touches_from_payload,
        takes_scope(mapping.touches_from_payload),
        getattr(mapping, "to_read", None),
        getattr(pull, "read_named", None),
        getattr(pull, "READS", _READS),
    )


def takes_scope(mapping: Callable[..., Any]) -> bool:
    """Tell whether a channel's mapping wants to know whose unionids it reads."""
    return "unionid_account" in inspect.signature(mapping).parameters


def receive(account: Account, callback: Callback, *, received_at_us: int) -> Received:
    """Check and translate one callback of a channel whose ``callback.py`` has ``open_callback``.

    Raises:
        BadInputError: forged, replayed, for another account, or nothing in it can be understood; answer HTTP 400.
        ConfigError: the account lacks a secret.
        RefusedError: the channel's callbacks are not taken at all.
    """
    doors, name = doors_of(account.channel), account.account
    opened = doors.opened(callback, account=name, secrets=account.secrets, now_us=received_at_us)
    received = Received(opened.answer, opened.content_type)
    scope = {"unionid_account": account.secrets.get("unionid_account", "")} if doors.scoped else {}
    for payload in opened.payloads:
        try:
            received.touches += doors.touches(payload, account=name, received_at_us=received_at_us, **scope)
        except NamesOnly as pointer:
            received.named.append(pointer)
        except Unmapped:
            continue
        except BadInputError as error:
            if len(opened.payloads) == 1:
                raise
            received.refused.append(str(error))
    if doors.to_read is not None and received.touches:
        received.named += doors.to_read(received.touches)
    return received


def read_named(named: list[NamesOnly], account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read at the platform what a callback only named; empty for what the channel cannot read by itself.

    Raises:
        SiyuError: the platform could not be asked; a later pull makes up for it.
    """
    doors = doors_of(account.channel)
    if doors.read_named is None:
        return []
    wanted = {(one.what, one.ids): one for one in named if one.what in doors.reads}
    return [touch for one in wanted.values() for touch in doors.read_named(one, account, tokens=tokens, now_us=now_us)]
