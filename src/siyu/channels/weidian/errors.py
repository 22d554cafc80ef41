"""Weidian's codes -> error families. Pure.

Source: unofficial open clients. Only 0 (done) is sure, so every other code counts as "did not happen and will not".
"""

from siyu.kernel.errors import PermanentError, SiyuError


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    return PermanentError(f"Weidian: {message}", code=code)
