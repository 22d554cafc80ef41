"""Speak to an official account's API. The only file of this channel that does I/O.

Source: https://developers.weixin.qq.com/doc/service/api/, read 2026-11-22.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from siyu.channels.wechat_client import Json, WechatCaller
from siyu.channels.wechat_mp.errors import error_for
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import BadInputError, UnknownOutcomeError

_PEOPLE_A_CALL: Final = 100
_TAGGED_A_CALL: Final = 50
_LONGEST_LIFE_S: Final = 2_592_000


@dataclass(frozen=True, slots=True)
class ScanCode:
    """A parametric code (带参数二维码).

    Attributes:
        url: What the code's picture holds; draw it, or show ``picture_url``.
        expires_s: How long it lives; 0 for ever.
    """

    ticket: str
    url: str
    picture_url: str
    expires_s: int


class WechatMpClient(WechatCaller):
    """One official account."""

    error_for = staticmethod(error_for)

    # ---- people ------------------------------------------------------------------------------------------------------

    def followers(self) -> Iterator[list[str]]:
        """Yield the openids of all followers, 10,000 a page."""
        after, seen = "", set[str]()
        while True:
            answer = self.read("/cgi-bin/user/get", next_openid=after)
            openids = [str(one) for one in (answer.get("data") or {}).get("openid") or ()]
            after = str(answer.get("next_openid") or "")
            if openids:
                yield openids
            if not openids or not after or after in seen:
                return
            seen.add(after)

    def people(self, openids: Sequence[str]) -> Iterator[Json]:
        """Yield answers with ``user_info_list``, 100 people a call, for ``mapping.touches_from_payload``."""
        for first in range(0, len(openids), _PEOPLE_A_CALL):
            part = [{"openid": one} for one in openids[first : first + _PEOPLE_A_CALL]]
            yield self.read("/cgi-bin/user/info/batchget", {"user_list": part})

    def remark(self, openid: str, text: str) -> None:
        """Write our own name of a follower."""
        self.write("/cgi-bin/user/info/updateremark", {"openid": openid, "remark": text})

    # ---- tags --------------------------------------------------------------------------------------------------------

    def tags(self) -> dict[int, str]:
        """Return the account's tags: number -> name."""
        return {int(one["id"]): str(one["name"]) for one in self.read("/cgi-bin/tags/get").get("tags") or ()}

    def add_tag(self, name: str) -> int:
        """Make a tag; returns its number."""
        return int(self.write("/cgi-bin/tags/create", {"tag": {"name": name}})["tag"]["id"])

    def delete_tag(self, tag: int) -> None:
        """Delete a tag."""
        self.write("/cgi-bin/tags/delete", {"tag": {"id": tag}})

    def mark(self, openids: Sequence[str], tag: int, *, on: bool = True) -> None:
        """Put a tag on followers or take it off, 50 a call."""
        path = "/cgi-bin/tags/members/batchtagging" if on else "/cgi-bin/tags/members/batchuntagging"
        for first in range(0, len(openids), _TAGGED_A_CALL):
            self.write(path, {"openid_list": list(openids[first : first + _TAGGED_A_CALL]), "tagid": tag})

    # ---- codes -------------------------------------------------------------------------------------------------------

    def code(self, scene: str, *, life_s: int = 0) -> ScanCode:
        """Make a parametric code: who scans it comes with ``scene`` as source.

        Args:
            scene: 1 to 64 characters.
            life_s: At most 30 days; 0 for a permanent one (100,000 an account, never given back).
        """
        if not 1 <= len(scene) <= 64:
            raise BadInputError(f"{len(scene)} characters of scene", mend="1 to 64", where="scene")
        if not 0 <= life_s <= _LONGEST_LIFE_S:
            raise BadInputError(f"{life_s} s is no life of a code", mend=f"at most {_LONGEST_LIFE_S}", where="life_s")
        body: Json = {
            "action_name": "QR_STR_SCENE" if life_s else "QR_LIMIT_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        if life_s:
            body["expire_seconds"] = life_s
        made = self.write("/cgi-bin/qrcode/create", body)
        ticket = str(made["ticket"])
        return ScanCode(
            ticket,
            str(made.get("url", "")),
            f"https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket={ticket}",
            int(made.get("expire_seconds", 0)),
        )

    # ---- messages ----------------------------------------------------------------------------------------------------

    def send_customer_message(self, body: Mapping[str, Any]) -> None:
        """Answer a follower inside the window that their own act opened."""
        self.write("/cgi-bin/message/custom/send", body)

    def send_template(self, body: Mapping[str, Any]) -> str:
        """Send a service notice by template (no marketing); returns the msgid.

        A ``client_msg_id`` in the body makes a repeat harmless.
        """
        return str(self.write("/cgi-bin/message/template/send", body).get("msgid", ""))

    def send_subscribe(self, body: Mapping[str, Any]) -> str:
        """Send a notice that the follower asked for; uses up one consent. Returns the msgid, if there is one."""
        return str(self.write("/cgi-bin/message/subscribe/bizsend", body).get("msgid", ""))

    def mass_send(self, body: Mapping[str, Any]) -> str:
        """Send to many; the same ``clientmsgid`` is taken once, and gives the msg_id of the first time again."""
        path = "/cgi-bin/message/mass/send" if "touser" in body else "/cgi-bin/message/mass/sendall"
        answer = self.answer(path, body)
        if answer.get("errcode") != 45065:
            self.judge(answer)
        number = str(answer.get("msg_id") or "")
        if not number:
            raise UnknownOutcomeError("the mass send was taken before, and the platform does not say as which")
        return number

    def mass_status(self, msg_id: str) -> str:
        """Return SEND_SUCCESS, SENDING, SEND_FAIL or DELETE."""
        return str(self.read("/cgi-bin/message/mass/get", {"msg_id": msg_id}).get("msg_status", ""))

    def delete_mass(self, msg_id: str) -> None:
        """Take back a mass send, as far as it can be."""
        self.write("/cgi-bin/message/mass/delete", {"msg_id": msg_id})


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError, RetryLaterError: they are not good, or nobody can say now.
    """
    with closing(WechatMpClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        return client.check()
