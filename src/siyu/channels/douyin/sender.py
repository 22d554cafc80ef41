"""Carry messages out on Douyin: answers to people who wrote, and public answers to comments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from siyu.channels.douyin.client import DouyinClient
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import (
    BadInputError,
    ConfigError,
    PermanentError,
    RefusedError,
    RetryLaterError,
    UnknownOutcomeError,
)

#: ``private_message``: recipient is ``<scene> <open_id> <server_message_id> <conversation_short_id>``, the last two
#: only for ``im_reply_msg``. ``comment_reply``: recipient is ``<item_id> <comment_id>``. The ids hold no spaces.
ACTIONS: Final = ("private_message", "comment_reply")


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "DouyinSender":
    """Make the sender of a connected account."""
    return DouyinSender(DouyinClient(account, tokens=tokens), now_us=now_us)


class DouyinSender:
    """A ``dispatch.ports.Sender`` for Douyin."""

    def __init__(self, client: DouyinClient, *, now_us: Callable[[], int]) -> None:
        self._client, self._now_us = client, now_us

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Send one by one; Douyin has no batch.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was sent.
        """
        receipts: list[Receipt] = []
        for message in messages:
            try:
                task = self._send(message)
                receipts.append(self._receipt(message, MessageState.SENT, task))
            except (ConfigError, RetryLaterError) as error:
                if not receipts:
                    raise
                receipts.append(self._receipt(message, MessageState.READY, detail=str(error)))
            except UnknownOutcomeError as error:
                receipts.append(self._receipt(message, MessageState.UNKNOWN, detail=str(error)))
            except (BadInputError, PermanentError, RefusedError) as error:
                receipts.append(self._receipt(message, MessageState.FAILED, detail=str(error)))
        return receipts

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing: the platform does not say what became of a message whose answer was lost."""
        return ""

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:  # noqa: ARG002  the port's shape
        """Return nothing: Douyin cannot be asked; the echo (``im_send_msg``) tells what went out."""
        return []

    def _send(self, message: OutboundMessage) -> str:
        parts = message.recipient.split(" ")
        if message.action == "comment_reply" and len(parts) == 2:
            item, comment = parts
            return self._client.reply_to_comment(item, comment, message.piece.text, now_us=self._now_us())
        if message.action == "private_message" and parts[0] == "im_reply_msg" and len(parts) == 4:
            scene, person, answered, conversation = parts
        elif message.action == "private_message" and len(parts) == 2:
            (scene, person), answered, conversation = parts, "", ""
        else:
            raise BadInputError(f"{message.action} cannot go to {message.recipient[:80]!r} on Douyin")
        return self._client.send(
            person,
            _contents(message),
            scene=scene,
            message_id=answered,
            conversation=conversation,
            now_us=self._now_us(),
        )

    def _receipt(self, message: OutboundMessage, state: MessageState, task: str = "", detail: str = "") -> Receipt:
        return Receipt(message.message_id, state, task, self._now_us(), detail)


def _contents(message: OutboundMessage) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = []
    if message.piece.text:
        contents.append({"msg_type": 1, "text": {"text": message.piece.text}})
    for one in message.piece.attachments:
        if one.kind == "image" and one.media_id:
            contents.append({"msg_type": 2, "image": {"media_id": one.media_id}})
        elif one.kind == "video" and one.media_id:
            contents.append({"msg_type": 3, "video": {"item_id": one.media_id}})
        elif one.kind == "miniprogram" and one.media_id:
            card = {"card_template_id": one.media_id, "app_id": one.app_id, "path": one.page}
            contents.append({"msg_type": 10, "applet_card": card})
        else:
            raise BadInputError(
                f"a private message on Douyin cannot carry this {one.kind}", mend="a media_id is needed"
            )
    if not contents:
        raise BadInputError("there is nothing to send")
    return contents
