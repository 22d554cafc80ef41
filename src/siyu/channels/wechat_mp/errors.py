"""What the platform's codes mean for us. Pure; the table is ``channels/wechat_errors.py``."""

from siyu.channels.wechat_errors import wechat_error
from siyu.kernel.errors import SiyuError


def error_for(code: str, said: str) -> SiyuError:
    """Return the error that a code stands for."""
    return wechat_error("WeChat official account", code, said)
