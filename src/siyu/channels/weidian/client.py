"""Read a Weidian shop. The only file of this channel that does I/O."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller
from siyu.channels.record import beijing_text
from siyu.channels.weidian.errors import error_for
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import SECOND

_PAGE: Final = 200
_MOST_PAGES: Final = 500


class WeidianClient:
    """Orders of one shop.

    Args:
        account: Secrets ``app_key`` and ``app_secret``.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def orders_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the orders changed in ``[start_us, end_us)``, an answer per page for the mapping."""
        span = {"update_start": beijing_text(start_us), "update_end": beijing_text(end_us)}
        for page in range(1, _MOST_PAGES + 1):
            param = {**span, "page_num": page, "page_size": _PAGE, "order_type": ""}
            answer = self._call("vdian.order.list.get", "1.2", param, now_us=now_us)
            orders = answer.get("result", {}).get("orders") or []
            if orders:
                yield answer
            if len(orders) < _PAGE:
                return

    def read(self, what: str, ids: Sequence[str], *, now_us: int) -> list[dict[str, Any]]:
        """Read orders by number; ``what`` is ``order``. The answers are for the mapping."""
        method = {"order": "vdian.order.get"}[what]
        return [self._call(method, "1.0", {"order_id": one}, now_us=now_us) for one in ids]

    def check(self, *, now_us: int) -> str:
        """Fetch a token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the app's key and secret are good"

    def _call(self, method: str, version: str, param: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        token = self._token(now_us=now_us)
        public = {"method": method, "access_token": token, "version": version, "format": "json"}
        query = {"param": json.dumps(param, ensure_ascii=False), "public": json.dumps(public)}
        return _checked(self._http.call_json("GET", "/api", query=query))

    def _token(self, *, now_us: int) -> str:
        def fetch() -> Token:
            secrets = self._account.secrets
            query = {"grant_type": "client_credential", "appkey": secrets["app_key"], "secret": secrets["app_secret"]}
            result = _checked(self._http.call_json("GET", "/token", query=query)).get("result", {})
            try:
                return Token(str(result["access_token"]), now_us + int(result["expires_in"]) * SECOND)
            except (KeyError, TypeError, ValueError) as error:
                raise UnknownOutcomeError("Weidian: an answer without a token") from error

        name = f"weidian:{self._account.account}:app"
        return self._tokens.token(name, now_us=now_us, fetch=fetch).value


def _code(answer: dict[str, Any]) -> str:
    status = answer.get("status")
    return str(status.get("status_code", "")) if isinstance(status, dict) else ""


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if _code(answer) != "0":
        status = answer.get("status")
        raise error_for(_code(answer), str(status.get("status_reason", "")) if isinstance(status, dict) else "")
    return answer


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(WeidianClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
