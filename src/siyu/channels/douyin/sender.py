"""Carry messages out on Douyin: answers to people who wrote, and public answers to comments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from siyu.channels.comment_replies import look_for_replies, lost_reply
from siyu.channels.douyin.client import DouyinClient
from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.record import Record
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment import REPLY

#: ``private_message``: recipient is ``<scene> <open_id> <server_message_id> <conversation_short_id>``, the last two
#: only for ``im_reply_msg``. ``comment_reply``: the piece's ``reply_to`` is ``<item_id> <comment_id>``. The ids hold no
#: spaces.
ACTIONS: Final = ("private_message", REPLY)


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
        return send_one_by_one(messages, self._send, now_us=self._now_us, lost_task=self.lost_task)

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        """Name an answer to a comment; the platform does not say what became of a private message."""
        return lost_reply(message, claimed_at_us) if message.action == REPLY else ""

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Look for answers under their comments; of private messages the echo (``im_send_msg``) tells what went out."""
        return look_for_replies(tasks, self._ours_under, now_us=self._now_us())

    def _ours_under(self, reply_to: str) -> Iterator[tuple[str, int]]:
        item, comment = reply_to.split(" ")
        own = self._client.account.secrets["open_id"]
        for answer in self._client.comment_replies(item, comment, now_us=self._now_us()):
            for row in Record(answer).record("data").records("list"):
                if row.maybe("comment_user_id") == own:
                    yield row.maybe("content"), row.seconds("create_time")

    def _send(self, message: OutboundMessage) -> str:
        if message.action == REPLY:
            item, comment = message.piece.reply_to.split(" ")
            return self._client.reply_to_comment(item, comment, message.piece.text, now_us=self._now_us())
        parts = message.recipient.split(" ")
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
