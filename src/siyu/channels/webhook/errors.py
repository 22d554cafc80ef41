"""What an answer to a call out means. Pure."""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

_AGAIN: Final = timedelta(minutes=1)


def error_for(status: int) -> SiyuError:
    """Return the error of an HTTP status that is no 2xx."""
    if status in {401, 403}:
        return ConfigError(f"the address refuses the signature (HTTP {status}): compare the secret on both sides")
    if status in {408, 425, 429} or status >= 500:
        return RetryLaterError(f"the address cannot take it now (HTTP {status})", retry_after=_AGAIN)
    return PermanentError(f"the address refuses the message (HTTP {status})", code=str(status))
