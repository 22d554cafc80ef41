"""Receive (接回调): a signed callback becomes touches, and a list of what it only named."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from siyu.channels.callback import Callback
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch


@dataclass(frozen=True, slots=True)
class Received:
    """What one callback holds.

    Attributes:
        touches: To be stored before ``answer`` is given.
        named: To be read at the platform afterwards (:func:`read_named`).
        refused: Why single messages of it could not be understood; the others stand.
        answer, content_type: What the platform wants to read.
    """

    answer: bytes
    content_type: str
    touches: list[Touch] = field(default_factory=list)
    named: list[NamesOnly] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def receive(account: Account, callback: Callback, *, received_at_us: int) -> Received:
    """Check and translate one callback of a channel whose ``callback.py`` has ``open_callback``.

    Raises:
        BadInputError: forged, replayed, for another account, or nothing in it can be understood; answer HTTP 400.
        ConfigError: the account lacks a secret.
        RefusedError: the channel's callbacks are not taken at all.
    """
    calls: Any = import_module(f"siyu.channels.{account.channel}.callback")
    mapping: Any = import_module(f"siyu.channels.{account.channel}.mapping")
    opened = calls.open_callback(callback, account=account.account, secrets=account.secrets, now_us=received_at_us)
    received = Received(opened.answer, opened.content_type)
    for payload in opened.payloads:
        try:
            received.touches.extend(
                mapping.touches_from_payload(payload, account=account.account, received_at_us=received_at_us)
            )
        except NamesOnly as pointer:
            received.named.append(pointer)
        except Unmapped:
            continue
        except BadInputError as error:
            if len(opened.payloads) == 1:
                raise
            received.refused.append(str(error))
    return received


def read_named(named: list[NamesOnly], account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read at the platform what a callback only named; empty for what the channel cannot read by itself.

    Raises:
        SiyuError: the platform could not be asked; a later pull makes up for it.
    """
    name = f"siyu.channels.{account.channel}.pull"
    read: Callable[..., list[Touch]] | None = (
        getattr(import_module(name), "read_named", None) if find_spec(name) else None
    )
    if read is None:
        return []
    wanted = {(one.what, ids): one for one in named for ids in [one.ids] if one.what in {"order", "after_sale"}}
    return [touch for one in wanted.values() for touch in read(one, account, tokens=tokens, now_us=now_us)]
