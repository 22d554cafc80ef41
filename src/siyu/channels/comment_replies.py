"""Answers to comments whose own answer was lost: look for our words under the comment, never say them twice."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Final

from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.period import MINUTE

_TASK: Final = "comment_reply"
#: What is not to be seen so long afterwards was not said, or is held back by the platform; a person decides then.
_SHOWS_WITHIN: Final = 30 * MINUTE
#: Clocks of two machines differ by less than this.
_APART: Final = MINUTE


def lost_reply(message: OutboundMessage, at_us: int) -> str:
    """Name what to look for when the answer to a reply was lost: when, which words, under which comment."""
    return f"{_TASK} {at_us} {_fingerprint(message.piece.text)} {message.piece.reply_to}"


def look_for_replies(
    tasks: Mapping[bytes, tuple[str, str, str]],
    ours_under: Callable[[str], Iterable[tuple[str, int]]],
    *,
    now_us: int,
) -> list[Receipt]:
    """Look for the replies among what a sender is asked to look up; other tasks are passed over.

    Args:
        ours_under: Our own words under a comment, and when they were said (microseconds), by its ``reply_to``.
    """
    receipts = []
    for message_id, (task, _staff, _recipient) in tasks.items():
        kind, _, named = task.partition(" ")
        if kind != _TASK:
            continue
        at_text, words, reply_to = named.split(" ", 2)
        at_us = int(at_text)
        said = [at for text, at in ours_under(reply_to) if _fingerprint(text) == words and at >= at_us - _APART]
        if said:
            receipts.append(Receipt(message_id, MessageState.SENT, task, min(said)))
        elif now_us >= at_us + _SHOWS_WITHIN:
            why = "it does not stand under the comment"
            receipts.append(Receipt(message_id, MessageState.FAILED, task, now_us, why))
    return receipts


def _fingerprint(words: str) -> str:
    return sha256(words.strip().encode()).hexdigest()[:24]
