"""Weidian pushes are not taken: how they are signed is not known, so anybody could send one. Pure."""

from collections.abc import Mapping

from siyu.channels.callback import Callback, Opened
from siyu.kernel.errors import RefusedError


def open_callback(callback: Callback, *, account: str, secrets: Mapping[str, str], now_us: int) -> Opened:  # noqa: ARG001  the shape is the same for every channel
    """Refuse.

    Raises:
        RefusedError: always.
    """
    raise RefusedError(
        "Weidian's push has no signature that we could check", allowed="read the orders every few minutes"
    )
