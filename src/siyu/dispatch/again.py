"""Try again (重试): how long a message that was not taken waits, and when nobody should try any more. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from siyu.dispatch.message import MessageState, Receipt
from siyu.kernel.ids import share_of
from siyu.kernel.period import HOUR, MINUTE

#: The first wait; each one after it is twice as long, up to the longest.
FIRST_WAIT: Final = MINUTE
LONGEST_WAIT: Final = 6 * HOUR
#: After so many tries, about a day, a person has to look.
MOST_TRIES: Final = 12


def wait_us(tries: int, together: str) -> int:
    """Return how long to wait after so many tries, in microseconds: between half the wait and one and a half.

    Args:
        together: What comes back at the same moment: a message by itself, or all that go out in one request.
    """
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(tries - 1, 30)) if tries > 0 else FIRST_WAIT
    return wait // 2 + int(wait * share_of("again", together, str(tries)))


def put_off(receipts: Sequence[Receipt], tries: Mapping[bytes, tuple[int, str]], *, now_us: int) -> list[Receipt]:
    """Let what was not taken wait, longer each time, and give it up in the end; other receipts stay as they are.

    Args:
        tries: How often each message was tried, and what it comes back together with (:func:`wait_us`).
    """
    return [_later(one, *tries[one.message_id], now_us) if one.state is MessageState.READY else one for one in receipts]


def _later(one: Receipt, tries: int, together: str, now_us: int) -> Receipt:
    if tries >= MOST_TRIES:
        return msgspec.structs.replace(
            one, state=MessageState.GIVEN_UP, detail=f"not taken in {tries} tries: {one.detail}", not_before_us=0
        )
    return msgspec.structs.replace(one, not_before_us=max(one.not_before_us, now_us + wait_us(tries, together)))
