"""Douyin's codes -> error families. Pure.

Source: developer.open-douyin.com, common error codes; those of private messages are from one third-party map, see the
manifest. A code that is not listed did not happen and will not.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RefusedError, RetryLaterError, SiyuError

#: The access token is not, or no longer, good: renew it and try once more.
TOKEN_CODES: Final = frozenset({"28001008", "2190002", "2190008"})
_BUSY: Final = {
    "28001005": timedelta(seconds=30),  # system busy
    "28001006": timedelta(seconds=30),  # network
    "28003017": timedelta(hours=24),  # quota
    "2190001": timedelta(hours=24),  # quota used up
    "28003070": timedelta(minutes=1),  # over the frequency
    "28003018": timedelta(minutes=1),  # over the frequency
}
_SET_UP: Final = frozenset({"28001012", "28001014", "28001015", "28001018", "2190015"})
_WINDOW: Final = frozenset({"28003080", "28003081", "28003082"})


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    if code in _BUSY:
        return RetryLaterError(f"Douyin: {code} {message}", retry_after=_BUSY[code])
    if code in TOKEN_CODES or code in _SET_UP:
        return ConfigError(f"Douyin: {code} {message}")
    if code in _WINDOW:
        return RefusedError(
            f"Douyin: {code} {message}: the window to write to this person is over",
            allowed="an answer within 24 hours after the person wrote",
        )
    return PermanentError(f"Douyin: {message}", code=code)
