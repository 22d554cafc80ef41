"""What WeCom's codes mean for us: by code, never by text. Pure.

Source: https://developer.work.weixin.qq.com/document/path/90313, read 2026-11-22.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The token is bad or has ended: fetch a new one and try once more.
TOKEN_ENDED: Final = frozenset({40014, 42001})
#: The relation between staff and customer is over (or never was): write it down as ended.
NO_RELATION: Final = frozenset({40096, 84061, 84084})
#: The mass-send task was cancelled.
CANCELLED: Final = 41093

_CONFIG: Final = {
    40001: "the secret is wrong: copy it again from the admin console",
    40013: "the corp id is wrong: copy it again from the admin console",
    48001: "this app may not call that API: add it to the callable apps of customer contact",
    48002: "this app may not call that API: add it to the callable apps of customer contact",
    60020: "this machine's address is not on the app's list of trusted IPs: add it in the admin console",
    301002: "this app has no permission on it: widen its visible range in the admin console",
}
_LATER: Final = {
    -1: timedelta(seconds=5),
    40014: timedelta(seconds=30),
    42001: timedelta(seconds=30),
    41062: timedelta(minutes=1),
    41063: timedelta(minutes=1),
    41096: timedelta(seconds=1),
    45009: timedelta(seconds=60),
    45033: timedelta(seconds=1),
}


def error_of(code: int, said: str, *, call: str) -> SiyuError:
    """Return the error that a code stands for.

    Args:
        said: The platform's own words; shown, never judged by.
        call: Which API answered it.
    """
    what = f"{call}: {code} {said}".strip()
    if code in _CONFIG:
        return ConfigError(f"{what}; {_CONFIG[code]}")
    if code in _LATER:
        return RetryLaterError(what, retry_after=_LATER[code])
    return PermanentError(what, code=str(code))
