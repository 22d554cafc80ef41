"""Read leads, comments and costs from Ocean Engine, and say what became of leads. The only file here that does I/O."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

import httpx

from siyu.channels.http import HttpCaller, judged
from siyu.channels.oceanengine.errors import TOKEN_CODES, error_for
from siyu.channels.renewal import renewed_token, token_in
from siyu.dispatch.account import Account, Token, TokenStore

_PAGE: Final = 100
_MOST_PAGES: Final = 1000
#: What can be said of a lead (``clue_convert_state``).
CONFIRMED, FRIEND_ADDED, HIGH_INTENTION = 194, 195, 196
#: Who sends it back: 0 is the advertiser itself.
_SOURCE: Final = 0


class OceanEngineClient:
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

    def leads(self, start: str, end: str, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read leads left in ``[start, end)`` (``YYYY-MM-DD`` Beijing), an answer per page for the mapping.

        Some fields come up to ten minutes later: read the last hour again.
        """
        query: dict[str, Any] = {"advertiser_ids": [int(self._account.account)], "start_time": start, "end_time": end}
        yield from self._pages("/open_api/2/tools/clue/get/", query, "list", now_us)

    def comments(self, start: str, end: str, *, now_us: int) -> Iterator[dict[str, Any]]:
        """Read comments under advertisements, an answer per page for the mapping."""
        query: dict[str, Any] = {
            "advertiser_id": self._account.account,
            "start_time": start,
            "end_time": end,
            "order_field": "CREATE_TIME",
            "order_type": "ASC",
            "filtering": {"level_type": "LEVEL_ALL", "hide_status": "ALL"},
        }
        yield from self._pages("/open_api/v3.0/tools/comment/get/", query, "comment_list", now_us)

    def reply_to_comments(self, comment_ids: Sequence[int], words: str, *, now_us: int) -> list[int]:
        """Answer comments in public; return those that were answered."""
        body = {"advertiser_id": int(self._account.account), "comment_ids": list(comment_ids), "reply_text": words}
        answer = self._call("POST", "/open_api/v3.0/tools/comment/reply/", json_body=body, now_us=now_us)
        return [int(one) for one in answer["data"].get("success_comment_ids") or ()]

    def top_comment(self, comment_id: int, *, top: bool, now_us: int) -> None:
        """Set a comment on top, or no longer."""
        body = {
            "advertiser_id": int(self._account.account),
            "comment_id": comment_id,
            "stick_type": "STICK_ON_TOP" if top else "CANCEL_STICK",
        }
        self._call("POST", "/open_api/v3.0/tools/comment/stick_on_top/", json_body=body, now_us=now_us)

    def say_of_lead(self, clue_id: str, state: int, *, now_us: int) -> None:
        """Tell the platform what became of a lead: :data:`CONFIRMED`, :data:`FRIEND_ADDED`, :data:`HIGH_INTENTION`."""
        body = {
            "advertiser_ids": [int(self._account.account)],
            "source": _SOURCE,
            "clue_id": clue_id,
            "clue_convert_state": state,
        }
        self._call("POST", "/open_api/2/tools/clue/callback/", json_body=body, now_us=now_us)

    def spend(self, start: str, end: str, *, by: Sequence[str], now_us: int) -> Iterator[dict[str, Any]]:
        """Read what was spent per day and ``by`` (``promotion_id`` …), an answer per page for ``spend_from_report``."""
        query: dict[str, Any] = {
            "advertiser_id": self._account.account,
            "data_topic": "BASIC_DATA",
            "dimensions": ["stat_time_day", *by],
            "metrics": ["stat_cost", "show_cnt", "click_cnt", "convert_cnt"],
            "filters": [],
            "order_by": [{"field": "stat_time_day", "type": "ASC"}],
            "start_time": start,
            "end_time": end,
        }
        yield from self._pages("/open_api/v3.0/report/custom/get/", query, "rows", now_us)

    def check(self, *, now_us: int) -> str:
        """Renew the access token: the live check of ``connect``."""
        self._token(now_us=now_us)
        return "the advertiser lets the app in"

    def _pages(self, path: str, query: dict[str, Any], name: str, now_us: int) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            answer = self._call("GET", path, query={**query, "page": page, "page_size": _PAGE}, now_us=now_us)
            rows = answer["data"].get(name) or []
            if rows:
                yield answer
            if len(rows) < _PAGE:
                return

    def _call(
        self, method: str, path: str, *, now_us: int, query: Mapping[str, Any] | None = None, json_body: Any = None
    ) -> dict[str, Any]:
        # Lists and objects travel in the query as JSON text.
        asked = {
            name: value if isinstance(value, (str, int)) else json.dumps(value, separators=(",", ":"))
            for name, value in (query or {}).items()
        }
        token = self._token(now_us=now_us)
        answer = self._http.call_json(method, path, query=asked, json=json_body, headers={"access-token": token})
        if str(answer.get("code")) in TOKEN_CODES:
            token = self._token(now_us=now_us, refused=token)
            answer = self._http.call_json(method, path, query=asked, json=json_body, headers={"access-token": token})
        return judged(answer, error_for)

    def _token(self, *, now_us: int, refused: str = "") -> str:
        def renew(refresh_token: str) -> tuple[Token, str]:
            secrets = self._account.secrets
            body = {
                "app_id": int(secrets["app_id"]),
                "secret": secrets["secret"],
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
            }
            data = judged(self._http.call_json("POST", "/open_api/oauth2/refresh_token/", json=body), error_for)["data"]
            return token_in(data, lasts="expires_in", now_us=now_us, platform="Ocean Engine")

        return renewed_token(self._tokens, self._account, now_us=now_us, renew=renew, refused=refused)


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError: they are not good.
    """
    with closing(OceanEngineClient(account, tokens=tokens)) as client:
        return client.check(now_us=now_us)
