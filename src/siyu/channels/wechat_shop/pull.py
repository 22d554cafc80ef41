"""Read what changed at a Weixin shop, as touches: makes up for pushes that were lost or only named what to read."""

from collections.abc import Iterator
from typing import Any

from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wechat_shop.client import WechatShopClient
from siyu.channels.wechat_shop.mapping import touches_from_payload
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read what changed in ``[start_us, end_us)``, a list of touches for each answer.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    client = WechatShopClient(account, tokens=tokens)
    try:
        orders = client.orders_changed(start_us, end_us, now_us=now_us)
        sales = client.after_sales_changed(start_us, end_us, now_us=now_us)
        for what, numbers in (("order", orders), ("after_sale", sales)):
            for number in numbers:
                for answer in client.read(what, [number], now_us=now_us):
                    yield _touches(answer, account, now_us)
    finally:
        client.close()


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read what a push only named.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    client = WechatShopClient(account, tokens=tokens)
    try:
        answers = client.read(named.what, named.ids, now_us=now_us)
    finally:
        client.close()
    return [one for answer in answers for one in _touches(answer, account, now_us)]


def _touches(answer: dict[str, Any], account: Account, now_us: int) -> list[Touch]:
    try:
        return touches_from_payload(
            answer,
            account=account.account,
            received_at_us=now_us,
            unionid_account=account.secrets.get("unionid_account", ""),
        )
    except Unmapped:
        return []
