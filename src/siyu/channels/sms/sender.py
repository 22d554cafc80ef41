"""Carry messages out by SMS: a template that the cloud has approved, its slots filled by the piece's text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.record import phone_of
from siyu.channels.sms.client import SmsClient
from siyu.channels.sms.errors import WORDS
from siyu.channels.wechat_message import slots
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import MINUTE, SECOND

#: The recipient is a mobile number.
ACTIONS: Final = ("sms",)
_LOST: Final = "lost:"
_GIVE_UP_AFTER_US: Final = 10 * MINUTE


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "SmsSender":  # noqa: ARG001  the shape of every channel
    """Make the sender of a connected account."""
    return SmsSender(SmsClient(account, now_us=now_us))


class SmsSender:
    """A ``dispatch.ports.Sender`` for SMS."""

    def __init__(self, client: SmsClient) -> None:
        self.client = client

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Send one by one, each with our own id.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was sent.
        """
        return send_one_by_one(messages, self._send, now_us=self.client.now_us, words=WORDS, lost_task=self.lost_task)

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Ask Aliyun about messages whose answer was lost: what it does not list ten minutes later never left."""
        receipts: list[Receipt] = []
        for message_id, (task, _, recipient) in tasks.items():
            if not task.startswith(_LOST):
                continue
            at_us, now_us = int(task.removeprefix(_LOST)) * SECOND, self.client.now_us()
            found = self.client.find(phone_of(recipient), at_us=at_us, out_id=message_id.hex())
            if found is not None:
                state = MessageState.FAILED if found.get("SendStatus") == 2 else MessageState.SENT
                receipts.append(Receipt(message_id, state, "", now_us, str(found.get("ErrCode", ""))))
            elif now_us > at_us + _GIVE_UP_AFTER_US:
                receipts.append(Receipt(message_id, MessageState.READY, "", now_us, "the cloud lists no such message"))
        return receipts

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Name a message by when it left; Tencent cannot be asked by our own id, so there it stays unknown."""
        return f"{_LOST}{claimed_at_us // SECOND}" if self.client.provider == "aliyun" else ""

    def _send(self, message: OutboundMessage) -> str:
        template = next((one.media_id for one in message.piece.attachments if one.kind == "template"), "")
        phone = phone_of(message.recipient)
        if message.action != "sms" or not template or not phone:
            raise BadInputError("an SMS needs a mobile number and an attachment of kind template")
        filled = {name: str(one["value"]) for name, one in slots(message.piece.text).items()}
        return self.client.send(phone, template, filled, out_id=message.message_id.hex())
