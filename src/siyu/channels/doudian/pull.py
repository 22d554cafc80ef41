"""Read what changed at Doudian, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from typing import Any

from siyu.channels.doudian.client import DoudianClient
from siyu.channels.doudian.mapping import touches_from_payload
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    client = DoudianClient(account, tokens=tokens)
    try:
        for answer in client.orders_changed(start_us, end_us, now_us=now_us):
            yield _touches(answer, account, now_us)

        for answer in client.after_sales_changed(start_us, end_us, now_us=now_us):
            yield _touches(answer, account, now_us)
    finally:
        client.close()


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read what a push only named.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    client = DoudianClient(account, tokens=tokens)
    try:
        answers = client.read(named.what, named.ids, now_us=now_us)
    finally:
        client.close()
    return [one for answer in answers for one in _touches(answer, account, now_us)]


def _touches(answer: dict[str, Any], account: Account, now_us: int) -> list[Touch]:
    try:
        return touches_from_payload(answer, account=account.account, received_at_us=now_us)
    except Unmapped:
        return []
