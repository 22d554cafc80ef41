"""Doudian's codes -> error families. Pure.

Source: op.jinritemai.com/docs/guide-docs/212/1427 (codes common to the platform), as open SDKs copy it: 20000 the
platform failed, 40001 to 40004 a parameter, 50002 the business said no, 60000 over the limit; the sub code says which.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: Sub codes of a token that is not, or no longer, good: fetch a new one and try once more.
TOKEN_CODES: Final = frozenset({"isv.access-token-expired", "isv.access-token-no-existed"})
_SET_UP: Final = (
    "isv.access-token", "isv.app-", "isv.signature", "isv.invalid_ip", "isv.authorization", "dop.token", "30",
)  # fmt: skip
_BUSY: Final = {"60000": timedelta(minutes=1), "20000": timedelta(seconds=30)}


def error_for(code: str, sub_code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Doudian: {code} {message}", retry_after=_BUSY[code])
    if (sub_code or code).startswith(_SET_UP):
        return ConfigError(f"Doudian: {code} {sub_code} {message}")
    return PermanentError(f"Doudian: {message}", code=sub_code or code)
