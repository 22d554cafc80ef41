"""Read a Douyin shop through its official API. The only file of this channel that does I/O."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.doudian.errors import TOKEN_CODES, error_for
from siyu.channels.doudian.signing import sign
from siyu.channels.http import HttpCaller, json_object
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import SECOND

_PAGE: Final = 100
_MOST_PAGES: Final = 500


class DoudianClient:
    """Orders and after-sales of one shop (a self-built app: the shop authorised itself).

    Args:
        account: Its id is the shop id; secrets ``app_key`` and ``app_secret``.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def orders_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the orders changed in ``[start_us, end_us)``, an answer per page for the mapping."""
        span = {"update_time_start": start_us // SECOND, "update_time_end": end_us // SECOND}
        for page in range(_MOST_PAGES):
            answer = self._call("order.searchList", {**span, "page": page, "size": _PAGE}, now_us=now_us)
            orders = answer.get("data", {}).get("shop_order_list") or []
            if orders:
                yield answer
            if len(orders) < _PAGE:
                return

    def after_sales_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the after-sales changed in ``[start_us, end_us)``, an answer per page for the mapping."""
        span = {"update_start_time": start_us // SECOND, "update_end_time": end_us // SECOND}
        for page in range(_MOST_PAGES):
            answer = self._call("afterSale.List", {**span, "page": page, "size": _PAGE}, now_us=now_us)
            items = answer.get("data", {}).get("items") or []
            if items:
                yield answer
            if len(items) < _PAGE:
                return

    def read(self, what: str, ids: Sequence[str], *, now_us: int) -> list[dict[str, Any]]:
        """Read what a push named (``NamesOnly``); ``what`` is ``order``. The answers are for the mapping."""
        method, name = {"order": ("order.orderDetail", "shop_order_id")}[what]
        return [self._call(method, {name: one}, now_us=now_us) for one in ids]

    def check(self, *, now_us: int) -> str:
        """Fetch a token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the shop authorised the app"

    def _call(self, method: str, body: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        token = self._token(now_us=now_us)
        answer = self._signed(method, body, now_us=now_us, token=token)
        if answer.get("sub_code") in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._signed(method, body, now_us=now_us, token=token)
        return _checked(answer)

    def _signed(self, method: str, body: dict[str, Any], *, now_us: int, token: str = "") -> dict[str, Any]:
        secrets = self._account.secrets
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        timestamp = str(now_us // SECOND)
        query = {
            "app_key": secrets["app_key"],
            "method": method,
            "timestamp": timestamp,
            "v": "2",
            "sign_method": "hmac-sha256",
            "sign": sign(secrets["app_secret"], secrets["app_key"], method, text, timestamp),
        }
        if token:
            query["access_token"] = token
        response = self._http.call(
            "POST",
            path := "/" + method.replace(".", "/"),
            query=query,
            content=text.encode(),
            headers={"content-type": "application/json; charset=utf-8"},
        )
        return json_object(response.content, where=path)

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def fetch() -> Token:
            body = {"code": "", "grant_type": "authorization_self", "shop_id": self._account.account}
            data = _checked(self._signed("token.create", body, now_us=now_us)).get("data", {})
            try:
                return Token(str(data["access_token"]), now_us + int(data["expires_in"]) * SECOND)
            except (KeyError, TypeError, ValueError) as error:
                raise UnknownOutcomeError("Doudian: an answer without a token") from error

        name = f"doudian:{self._account.account}:shop"
        return self._tokens.token(name, now_us=now_us, fetch=fetch, refused=refused).value


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    err_no, code = answer.get("err_no", 0), answer.get("code", 10000)
    if err_no != 0 or code != 10000:
        message = str(answer.get("sub_msg") or answer.get("message") or answer.get("msg") or "")
        raise error_for(str(err_no or code), str(answer.get("sub_code") or ""), message)
    return answer


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(DoudianClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
