"""Carry messages out to an address of the brand, which brings them to people by its own means."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.webhook.client import WebhookClient
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError

#: The recipient is whatever name the receiver knows the person by.
ACTIONS: Final = ("webhook",)


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "WebhookSender":  # noqa: ARG001  the shape of every channel
    """Make the sender of a connected address."""
    return WebhookSender(WebhookClient(account, now_us=now_us))


class WebhookSender:
    """A ``dispatch.ports.Sender`` for an address."""

    def __init__(self, client: WebhookClient) -> None:
        self.client = client

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Call once for each message; what was not taken is ``READY`` again.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was taken.
        """
        return send_one_by_one(messages, self._send, now_us=self.client.now_us)

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:  # noqa: ARG002  the port's shape
        """Return nothing: a call that was not answered is made again, and taken once."""
        return []

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing, as above."""
        return ""

    def _send(self, message: OutboundMessage) -> str:
        if message.action != "webhook":
            raise BadInputError(f"an address has no action {message.action!r}")
        name = message.message_id.hex()
        piece = msgspec.to_builtins(message.piece)
        self.client.call(name, {"type": "message", "id": name, "to": message.recipient, "piece": piece})
        return name
