"""Read and answer on Douyin through its open platform. The only file of this channel that does I/O.

One client is one app with one account of the brand that authorised it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from siyu.channels.douyin.answers import failed
from siyu.channels.douyin.errors import TOKEN_CODES, error_for
from siyu.channels.http import HttpCaller, json_object
from siyu.channels.record import Record
from siyu.channels.renewal import renewed_token, token_in
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import BadInputError, PermanentError, RefusedError, UnknownOutcomeError
from siyu.kernel.period import DAY, SECOND

_PAGE: Final = 50
_MOST_PAGES: Final = 2000
#: A consent that ends sooner than this is prolonged when a token is renewed.
_PROLONG_BEFORE_S: Final = 16 * DAY // SECOND
FIGURES: Final = frozenset({"fans", "item", "like", "comment", "share", "profile"})


def consent_url(base_url: str, *, client_key: str, scopes: Sequence[str], redirect_uri: str, state: str) -> str:
    """Return the address where the brand's account lets the app in."""
    query = {
        "client_key": client_key,
        "response_type": "code",
        "scope": ",".join(scopes),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{base_url.rstrip('/')}/platform/oauth/connect/?{urlencode(query)}"


class DouyinClient:
    """Comments, private messages, figures and leads of one of the brand's accounts.

    Args:
        account: Its id is the ``client_key``; secrets ``client_secret``, ``open_id``, ``refresh_token``.
    """

    def __init__(self, account: Account, *, tokens: TokenStore, transport: httpx.BaseTransport | None = None) -> None:
        self._account, self._tokens = account, tokens
        self._http = HttpCaller(account.base_url, transport=transport)

    @property
    def account(self) -> Account:
        """The account it speaks for."""
        return self._account

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def exchange(self, code: str) -> dict[str, Any]:
        """Turn the code of a consent into ``open_id``, ``access_token`` and ``refresh_token``."""
        return self._form("/oauth/access_token/", {"code": code, "grant_type": "authorization_code"})

    def person(self, open_id: str, access_token: str) -> dict[str, Any]:
        """Read who logged in; the answer is for the mapping."""
        return self._form("/oauth/userinfo/", {"open_id": open_id, "access_token": access_token}, whole=True)

    def renew_refresh_token(self, refresh_token: str) -> str:
        """Make the refresh token live 30 days longer (five times at most, needs a scope of its own)."""
        data = self._form("/oauth/renew_refresh_token/", {"refresh_token": refresh_token})
        return str(data["refresh_token"])

    def videos(self, *, now_us: int) -> Iterator[dict[str, Any]]:
        """List the account's own videos with their figures."""
        yield from self._list("/api/douyin/v1/video/video_list/", {}, now_us)

    def comments(self, item_id: str, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the comments under an own video, an answer per page for ``answers.comments``."""
        yield from self._pages("/item/comment/list/", {"item_id": item_id}, now_us)

    def comment_replies(self, item_id: str, comment_id: str, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read the replies to a comment, an answer per page."""
        yield from self._pages("/item/comment/reply/list/", {"item_id": item_id, "comment_id": comment_id}, now_us)

    def reply_to_comment(self, item_id: str, comment_id: str, words: str, *, now_us: int) -> str:
        """Answer a comment in public; return the new comment's id.

        Raises:
            UnknownOutcomeError: it may be there; look with :meth:`comment_replies`, do not repeat.
        """
        body = {"item_id": item_id, "comment_id": comment_id, "content": words}
        answer = self._call("POST", "/item/comment/reply/", json=body, now_us=now_us)
        return str(answer["data"].get("comment_id", ""))

    def top_comment(self, item_id: str, comment_id: str, *, top: bool, now_us: int) -> None:
        """Set a comment on top, or no longer."""
        body = {"item_id": item_id, "comment_id": comment_id, "top": top}
        self._call("POST", "/item/comment/top/", json=body, now_us=now_us)

    def send(
        self,
        to_open_id: str,
        contents: Sequence[Mapping[str, Any]],
        *,
        scene: str,
        now_us: int,
        message_id: str = "",
        conversation: str = "",
    ) -> str:
        """Write privately to somebody who may be written to (``reach.doors`` says who); return the message's id.

        Args:
            contents: ``{"msg_type": 1, "text": {"text": …}}`` and so on.
            message_id, conversation: The person's own message that this answers; needed for ``im_reply_msg``.
        """
        body: dict[str, Any] = {"to_user_id": to_open_id, "scene": scene}
        body |= {"content": contents[0]} if len(contents) == 1 else {"content_list": list(contents)}
        if message_id:
            body |= {"msg_id": message_id, "conversation_id": conversation}
        return str(self._call("POST", "/im/send/msg/", json=body, now_us=now_us).get("msg_id", ""))

    def recall(self, message_id: str, conversation: str, *, now_us: int) -> None:
        """Take a private message back."""
        body = {"msg_id": message_id, "conversation_id": conversation, "conversation_type": 1}
        self._call("POST", "/im/recall/msg/", json=body, now_us=now_us)

    def allows_messages(self, open_id: str, *, now_us: int) -> bool:
        """Ask whether a person allows active messages."""
        answer = self._call("POST", "/im/authorize/status/", json={"c_open_id": open_id}, now_us=now_us)
        return bool(answer["data"].get("status") == 1)

    def video_figures(self, item_ids: Sequence[str], *, now_us: int) -> list[dict[str, Any]]:
        """Read plays, likes, comments, shares of own videos."""
        body = {"item_ids": list(item_ids)}
        answer = self._call("POST", "/api/douyin/v1/video/video_data/", json=body, now_us=now_us)
        return list(answer["data"].get("list") or ())

    def video_totals(self, item_id: str, *, now_us: int) -> dict[str, Any]:
        """Read a video's totals with ``avg_play_duration``; the platform has no completion rate."""
        answer = self._call("GET", "/data/external/item/base/", query={"item_id": item_id}, now_us=now_us)
        return dict(answer["data"].get("result") or {})

    def daily_figures(self, what: str, days: int, *, now_us: int) -> list[dict[str, Any]]:
        """Read the account's figures per day: ``what`` of :data:`FIGURES`, ``days`` 7, 15 or 30."""
        if what not in FIGURES or days not in {7, 15, 30}:
            raise BadInputError(f"{what!r} over {days} days", mend=f"{', '.join(sorted(FIGURES))}; 7, 15 or 30 days")
        answer = self._call("GET", f"/data/external/user/{what}/", query={"date_type": days}, now_us=now_us)
        return list(answer["data"].get("result_list") or ())

    def fans(self, *, now_us: int) -> dict[str, Any]:
        """Read who follows, as shares of the whole; no single person in it."""
        return dict(self._call("GET", "/api/douyin/v1/user/fans_data/", now_us=now_us)["data"].get("fans_data") or {})

    def follows(self, open_id: str, *, now_us: int) -> bool:
        """Ask whether a person follows the account."""
        answer = self._call("GET", "/fans/check/", query={"follower_open_id": open_id}, now_us=now_us)
        return bool(answer["data"].get("is_follower"))

    def leads(self, life_account: str, start: str, end: str, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read local-life leads left in ``[start, end)`` (``YYYY-MM-DD hh:mm:ss`` Beijing), an answer per page."""
        for page in range(1, _MOST_PAGES):
            query: dict[str, str | int] = {
                "account_id": life_account,
                "start_time": start,
                "end_time": end,
                "page": page,
                "page_size": _PAGE,
            }
            answer = self._call("GET", "/goodlife/v1/open_api/crm/clue/query/", query=query, now_us=now_us)
            rows = answer["data"].get("clue_data") or []
            if rows:
                yield answer
            if len(rows) < _PAGE:
                return

    def check(self, *, now_us: int) -> str:
        """Renew the access token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the brand's account lets the app in"

    def _list(self, path: str, query: dict[str, str | int], now_us: int) -> Iterator[dict[str, Any]]:
        for answer in self._pages(path, query, now_us):
            yield from answer["data"].get("list") or ()

    def _pages(self, path: str, query: dict[str, str | int], now_us: int) -> Iterator[dict[str, Any]]:
        cursor: str | int = 0
        for _page in range(_MOST_PAGES):
            answer = self._call("GET", path, query={**query, "cursor": cursor, "count": _PAGE}, now_us=now_us)
            yield answer
            after = answer["data"].get("cursor", cursor)
            if not answer["data"].get("has_more") or str(after) == str(cursor):
                return
            cursor = str(after)

    def _call(
        self, method: str, path: str, *, now_us: int, query: Mapping[str, str | int] | None = None, json: Any = None
    ) -> dict[str, Any]:
        asked = {"open_id": self._account.secrets["open_id"], **(query or {})}
        token = self._token(now_us=now_us)
        answer = self._http.call_json(method, path, query=asked, json=json, headers={"access-token": token})
        if _failed(answer) in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._http.call_json(method, path, query=asked, json=json, headers={"access-token": token})
        return _checked(answer)

    def _form(self, path: str, fields: dict[str, str], *, whole: bool = False) -> dict[str, Any]:
        secrets = self._account.secrets
        body = {"client_key": self._account.account, "client_secret": secrets["client_secret"], **fields}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = self._http.call("POST", path, content=urlencode(body).encode(), headers=headers)
        answer = _checked(json_object(response.content, where=path))
        return answer if whole else dict(answer["data"])

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def renew(refresh_token: str) -> tuple[Token, str]:
            fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
            data = self._form("/oauth/refresh_token/", fields)
            token, following = token_in(data, lasts="expires_in", now_us=now_us, platform="Douyin")
            lasts = str(data.get("refresh_expires_in", ""))
            if lasts.isdecimal() and 0 < int(lasts) < _PROLONG_BEFORE_S:
                with suppress(PermanentError, RefusedError):  # needs a scope of its own; else people authorise again
                    following = self.renew_refresh_token(following or refresh_token)
            return token, following

        return renewed_token(self._tokens, self._account, now_us=now_us, renew=renew, refused=refused)


def _failed(answer: dict[str, Any]) -> str:
    try:
        return failed(Record(answer))
    except BadInputError as error:
        raise UnknownOutcomeError("Douyin: an answer whose code cannot be read") from error


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    code = _failed(answer)
    if code:
        parts = [answer.get("extra"), answer.get("data"), answer]
        words = [str(part.get(name) or "") for part in parts if isinstance(part, dict) for name in _WORDS]
        raise error_for(code, next((word for word in words if word), ""))
    if not isinstance(answer.get("data"), dict):
        raise UnknownOutcomeError("Douyin: an answer without data")
    return answer


_WORDS: Final = ("sub_description", "description", "err_msg", "message")


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(DouyinClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
