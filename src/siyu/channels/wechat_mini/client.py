"""Speak to a mini program's API. The only file of this channel that does I/O.

Source: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/, read 2026-11-22.
"""

import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from siyu.channels.wechat_client import Json, WechatCaller
from siyu.channels.wechat_mini.errors import error_for
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import BadInputError

_SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


class WechatMiniClient(WechatCaller):
    """One mini program."""

    error_for = staticmethod(error_for)

    def session(self, code: str) -> Json:
        """Exchange a log-in code (once, within 5 min): ``openid``, ``session_key`` and, if bound, ``unionid``.

        The session key is a secret of the person's session: keep it out of everything that is stored or logged.
        """
        return self.plain("/sns/jscode2session", js_code=code, grant_type="authorization_code")

    def phone(self, code: str, *, openid: str = "") -> Json:
        """Exchange the code of the phone button (once, within 5 min) for ``phone_info``; costs money for each."""
        body: Json = {"code": code, **({"openid": openid} if openid else {})}
        return self.write("/wxa/business/getuserphonenumber", body)

    def send_subscribe(self, body: Mapping[str, Any]) -> str:
        """Send a message that the person asked for; uses up one consent. Returns the msgid, if there is one."""
        return str(self.write("/cgi-bin/message/subscribe/send", body).get("msgid", ""))

    def send_customer_message(self, body: Mapping[str, Any]) -> None:
        """Answer a person inside the window that their own message opened."""
        self.write("/cgi-bin/message/custom/send", body)

    def code(self, scene: str, *, page: str = "", width: int = 430, env_version: str = "release") -> bytes:
        """Draw an unlimited code (小程序码); who scans it comes with ``scene``. Returns the picture.

        Args:
            scene: 1 to 32 characters of letters, digits and ``!#$&'()*+,/:;=?@-._~``.
            page: Without a leading slash and without a query.
        """
        if not _SCENE.fullmatch(scene):
            raise BadInputError(f"{scene!r} cannot be a code's scene", mend="1 to 32 letters, digits, signs")
        if page.startswith("/") or "?" in page:
            raise BadInputError(f"{page!r} cannot be a code's page", mend="no leading slash, no query")
        body: Json = {"scene": scene, "width": width, "env_version": env_version, "check_path": False}
        return self.image("/wxa/getwxacodeunlimit", {**body, **({"page": page} if page else {})})

    def url_link(self, path: str, query: str, *, days: int = 30) -> str:
        """Make a link that opens the mini program from outside WeChat; lives at most 30 days."""
        body: Json = {
            "path": path, "query": query, "is_expire": True, "expire_type": 1, "expire_interval": days
        }  # fmt: skip
        return str(self.write("/wxa/generate_urllink", body)["url_link"])


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:
    """Try the account's secrets at the platform; return what is good, for people.

    Raises:
        ConfigError, PermanentError, RetryLaterError: they are not good, or nobody can say now.
    """
    with closing(WechatMiniClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        return client.check()
