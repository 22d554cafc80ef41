"""Read what changed at Ocean Engine, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.oceanengine.client import OceanEngineClient
from siyu.channels.oceanengine.mapping import touches_from_payload
from siyu.channels.pulled import touches_of_answer
from siyu.channels.record import BEIJING
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.period import moment_of
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(OceanEngineClient(account, tokens=tokens)) as client:
        start, end = _day(start_us), _day(end_us)
        for answer in client.leads(start, end, now_us=now_us):
            yield touches_of_answer(touches_from_payload, answer, account, now_us)
        for answer in client.comments(start, end, now_us=now_us):
            yield touches_of_answer(touches_from_payload, answer, account, now_us)


def _day(us: int) -> str:
    return f"{moment_of(us).astimezone(BEIJING):%Y-%m-%d}"
