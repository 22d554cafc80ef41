"""Read a Weixin shop through its official API. The only file of this channel that does I/O."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final

from siyu.channels.wechat_client import Json, WechatCaller
from siyu.channels.wechat_shop.errors import error_for
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.period import SECOND

_PAGE: Final = 100


class WechatShopClient(WechatCaller):
    """Orders, after-sales and coupons of one shop."""

    error_for = staticmethod(error_for)

    def orders_changed(self, start_us: int, end_us: int) -> Iterator[str]:
        """List the numbers of the orders changed in ``[start_us, end_us)``."""
        span = {"start_time": start_us // SECOND, "end_time": end_us // SECOND}
        yield from self._pages("/channels/ec/order/list/get", {"update_time_range": span}, "order_id_list")

    def after_sales_changed(self, start_us: int, end_us: int) -> Iterator[str]:
        """List the numbers of the after-sales opened in ``[start_us, end_us)``."""
        body = {"begin_create_time": start_us // SECOND, "end_create_time": end_us // SECOND}
        yield from self._pages("/channels/ec/aftersale/getaftersalelist", body, "after_sale_order_id_list")

    def read_named(self, what: str, ids: Sequence[str], *, openid: str = "") -> list[Json]:
        """Read what a push named (``NamesOnly``): answers for ``mapping.touches_from_payload``.

        Args:
            what: ``order``, ``after_sale``, or ``user_coupon`` (which needs the owner's ``openid``).
        """
        path, name = {
            "order": ("/channels/ec/order/get", "order_id"),
            "after_sale": ("/channels/ec/aftersale/getaftersaleorder", "after_sale_order_id"),
            "user_coupon": ("/channels/ec/coupon/get_user_coupon", "user_coupon_id"),
        }[what]
        more = {"openid": openid} if what == "user_coupon" else {}
        return [self.read(path, {name: one, **more}) for one in ids]

    def _pages(self, path: str, body: Json, name: str) -> Iterator[str]:
        key = ""
        while True:
            answer = self.read(path, {**body, "page_size": _PAGE, "next_key": key})
            yield from (str(one) for one in answer.get(name) or ())
            after = str(answer.get("next_key") or "")
            if not answer.get("has_more") or not after or after == key:
                return
            key = after


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(WechatShopClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        return client.check()
