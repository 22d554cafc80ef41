"""What a receiver of order webhooks answers -> error families. Pure."""

from datetime import timedelta

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next; ``code`` is the HTTP status."""
    if code in {"401", "403", "404"}:
        return ConfigError(f"order webhook: HTTP {code} {message}")
    if code in {"408", "429", "503"}:
        return RetryLaterError(f"order webhook: HTTP {code} {message}", retry_after=timedelta(minutes=1))
    return PermanentError(f"order webhook: HTTP {code} {message}", code=code)
