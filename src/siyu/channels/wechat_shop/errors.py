"""Weixin shop's codes -> error families. Pure.

Source: developers.weixin.qq.com, global return codes; ``checked_on`` as in the manifest.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

#: The token is not, or no longer, good: fetch a new one and try once more.
TOKEN_CODES: Final = frozenset({"40001", "40014", "42001"})
_BUSY: Final = {"-1": timedelta(seconds=5), "45009": timedelta(hours=1), "45011": timedelta(minutes=1)}
_SET_UP: Final = frozenset({"40013", "40125", "40164", "41002", "41004", "48001", "61004"})


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Weixin shop: {code} {message}", retry_after=_BUSY[code])
    if code in _SET_UP or code in TOKEN_CODES:
        return ConfigError(f"Weixin shop: {code} {message}")
    return PermanentError(f"Weixin shop: {message}", code=code)
