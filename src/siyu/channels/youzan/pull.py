"""Read what changed at Youzan, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.pulled import touches_of_answer
from siyu.channels.unmapped import NamesOnly
from siyu.channels.youzan.client import YouzanClient
from siyu.channels.youzan.mapping import touches_from_payload
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(YouzanClient(account, tokens=tokens)) as client:
        for answer in client.orders_changed(start_us, end_us, now_us=now_us):
            yield touches_of_answer(touches_from_payload, answer, account, now_us)


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read what a push only named.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(YouzanClient(account, tokens=tokens)) as client:
        answers = client.read(named.what, named.ids, now_us=now_us)
    return [one for answer in answers for one in touches_of_answer(touches_from_payload, answer, account, now_us)]
