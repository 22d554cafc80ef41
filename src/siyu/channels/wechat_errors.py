"""What the codes of ``api.weixin.qq.com`` mean for us: by code, never by text. Pure.

Source: https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html, read 2026-11-22.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The token is not, or no longer, good: fetch a new one and try once more.
TOKEN_CODES: Final = frozenset({"40001", "40014", "42001"})
_SET_UP: Final = {
    "40001": "the secret is wrong, or another program fetched a token",
    "40013": "the app id is wrong",
    "40125": "the app secret is wrong",
    "40164": "this machine's address is not on the account's list of IPs",
    "41002": "the app id is missing",
    "41004": "the app secret is missing",
    "48001": "the account may not use this API: it may not be verified",
    "48004": "the platform has closed this API for the account",
    "61004": "this machine's address is not on the account's list of IPs",
}
_LATER: Final = {
    "-1": timedelta(seconds=5),
    "40014": timedelta(seconds=30),
    "42001": timedelta(seconds=30),
    "45009": timedelta(hours=1),
    "45011": timedelta(minutes=1),
    "45066": timedelta(minutes=1),
}
#: What people read in place of a code.
WORDS: Final = {
    "40003": "not_a_follower",
    "43004": "not_a_follower",
    "50005": "not_a_follower",
    "43019": "no_consent",
    "43101": "no_consent",
    "48002": "no_consent",
    "45015": "window_closed",
    "45047": "too_many_in_the_window",
    "47003": "template_data_wrong",
    "40037": "template_wrong",
}


def wechat_error(name: str, code: str, said: str) -> SiyuError:
    """Return the error that says what to do next.

    Args:
        name: The platform, for people.
        said: The platform's own words; shown, never judged by.
    """
    what = f"{name}: {code} {said}".strip()
    if code in _SET_UP:
        return ConfigError(f"{what}; {_SET_UP[code]}")
    if code in _LATER:
        return RetryLaterError(what, retry_after=_LATER[code])
    return PermanentError(what, code=code)
