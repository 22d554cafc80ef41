"""Say what became of clicks, and read costs, on Xiaohongshu's ad platform. The only file here that does I/O."""

from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller
from siyu.channels.renewal import renewed_token, token_in
from siyu.channels.xiaohongshu.errors import error_for
from siyu.channels.xiaohongshu.signing import METHOD, VERSION, sign
from siyu.dispatch.account import Account, Token, TokenStore

#: What can be said of a click.
CONVERSIONS: Final = {
    "form": 101,
    "valid_form": 102,
    "call": 103,
    "call_connected": 104,
    "wechat_copied": 121,
    "wechat_added": 122,
    "registered": 123,
    "purchase": 141,
    "negative": 200,
}


class XiaohongshuClient:
    """One advertiser.

    Args:
        account: Its id is the advertiser id; secrets ``app_id``, ``secret``, ``refresh_token``.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def say_of_click(self, click_id: str, what: str, *, at_us: int, now_us: int) -> None:
        """Tell the platform what a click became: a name of :data:`CONVERSIONS`.

        Handing over that a person converted needs that person's consent; the caller has asked.
        """
        timestamp_ms = now_us // 1000
        token = self._token(now_us=now_us)
        body = {
            "advertiser_id": self._account.account,
            "method": METHOD,
            "version": VERSION,
            "timestamp": timestamp_ms,
            "event_type": CONVERSIONS[what],
            "conv_time": at_us // 1000,
            "click_id": click_id,
            "access_token": token,
            "sign": sign(self._account.account, timestamp_ms),
        }
        _checked(self._http.call_json("POST", "/api/open/common", json=body))

    def spend(self, start: str, end: str, *, now_us: int) -> dict[str, Any]:
        """Read what the account cost from ``start`` to ``end`` (days); the answer is for ``spend_from_report``."""
        body = {"advertiser_id": int(self._account.account), "start_date": start, "end_date": end}
        headers = {"access-token": self._token(now_us=now_us)}
        path = "/api/open/jg/data/report/realtime/account"
        return _checked(self._http.call_json("POST", path, json=body, headers=headers))

    def check(self, *, now_us: int) -> str:
        """Renew the access token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the advertiser lets the app in"

    def _token(self, *, now_us: int) -> str:
        def renew(refresh_token: str) -> tuple[Token, str]:
            secrets = self._account.secrets
            body = {"app_id": int(secrets["app_id"]), "secret": secrets["secret"], "refresh_token": refresh_token}
            data = _checked(self._http.call_json("POST", "/api/open/oauth2/refresh_token", json=body)).get("data", {})
            return token_in(data, lasts="access_token_expires_in", now_us=now_us, platform="Xiaohongshu")

        return renewed_token(self._tokens, self._account, now_us=now_us, renew=renew)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("success") is not True:
        code = str(answer.get("errorCode") or answer.get("code") or "")
        raise error_for(code, str(answer.get("errorMsg") or answer.get("message") or answer.get("msg") or ""))
    return answer


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(XiaohongshuClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
