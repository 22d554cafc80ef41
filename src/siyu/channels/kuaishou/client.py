"""Read comments, shop orders and leads of Kuaishou. The only file of this channel that does I/O."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller, judged
from siyu.channels.kuaishou.errors import TOKEN_CODES, error_for
from siyu.channels.kuaishou.signing import sign
from siyu.channels.renewal import renewed_token, token_in
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import ConfigError, PermanentError

_PAGE: Final = 100
_MOST_PAGES: Final = 1000
#: How the platform says that it took one answer.
_TAKEN: Final = 1
_MARKETING: Final = "/rest/openapi/"
#: Where the shop API and the OAuth of the marketing API are; the sandbox plays all three under one address.
_SHOP: Final = "https://openapi.kwaixiaodian.com"
_OAUTH: Final = "https://developers.e.kuaishou.com"
_REAL: Final = "https://ad.e.kuaishou.com"


class KuaishouClient:
    """One advertiser, and its shop if that is connected.

    Args:
        account: Its id is the advertiser id; secrets as in the manifest.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        real = account.base_url.rstrip("/") == _REAL
        self._http = HttpCaller(account.base_url, transport=transport)
        self._shop = HttpCaller(_SHOP if real else account.base_url, transport=transport)
        self._oauth = HttpCaller(_OAUTH if real else account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        for caller in (self._http, self._shop, self._oauth):
            caller.close()

    def comments(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read comments under advertised videos, posted in ``[start_us, end_us)``, an answer per page."""
        span = {"post_time_start": start_us // 1000, "post_time_end": end_us // 1000}
        yield from self._pages(f"{_MARKETING}v1/comment/list", span, now_us)

    def comment_tree(self, comment_id: int, *, now_us: int) -> list[dict[str, Any]]:
        """Read the rows under a comment, our own answers among them."""
        answer = self._call(f"{_MARKETING}v1/comment/tree", {"comment_id": comment_id}, now_us=now_us)
        return list(answer["data"].get("child_comment_detail_list") or ())

    def reply_to_comment(self, comment: Mapping[str, Any], words: str, *, now_us: int) -> None:
        """Answer a comment in public; ``comment`` is a row of :meth:`comments`.

        Raises:
            PermanentError: the platform did not take it.
            UnknownOutcomeError: it may be there; look with :meth:`comment_tree`, do not repeat.
        """
        reply = {
            "reply_to_comment_id": comment["comment_id"],
            "photo_id": comment["photo_id"],
            "photo_author_id": comment.get("photo_author_id"),
            "reply_to_user_id": comment.get("comment_author_id"),
            "reply_content": words,
        }
        answer = self._call(f"{_MARKETING}v1/comment/reply", {"reply_list": [reply]}, now_us=now_us)
        for result in answer["data"].get("reply_result_list") or ():
            if result.get("reply_result") != _TAKEN:
                raise PermanentError(f"Kuaishou did not take the answer: {result.get('reply_result')}")

    def top_comment(self, comment_id: int, photo_id: int, *, top: bool, now_us: int) -> None:
        """Set a comment on top, or no longer."""
        path = f"{_MARKETING}v1/comment/{'setTop' if top else 'cancelTop'}"
        self._call(path, {"comment_id": comment_id, "photo_id": photo_id}, now_us=now_us)

    def leads(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read leads by the configured path, each as the mapping wants it.

        Raises:
            ConfigError: no path is configured, or ``lead_fields`` is no JSON object.
        """
        path, fields = self._account.secrets.get("lead_path", ""), self._lead_fields()
        if not path:
            raise ConfigError("Kuaishou: no lead_path is set; import the lead export with `siyu import` instead")
        for answer in self._pages(path, {"start_time": start_us // 1000, "end_time": end_us // 1000}, now_us):
            for row in answer["data"].get("details") or ():
                yield {"lead": {ours: row.get(theirs) for ours, theirs in fields.items()}}

    def orders(self, start_us: int, end_us: int, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read shop orders changed in ``[start_us, end_us)``, an answer per page for the mapping."""
        cursor = ""
        for _page in range(_MOST_PAGES):
            param = {
                "orderViewStatus": 1,
                "pageSize": 50,
                "sort": 1,
                "queryType": 2,
                "beginTime": start_us // 1000,
                "endTime": end_us // 1000,
                "cursor": cursor,
            }
            answer = self._shop_call("open.order.cursor.list", param, now_us=now_us)
            yield answer
            after = str(answer.get("data", {}).get("cursor") or "nomore")
            if after in {"nomore", cursor}:
                return
            cursor = after

    def check(self, *, now_us: int) -> str:
        """Renew the access token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the advertiser lets the app in"

    def _pages(self, path: str, body: dict[str, Any], now_us: int) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            answer = self._call(path, {**body, "page": page, "page_size": _PAGE}, now_us=now_us)
            rows = answer["data"].get("details") or []
            if rows:
                yield answer
            if len(rows) < _PAGE:
                return

    def _call(self, path: str, body: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        sent = {"advertiser_id": int(self._account.account), **body}
        token = self._token(now_us=now_us)
        answer = self._http.call_json("POST", path, json=sent, headers={"access-token": token})
        if str(answer.get("code")) in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._http.call_json("POST", path, json=sent, headers={"access-token": token})
        return judged(answer, error_for)

    def _shop_call(self, method: str, param: dict[str, Any], *, now_us: int) -> dict[str, Any]:
        secrets = self._account.secrets
        try:
            query = {
                "appkey": secrets["shop_app_key"],
                "method": method,
                "version": "1",
                "param": json.dumps(param, separators=(",", ":"), ensure_ascii=False),
                "access_token": secrets["shop_access_token"],
                "timestamp": str(now_us // 1000),
                "signMethod": "HMAC_SHA256",
            }
            query["sign"] = sign(secrets["shop_sign_secret"], query)
        except KeyError as error:
            raise ConfigError(f"Kuaishou: the shop is not connected, {error} is missing") from error
        answer = self._shop.call_json("GET", "/" + method.replace(".", "/"), query=query)
        if answer.get("result") != 1:
            raise error_for(str(answer.get("result", "")), str(answer.get("error_msg", "")))
        return answer

    def _lead_fields(self) -> dict[str, str]:
        try:
            fields = json.loads(self._account.secrets.get("lead_fields") or "{}")
        except ValueError as error:
            raise ConfigError("Kuaishou: lead_fields is no JSON") from error
        if not isinstance(fields, dict) or not all(isinstance(theirs, str) for theirs in fields.values()):
            raise ConfigError("Kuaishou: lead_fields is no JSON object of names")
        return fields

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def renew(refresh_token: str) -> tuple[Token, str]:
            secrets = self._account.secrets
            body = {
                "app_id": int(secrets["app_id"]),
                "secret": secrets["app_secret"],
                "refresh_token": refresh_token,
            }
            path = f"{_MARKETING}oauth2/authorize/refresh_token"
            data = judged(self._oauth.call_json("POST", path, json=body), error_for)["data"]
            return token_in(data, lasts="access_token_expires_in", now_us=now_us, platform="Kuaishou")

        return renewed_token(self._tokens, self._account, now_us=now_us, renew=renew, refused=refused)


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(KuaishouClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
