"""Xiaohongshu's codes -> error families. Pure.

Source: an open SDK of the ad platform; the codes' meanings are not published where we could read them, so a failed call
counts as "did not happen and will not".
"""

from siyu.kernel.errors import PermanentError, SiyuError


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next."""
    return PermanentError(f"Xiaohongshu: {message}", code=code)
