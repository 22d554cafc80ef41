"""Carry answers to comments under own advertised videos out on Kuaishou."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from siyu.channels.comment_replies import look_for_replies, lost_reply
from siyu.channels.kuaishou.client import KuaishouClient
from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.record import Record
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.comment import REPLY


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "KuaishouSender":
    """Make the sender of a connected account."""
    return KuaishouSender(KuaishouClient(account, tokens=tokens), now_us=now_us)


class KuaishouSender:
    """A ``dispatch.ports.Sender`` for Kuaishou; ``reply_to`` is ``<photo_id> <photo_author_id> <comment_id>``."""

    def __init__(self, client: KuaishouClient, *, now_us: Callable[[], int]) -> None:
        self._client, self._now_us = client, now_us

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Answer comment by comment: each has its own words.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was sent.
        """
        return send_one_by_one(messages, self._send, now_us=self._now_us, lost_task=self.lost_task)

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        """Name the answer and its comment."""
        return lost_reply(message, claimed_at_us)

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Look for answers under their comments."""
        return look_for_replies(tasks, self._ours_under, now_us=self._now_us())

    def _ours_under(self, reply_to: str) -> Iterator[tuple[str, int]]:
        _photo, author, comment = reply_to.split(" ")
        for row in map(Record, self._client.comment_tree(int(comment), now_us=self._now_us())):
            if row.maybe("comment_author_id") == author:
                yield row.maybe("comment_content"), row.millis("post_time")

    def _send(self, message: OutboundMessage) -> str:
        if message.action != REPLY:
            raise BadInputError(f"Kuaishou has no API for {message.action}")
        photo, author, comment = (int(part) for part in message.piece.reply_to.split(" "))
        row = {
            "comment_id": comment,
            "photo_id": photo,
            "photo_author_id": author,
            "comment_author_id": int(message.recipient),
        }
        self._client.reply_to_comment(row, message.piece.text, now_us=self._now_us())
        return ""
