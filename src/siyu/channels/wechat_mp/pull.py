"""Read the followers of an official account as touches: makes up for lost pushes, and tells the unionids."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from siyu.channels.pulled import touches_of_answer, unionids_of
from siyu.channels.unmapped import NamesOnly
from siyu.channels.wechat_mp.client import WechatMpClient
from siyu.channels.wechat_mp.mapping import touches_from_payload
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.period import HOUR
from siyu.touchpoints.touch import Touch

#: The worker pulls so often: every follower is listed: a call for each 100 of them.
EVERY_US: Final = 6 * HOUR
#: What :func:`read_named` can read.
READS: Final = frozenset({"followers"})


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read everybody who follows since ``[start_us, end_us)``, a list of touches for each 100 people.

    Raises:
        ConfigError, PermanentError, RetryLaterError: as each says; reading again is harmless.
    """
    with closing(WechatMpClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        for openids in client.followers():
            for answer in client.people(openids):
                touches = touches_of_answer(touches_from_payload, answer, account, now_us, **unionids_of(account))
                yield [one for one in touches if start_us <= one.happened_at_us < end_us]


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read who a push only named by openid.

    Raises:
        ConfigError, PermanentError, RetryLaterError: as each says; reading again is harmless.
    """
    with closing(WechatMpClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        return [
            one
            for answer in client.people(list(named.ids))
            for one in touches_of_answer(touches_from_payload, answer, account, now_us, **unionids_of(account))
        ]
