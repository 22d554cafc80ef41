"""Read a Youzan shop through its official API. The only file of this channel that does I/O."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller
from siyu.channels.record import beijing_text
from siyu.channels.youzan.errors import TOKEN_CODES, error_for
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import SECOND

_PAGE: Final = 100
_MOST_PAGES: Final = 100


class YouzanClient:
    """Orders of one shop (a tool app in silent mode: the shop authorised it).

    Args:
        account: Its id is the ``kdt_id``; secrets ``client_id``, ``client_secret`` and maybe ``token_path``.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def orders_changed(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the orders changed in ``[start_us, end_us)``, an answer per page for the mapping."""
        span = {"start_update": beijing_text(start_us), "end_update": beijing_text(end_us)}
        for page in range(1, _MOST_PAGES + 1):
            body = {**span, "page_no": page, "page_size": _PAGE}
            answer = self._call("youzan.trades.sold.get", "4.0.4", body, now_us=now_us)
            orders = answer.get("data", {}).get("full_order_info_list") or []
            if orders:
                yield answer
            if len(orders) < _PAGE:
                return

    def read(self, what: str, ids: Sequence[str], *, now_us: int) -> list[dict[str, Any]]:
        """Read what a push named (``NamesOnly``); ``what`` is ``order``. The answers are for the mapping."""
        name, version = {"order": ("youzan.trade.get", "4.0.0")}[what]
        return [self._call(name, version, {"tid": one}, now_us=now_us) for one in ids]

    def check(self, *, now_us: int) -> str:
        """Fetch a token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the shop authorised the app"

    def _call(self, name: str, version: str, body: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        path = f"/api/{name}/{version}"
        token = self._token(now_us=now_us)
        answer = self._http.call_json("POST", path, query={"access_token": token}, json=body)
        if _code(answer) in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._http.call_json("POST", path, query={"access_token": token}, json=body)
        return _checked(answer)

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def fetch() -> Token:
            secrets = self._account.secrets
            body = {
                "client_id": secrets["client_id"],
                "client_secret": secrets["client_secret"],
                "authorize_type": "silent",
                "grant_id": self._account.account,
            }
            path = secrets.get("token_path") or "/auth/token"
            data = _checked(self._http.call_json("POST", path, json=body)).get("data", {})
            try:
                # Newer apps get the moment itself in milliseconds, older ones a number of seconds.
                ends_at_us = int(data["expires"]) * 1000 if "expires" in data else _after(data, now_us)
                return Token(str(data["access_token"]), ends_at_us)
            except (KeyError, TypeError, ValueError) as error:
                raise UnknownOutcomeError("Youzan: an answer without a token") from error

        name = f"youzan:{self._account.account}:shop"
        return self._tokens.token(name, now_us=now_us, fetch=fetch, refused=refused).value


def _after(data: dict[str, Any], now_us: int) -> int:
    return now_us + int(data["expires_in"]) * SECOND


def _code(answer: dict[str, Any]) -> str:
    failed = answer.get("error_response")
    if isinstance(failed, dict):
        return str(failed.get("code", ""))
    return str(answer.get("code", "200"))


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if _code(answer) != "200":
        failed = answer.get("error_response")
        message = failed.get("msg", "") if isinstance(failed, dict) else answer.get("message", "")
        raise error_for(_code(answer), str(message))
    return answer


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(YouzanClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
