"""Carry messages out through a mini program: subscribe messages by consent, answers in their window."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.wechat_errors import WORDS
from siyu.channels.wechat_message import customer_message, template_message
from siyu.channels.wechat_mini.client import WechatMiniClient
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError

#: The recipient is always an openid of the mini program.
ACTIONS: Final = ("subscribe_message", "customer_message")


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "WechatMiniSender":
    """Make the sender of a connected account."""
    return WechatMiniSender(WechatMiniClient(account, tokens=tokens, now_us=now_us))


class WechatMiniSender:
    """A ``dispatch.ports.Sender`` for a mini program."""

    def __init__(self, client: WechatMiniClient) -> None:
        self.client = client

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Send one by one; there is no batch.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was sent.
        """
        return send_one_by_one(messages, self._send, now_us=self.client.now_us, words=WORDS)

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:  # noqa: ARG002  the port's shape
        """Return nothing: it cannot be asked; ``subscribe_msg_sent_event`` tells what went out."""
        return []

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing: the platform does not say what became of a message whose answer was lost."""
        return ""

    def _send(self, message: OutboundMessage) -> str:
        if message.action == "subscribe_message":
            return self.client.send_subscribe(template_message(message.recipient, message.piece))
        if message.action == "customer_message":
            for body in customer_message(message.recipient, message.piece):
                self.client.send_customer_message(body)
            return ""
        raise BadInputError(f"a mini program has no action {message.action!r}")
