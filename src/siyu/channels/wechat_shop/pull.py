"""Read what changed at a Weixin shop, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.pulled import touches_of_answer, unionids_of
from siyu.channels.unmapped import NamesOnly
from siyu.channels.wechat_shop.client import WechatShopClient
from siyu.channels.wechat_shop.mapping import touches_from_payload
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(WechatShopClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        orders = client.orders_changed(start_us, end_us)
        sales = client.after_sales_changed(start_us, end_us)
        for what, numbers in (("order", orders), ("after_sale", sales)):
            for number in numbers:
                for answer in client.read_named(what, [number]):
                    yield touches_of_answer(touches_from_payload, answer, account, now_us, **unionids_of(account))


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read what a push only named.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(WechatShopClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        answers = client.read_named(named.what, named.ids)
    return [
        one
        for answer in answers
        for one in touches_of_answer(touches_from_payload, answer, account, now_us, **unionids_of(account))
    ]
