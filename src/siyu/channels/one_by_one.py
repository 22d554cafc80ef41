"""Send messages one by one and say what became of each: what most senders share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import (
    BadInputError,
    ConfigError,
    PermanentError,
    RefusedError,
    RetryLaterError,
    UnknownOutcomeError,
)

_SENT: Final = MessageState.SENT


def send_one_by_one(
    messages: Sequence[OutboundMessage],
    send: Callable[[OutboundMessage], str],
    *,
    now_us: Callable[[], int],
    words: Mapping[str, str] | None = None,
    lost_task: Callable[[OutboundMessage, int], str] = lambda _message, _at_us: "",
) -> list[Receipt]:
    """Send each message; returns one receipt for each, in order.

    Args:
        send: Sends one and returns the platform's id of it.
        words: What people read in place of the platform's codes.
        lost_task: Names what to look for when the answer to a message was lost.

    Raises:
        ConfigError, RetryLaterError: at the first message, so nothing was sent. Later on they give ``READY``.
    """
    receipts: list[Receipt] = []
    for message in messages:
        at_us = now_us()
        try:
            receipts.append(Receipt(message.message_id, _SENT, send(message), now_us()))
        except (ConfigError, RetryLaterError) as error:
            if not receipts:
                raise
            wait = int(error.retry_after.total_seconds() * 1e6) if isinstance(error, RetryLaterError) else 0
            receipts.append(
                Receipt(message.message_id, MessageState.READY, "", at_us, str(error), at_us + wait if wait else 0)
            )
        except UnknownOutcomeError as error:
            task = lost_task(message, at_us)
            receipts.append(Receipt(message.message_id, MessageState.UNKNOWN, task, at_us, str(error)))
        except (BadInputError, PermanentError, RefusedError) as error:
            code = getattr(error, "code", "")
            detail = (words or {}).get(code) or str(error)
            receipts.append(Receipt(message.message_id, MessageState.FAILED, "", at_us, detail))
    return receipts
