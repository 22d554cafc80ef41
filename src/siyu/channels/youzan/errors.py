"""Youzan's codes -> error families. Pure. Source: mirror of doc.youzanyun.com, common codes."""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The token is not, or no longer, good: fetch a new one and try once more.
TOKEN_CODES: Final = frozenset({"10003"})
_SET_UP: Final = frozenset({"10004"})
_BUSY: Final = {"20001": timedelta(minutes=1), "20002": timedelta(hours=1)}


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Youzan: {code} {message}", retry_after=_BUSY[code])
    if code in TOKEN_CODES or code in _SET_UP:
        return ConfigError(f"Youzan: {code} {message}")
    return PermanentError(f"Youzan: {message}", code=code)
