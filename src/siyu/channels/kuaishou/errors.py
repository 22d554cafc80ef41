"""Kuaishou's codes -> error families. Pure.

Source: open SDKs; a code that is not listed did not happen and will not.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The access token is not, or no longer, good: renew it and try once more.
TOKEN_CODES: Final = frozenset({"100200102"})
_BUSY: Final = {"10000302": timedelta(seconds=30)}


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Kuaishou: {code} {message}", retry_after=_BUSY[code])
    if code in TOKEN_CODES:
        return ConfigError(f"Kuaishou: {code} {message}")
    return PermanentError(f"Kuaishou: {message}", code=code)
