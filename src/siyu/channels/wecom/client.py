"""Speak to WeCom's official API. The only file of this channel that does I/O.

Source: https://developer.work.weixin.qq.com/document/path/92109 and the pages under it, read 2026-11-22.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any, Final

from siyu.channels.http import HttpCaller, json_object
from siyu.channels.wecom.errors import TOKEN_ENDED, error_of
from siyu.channels.wecom.mapping import content_body
from siyu.content.piece import Piece
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import SECOND

_CONTACT: Final = "externalcontact/"
_ASK_AGAIN: Final = timedelta(seconds=5)
#: A reading call is made so often in a row, with growing pauses, unless the platform asks for a longer one.
_TRIES: Final = 5
_PAUSE_S: Final = 0.01
_SHORT: Final = timedelta(seconds=10)

Json = dict[str, Any]


class WeComClient:
    """One corp's customer contact. Safe to use from several threads.

    Every call raises ConfigError (set-up), RetryLaterError (did not happen), PermanentError (never will, with
    WeCom's code) or, for calls that change something, UnknownOutcomeError (the answer was lost).

    Args:
        tokens: Where the processes of the workspace share access tokens.
        now_us: The clock, for the life of tokens.
        http: In place of the network, for tests.
    """

    def __init__(
        self, account: Account, *, tokens: TokenStore, now_us: Callable[[], int], http: HttpCaller | None = None
    ) -> None:
        self.account = account
        self.now_us = now_us
        self._tokens = tokens
        self._http = http or HttpCaller(account.base_url)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # ---- how a call is made ------------------------------------------------------------------------------------------

    def read(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Json:
        """Make a call that changes nothing; a lost answer or a busy platform is asked again, a few times, at once."""
        tries = 0
        while True:
            try:
                return self.write(path, body, **query)
            except (UnknownOutcomeError, RetryLaterError) as error:
                tries += 1
                wait = error.retry_after if isinstance(error, RetryLaterError) else _ASK_AGAIN
                if tries == _TRIES or wait > _SHORT:
                    raise RetryLaterError(str(error), retry_after=wait) from error
                time.sleep(_PAUSE_S * 2**tries)

    def write(self, path: str, body: Mapping[str, Any] | None = None, **query: str | int) -> Json:
        """Make a call; renew the token and try once more if WeCom says that it has ended."""
        token = self._token()
        answer = self._answer(path, body, query, token)
        if answer["errcode"] in TOKEN_ENDED:
            answer = self._answer(path, body, query, self._token(refused=token))
        self.judge(answer, path)
        return answer

    def upload(self, path: str, file: tuple[str, bytes, str], **query: str | int) -> Json:
        """Hand a file over: (name, content, media type); a repeat would only leave a second copy."""
        token = self._token()
        answer = self._uploaded(path, file, query, token)
        if answer["errcode"] in TOKEN_ENDED:
            answer = self._uploaded(path, file, query, self._token(refused=token))
        self.judge(answer, path)
        return answer

    def _uploaded(self, path: str, file: tuple[str, bytes, str], query: Mapping[str, str | int], token: str) -> Json:
        asked = {**query, "access_token": token}
        response = self._http.call("POST", f"/cgi-bin/{path}", query=asked, file=("media", file))
        return _judged(json_object(response.content, where=path), path)

    @staticmethod
    def judge(answer: Mapping[str, Any], call: str) -> None:
        """Raise the error of an answer that says no."""
        code = answer.get("errcode", 0)
        if code != 0:
            raise error_of(code, str(answer.get("errmsg", "")), call=call)

    def check(self) -> None:
        """Make sure the credentials work.

        Raises:
            ConfigError: they do not; says what to mend.
        """
        self.read("get_api_domain_ip")

    def _answer(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str | int], token: str) -> Json:
        return _judged(
            self._http.call_json(
                "GET" if body is None else "POST",
                f"/cgi-bin/{path}",
                query={**query, "access_token": token},
                json=body,
            ),
            path,
        )

    def _token(self, *, refused: str = "") -> str:
        secrets = self.account.secrets
        if not secrets.get("secret"):
            raise ConfigError("this WeCom account has no secret: paste it with `siyu channel connect`")
        name = f"wecom:{self.account.account}:contact"
        return self._tokens.token(name, now_us=self.now_us(), fetch=self._fetch_token, refused=refused).value

    def _fetch_token(self) -> Token:
        query = {"corpid": self.account.account, "corpsecret": self.account.secrets["secret"]}
        now_us = self.now_us()
        try:
            answer = _judged(self._http.call_json("GET", "/cgi-bin/gettoken", query=query), "gettoken")
        except UnknownOutcomeError as error:
            raise RetryLaterError(str(error), retry_after=_ASK_AGAIN) from error
        self.judge(answer, "gettoken")
        return Token(str(answer["access_token"]), now_us + int(answer.get("expires_in", 7200)) * SECOND)

    def pages(self, path: str, body: Mapping[str, Any], rows: str, *, limit: int) -> Iterator[Json]:
        """Read a list to its end, page by page; yields the rows."""
        cursor, seen = "", set[str]()
        while True:
            answer = self.read(path, {**body, "limit": limit, **({"cursor": cursor} if cursor else {})})
            yield from answer.get(rows) or ()
            cursor = str(answer.get("next_cursor") or "")
            if not cursor or cursor in seen:
                return
            seen.add(cursor)

    # ---- customers ---------------------------------------------------------------------------------------------------

    def staff(self) -> list[str]:
        """Return the staff who may use customer contact."""
        return [str(one) for one in self.read(_CONTACT + "get_follow_user_list").get("follow_user") or ()]

    def customers_of(self, staff: str) -> list[str]:
        """Return the customers of one staff member; nobody (84061) is an empty list."""
        try:
            answer = self.read(_CONTACT + "list", userid=staff)
        except PermanentError as error:
            if error.code == "84061":
                return []
            raise
        return [str(one) for one in answer.get("external_userid") or ()]

    def customer(self, external_userid: str) -> Json:
        """Return ``external_contact`` and every ``follow_user`` of one customer."""
        first = self.read(_CONTACT + "get", external_userid=external_userid)
        followers, cursor = list(first.get("follow_user") or ()), first.get("next_cursor")
        while cursor:
            more = self.read(_CONTACT + "get", external_userid=external_userid, cursor=str(cursor))
            followers += more.get("follow_user") or ()
            cursor = more.get("next_cursor") if more.get("follow_user") else None
        return {"external_contact": first.get("external_contact") or {}, "follow_user": followers}

    def customers_in_detail(self, staff: Sequence[str]) -> Iterator[Json]:
        """Yield ``{external_contact, follow_info}`` of all customers of the staff given, 100 staff a call."""
        for first in range(0, len(staff), 100):
            body = {"userid_list": list(staff[first : first + 100])}
            yield from self.pages(_CONTACT + "batch/get_by_user", body, "external_contact_list", limit=100)

    def remark(self, staff: str, external_userid: str, **fields: Any) -> None:
        """Write remark, description, remark_company or remark_mobiles of a customer."""
        self.write(_CONTACT + "remark", {"userid": staff, "external_userid": external_userid, **fields})

    def external_userid_of(self, unionid: str, openid: str = "") -> str:
        """Return the customer behind a unionid."""
        body = {"unionid": unionid, **({"openid": openid} if openid else {})}
        return str(self.read(_CONTACT + "unionid_to_external_userid", body)["external_userid"])

    def pending_id_of(self, unionid: str, openid: str) -> tuple[str, str]:
        """Return (external_userid, pending_id) of somebody who may not be a customer yet; either may be empty."""
        answer = self.read("idconvert/unionid_to_external_userid", {"unionid": unionid, "openid": openid})
        return str(answer.get("external_userid") or ""), str(answer.get("pending_id") or "")

    def openid_of(self, external_userid: str) -> str:
        """Return the openid of a customer, for payments."""
        return str(self.read(_CONTACT + "convert_to_openid", {"external_userid": external_userid})["openid"])

    # ---- tags --------------------------------------------------------------------------------------------------------

    def tag_groups(self, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> list[Json]:
        """Return the corp's tags, group by group."""
        body = {
            **({"tag_id": list(tag_ids)} if tag_ids else {}),
            **({"group_id": list(group_ids)} if group_ids else {}),
        }
        return list(self.read(_CONTACT + "get_corp_tag_list", body).get("tag_group") or ())

    def add_tags(self, names: Sequence[str], *, group: str = "", group_id: str = "") -> Json:
        """Make tags in a new or known group; returns the group with ids."""
        where = {"group_id": group_id} if group_id else {"group_name": group}
        body = {**where, "tag": [{"name": name} for name in names]}
        return dict(self.write(_CONTACT + "add_corp_tag", body)["tag_group"])

    def rename_tag(self, tag_id: str, name: str) -> None:
        """Give a tag or group a new name."""
        self.write(_CONTACT + "edit_corp_tag", {"id": tag_id, "name": name})

    def delete_tags(self, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> None:
        """Delete tags or whole groups."""
        self.write(_CONTACT + "del_corp_tag", {"tag_id": list(tag_ids), "group_id": list(group_ids)})

    def mark(self, staff: str, external_userid: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Put corp tags on a customer, or take them off."""
        body = {"userid": staff, "external_userid": external_userid, "add_tag": list(add), "remove_tag": list(remove)}
        self.write(_CONTACT + "mark_tag", body)

    # ---- messages ----------------------------------------------------------------------------------------------------

    def send_welcome(self, welcome_code: str, piece: Piece) -> None:
        """Welcome a new customer; the code works once and for 20 s."""
        self.write(_CONTACT + "send_welcome_msg", {"welcome_code": welcome_code, **content_body(piece)})

    def add_mass_send(self, body: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
        """Make a task that staff must confirm; returns its msgid and the ids that cannot get it."""
        answer = self.write(_CONTACT + "add_msg_template", body)
        return str(answer["msgid"]), frozenset(str(one) for one in answer.get("fail_list") or ())

    def mass_sends(self, *, from_s: int, to_s: int, groups: bool = False, by_anybody: bool = False) -> Iterator[Json]:
        """Yield the tasks that the corp made in a time (Unix seconds, at most a month).

        Args:
            by_anybody: Also those that staff made by themselves.
        """
        kind = "group" if groups else "single"
        body = {"chat_type": kind, "start_time": from_s, "end_time": to_s, "filter_type": 2 if by_anybody else 0}
        return self.pages(_CONTACT + "get_groupmsg_list_v2", body, "group_msg_list", limit=100)

    def mass_send_staff(self, msgid: str) -> Iterator[Json]:
        """Yield ``{userid, status, send_time}`` of each staff member in a task; status 0 has not confirmed."""
        return self.pages(_CONTACT + "get_groupmsg_task", {"msgid": msgid}, "task_list", limit=1000)

    def mass_send_results(self, msgid: str, staff: str) -> Iterator[Json]:
        """Yield ``{external_userid, chat_id, status, send_time}``; 0 waits, 1 sent, 2 no longer a friend, 3 capped."""
        body = {"msgid": msgid, "userid": staff}
        return self.pages(_CONTACT + "get_groupmsg_send_result", body, "send_list", limit=1000)

    def remind(self, msgid: str) -> None:
        """Remind the staff who have not confirmed; three times in 24 h."""
        self.write(_CONTACT + "remind_groupmsg_send", {"msgid": msgid})

    def cancel(self, msgid: str) -> None:
        """Stop what has not been confirmed."""
        self.write(_CONTACT + "cancel_groupmsg_send", {"msgid": msgid})


def _judged(answer: Json, path: str) -> Json:
    """Make sure an answer has a code; reading calls of WeCom always have one."""
    code = answer.get("errcode", 0)
    if isinstance(code, bool) or not isinstance(code, int):
        raise UnknownOutcomeError(f"{path}: the answer's errcode is no number")
    answer["errcode"] = code
    return answer


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the corp's secret, and see whose customers it may read; return what is good, for people.

    Raises:
        ConfigError, PermanentError, RetryLaterError: it is not good, or nobody can say now.
    """
    if account.secrets.get("corp_id", account.account) != account.account:
        raise ConfigError("name a WeCom account by its CorpID")
    with closing(WeComClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        client.check()
        count = len(client.staff())
    return f"the corp lets the app in; {count} staff may speak with customers"
