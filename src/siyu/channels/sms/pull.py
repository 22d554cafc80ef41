"""Take what people replied out of Tencent's queue: TD, R or 退订 withdraws the consent even if no push arrives."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.pulled import touches_of_answer
from siyu.channels.sms.client import SmsClient
from siyu.channels.sms.mapping import touches_from_payload
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:  # noqa: ARG001  the shape of every channel: a queue has no span
    """Take every reply that waits, whenever it came: the cloud gives each one once. Aliyun only pushes.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says.
    """
    with closing(SmsClient(account, now_us=lambda: now_us)) as client:
        for reply in client.replies():
            yield touches_of_answer(touches_from_payload, reply, account, now_us)
