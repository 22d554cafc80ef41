"""Ocean Engine's codes -> error families. Pure.

Source: general knowledge of open.oceanengine.com's return codes, not read again on its page: 40100 over the frequency,
40102 to 40107 token and right, 50000 the platform itself. A code that is not listed did not happen and will not.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The access token is not, or no longer, good: renew it and try once more.
TOKEN_CODES: Final = frozenset({"40102", "40104", "40105"})
_SET_UP: Final = frozenset({"40002", "40103", "40107"})
_BUSY: Final = {"40100": timedelta(seconds=10), "50000": timedelta(seconds=30)}


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Ocean Engine: {code} {message}", retry_after=_BUSY[code])
    if code in TOKEN_CODES or code in _SET_UP:
        return ConfigError(f"Ocean Engine: {code} {message}")
    return PermanentError(f"Ocean Engine: {message}", code=code)
