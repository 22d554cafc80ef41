"""Read a Weixin shop through its official API. The only file of this channel that does I/O."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller
from siyu.channels.wechat_shop.errors import TOKEN_CODES, error_for
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import SECOND

_PAGE: Final = 100


class WechatShopClient:
    """Orders, after-sales and coupons of one shop.

    Args:
        account: Secrets ``app_id`` and ``app_secret``.
        tokens: Shared with the other processes.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def orders_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[str]:
        """List the numbers of the orders changed in ``[start_us, end_us)``."""
        span = {"start_time": start_us // SECOND, "end_time": end_us // SECOND}
        yield from self._pages("/channels/ec/order/list/get", {"update_time_range": span}, "order_id_list", now_us)

    def after_sales_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[str]:
        """List the numbers of the after-sales opened in ``[start_us, end_us)``."""
        body = {"begin_create_time": start_us // SECOND, "end_create_time": end_us // SECOND}
        yield from self._pages("/channels/ec/aftersale/getaftersalelist", body, "after_sale_order_id_list", now_us)

    def read(self, what: str, ids: Sequence[str], *, now_us: int, openid: str = "") -> list[dict[str, Any]]:
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
        return [self._call(path, {name: one, **more}, now_us=now_us) for one in ids]

    def check(self, *, now_us: int) -> str:
        """Fetch a token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the shop's AppID and AppSecret are good"

    def _pages(self, path: str, body: dict[str, Any], name: str, now_us: int) -> Iterator[str]:
        key = ""
        while True:
            answer = self._call(path, {**body, "page_size": _PAGE, "next_key": key}, now_us=now_us)
            yield from (str(one) for one in answer.get(name) or ())
            after = str(answer.get("next_key") or "")
            if not answer.get("has_more") or not after or after == key:
                return
            key = after

    def _call(self, path: str, body: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        token = self._token(now_us=now_us)
        answer = self._http.call_json("POST", path, query={"access_token": token}, json=body)
        if str(answer.get("errcode")) in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._http.call_json("POST", path, query={"access_token": token}, json=body)
        _check(answer)
        return answer

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def fetch() -> Token:
            secrets = self._account.secrets
            answer = self._http.call_json(
                "GET",
                "/cgi-bin/token",
                query={
                    "grant_type": "client_credential",
                    "appid": secrets["app_id"],
                    "secret": secrets["app_secret"],
                },
            )
            _check(answer)
            try:
                return Token(str(answer["access_token"]), now_us + int(answer["expires_in"]) * SECOND)
            except (KeyError, TypeError, ValueError) as error:
                raise UnknownOutcomeError("Weixin shop: an answer without a token") from error

        name = f"wechat_shop:{self._account.account}:app"
        return self._tokens.token(name, now_us=now_us, fetch=fetch, refused=refused).value


def _check(answer: dict[str, Any]) -> None:
    code = answer.get("errcode", 0)
    if code != 0:
        raise error_for(str(code), str(answer.get("errmsg", "")))


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(WechatShopClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
