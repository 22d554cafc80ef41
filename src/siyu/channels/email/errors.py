"""What the replies of an SMTP server mean for us. Pure. Source: RFC 5321, section 4.2."""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

_LATER: Final = timedelta(minutes=15)
_SET_UP: Final = frozenset({530, 534, 535, 538})


def error_for(code: int, said: str) -> SiyuError:
    """Return the error of a reply that is no success: 4xx passes, 5xx stays."""
    what = f"e-mail: {code} {said}".strip()[:300]
    if code in _SET_UP:
        return ConfigError(what)
    if 400 <= code < 500:
        return RetryLaterError(what, retry_after=_LATER)
    return PermanentError(what, code=str(code))
