"""Messages on their way out, and the receipts that come back."""

from enum import StrEnum
from typing import Final

import msgspec

from siyu.content.piece import Piece

#: An action that tells an ad platform what became of its lead; it reaches no person.
TELLS_OF_LEADS: Final = "lead_feedback"


class MessageState(StrEnum):
    """Where a message stands. ``sent``, ``failed``, ``cancelled`` and ``given_up`` are the end."""

    READY = "ready"
    CLAIMED = "claimed"  # handed to the platform; if we die now, the outcome is unknown
    AWAITING = "awaiting"  # the platform has it; a staff member must confirm
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # may have happened: looked up, never repeated
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"  # tried again and again and never taken: a person may let it try once more


class OutboundMessage(msgspec.Struct, frozen=True, gc=False):
    """One message to one person.

    Attributes:
        message_id: Derived from its proposal, so a retry is the same id.
        account: The brand's account that sends.
        staff: The staff member in whose name it is sent, empty where the account itself speaks.
        recipient: The person's identifier value on that channel (``external_userid``, ``openid``, phone).
        action: What the platform calls it: ``mass_send``, ``welcome``, ``reply``, ``subscribe`` …
    """

    message_id: bytes
    channel: str
    account: str
    staff: str
    recipient: str
    action: str
    piece: Piece


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What became of one message.

    Attributes:
        task: The platform's own id of the send, by which its outcome can be asked for.
        at_us: When, on the platform's clock if it says so; microseconds since 1970 UTC.
        detail: The platform's own words or code.
        not_before_us: For ``READY``: the platform asked to be left alone until then.
    """

    message_id: bytes
    state: MessageState
    task: str
    at_us: int
    detail: str = ""
    not_before_us: int = 0
