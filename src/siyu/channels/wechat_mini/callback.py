"""Open a push, or the check of the address. Pure; the work is done by ``channels/wechat_push.py``."""

from collections.abc import Mapping

from siyu.channels.callback import Callback, Opened
from siyu.channels.wechat_push import open_push


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:
    """Check and decrypt one push. ``account`` is the app id.

    Raises:
        BadInputError, ConfigError: as :func:`siyu.channels.wechat_push.open_push`.
    """
    return open_push(callback, channel="wechat_mini", account=account, secrets=secrets, now_us=now_us)
