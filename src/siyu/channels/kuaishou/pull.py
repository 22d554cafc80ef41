"""Read what changed at Kuaishou, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.kuaishou.client import KuaishouClient
from siyu.channels.kuaishou.mapping import touches_from_payload
from siyu.channels.pulled import touches_of_answer
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(KuaishouClient(account, tokens=tokens)) as client:
        for answer in client.comments(start_us, end_us, now_us=now_us):
            yield touches_of_answer(touches_from_payload, answer, account, now_us)
        if account.secrets.get("shop_access_token"):
            for answer in client.orders(start_us, end_us, now_us=now_us):
                yield touches_of_answer(touches_from_payload, answer, account, now_us)
        if account.secrets.get("lead_path"):
            for lead in client.leads(start_us, end_us, now_us=now_us):
                yield touches_of_answer(touches_from_payload, lead, account, now_us)
