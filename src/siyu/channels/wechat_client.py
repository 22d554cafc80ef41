"""How official accounts, mini programs and Weixin shops are called: one token, two tries, clear errors."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from siyu.channels.http import HttpCaller, json_object
from siyu.channels.wechat_errors import TOKEN_CODES
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import ConfigError, RetryLaterError, SiyuError, UnknownOutcomeError
from siyu.kernel.period import SECOND

_ASK_AGAIN: Final = timedelta(seconds=5)
Json = dict[str, Any]


class WechatCaller:
    """Calls ``api.weixin.qq.com`` for one app. Safe to use from several threads.

    Every call raises ConfigError (set-up), RetryLaterError (did not happen), PermanentError (never will, with the
    platform's code) or, for calls that change something, UnknownOutcomeError (the answer was lost).

    Args:
        account: Secrets ``app_id`` and ``app_secret``.
        tokens: Where the processes of the workspace share access tokens.
        http: In place of the network, for tests.
    """

    #: The channel's code and words -> error.
    error_for: Callable[[str, str], SiyuError]

    def __init__(
        self, account: Account, *, tokens: TokenStore, now_us: Callable[[], int], http: HttpCaller | None = None
    ) -> None:
        self.account, self.now_us, self._tokens = account, now_us, tokens
        self._http = http or HttpCaller(account.base_url)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> str:
        """Fetch a token: the live check of ``connect``."""
        self._token()
        return "AppID and AppSecret are good"

    def read(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Json:
        """Make a call that changes nothing; a lost answer may simply be asked for again."""
        try:
            return self.write(path, body, **query)
        except UnknownOutcomeError as error:
            raise RetryLaterError(str(error), retry_after=_ASK_AGAIN) from error

    def write(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Json:
        """Make a call; renew the token and try once more if the platform says that it has ended."""
        answer = self.answer(path, body, **query)
        self.judge(answer)
        return answer

    def answer(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Json:
        """Make a call and return what the platform says, even if it says no."""
        return json_object(self._content(path, body, query), where=path)

    def image(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Make a call that answers with a picture, or with JSON if it failed."""
        content = self._content(path, body, {})
        if content[:1] == b"{":
            self.judge(json_object(content, where=path))
        return content

    def plain(self, path: str, **query: str) -> Json:
        """Make a call that takes the app's secret in place of a token (log-in codes)."""
        secrets = self._secrets()
        answer = self._http.call_json(
            "GET", path, query={"appid": secrets["app_id"], "secret": secrets["app_secret"], **query}
        )
        self.judge(answer)
        return answer

    def judge(self, answer: Mapping[str, Any]) -> None:
        """Raise the error of an answer that says no."""
        if answer.get("errcode", 0) != 0:
            raise self.error_for(str(answer["errcode"]), str(answer.get("errmsg", "")))

    def _content(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str | int]) -> bytes:
        token = self._token()
        content = self._once(path, body, query, token)
        if content[:1] == b"{":
            code = json_object(content, where=path).get("errcode")
            if str(code) in TOKEN_CODES:
                content = self._once(path, body, query, self._token(refused=token))
        return content

    def _once(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str | int], token: str) -> bytes:
        response = self._http.call(
            "GET" if body is None else "POST", path, query={**query, "access_token": token}, json=body
        )
        if response.is_client_error:
            raise self.error_for(str(response.status_code), "HTTP")
        return response.content

    def _token(self, *, refused: str = "") -> str:
        name = f"{self.account.channel}:{self.account.account}:app"
        return self._tokens.token(name, now_us=self.now_us(), fetch=lambda: self._fetch(refused), refused=refused).value

    def _fetch(self, refused: str) -> Token:
        """Fetch a token by the call that does not end the token of another process."""
        secrets, now_us = self._secrets(), self.now_us()
        body: Json = {
            "grant_type": "client_credential",
            "appid": secrets["app_id"],
            "secret": secrets["app_secret"],
            "force_refresh": bool(refused),
        }
        try:
            answer = self._http.call_json("POST", "/cgi-bin/stable_token", json=body)
            self.judge(answer)
            return Token(str(answer["access_token"]), now_us + int(answer["expires_in"]) * SECOND)
        except (UnknownOutcomeError, KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("the answer to the token call was lost", retry_after=_ASK_AGAIN) from error

    def _secrets(self) -> Mapping[str, str]:
        secrets = self.account.secrets
        if not secrets.get("app_id") or not secrets.get("app_secret"):
            raise ConfigError("this account has no app_id or app_secret: paste them with `siyu channel connect`")
        return secrets
