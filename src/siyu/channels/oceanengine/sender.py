"""Tell Ocean Engine what became of its leads: its own number of the lead and a step, nothing of the person."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from siyu.channels.oceanengine.client import CONFIRMED, FRIEND_ADDED, OceanEngineClient
from siyu.channels.one_by_one import send_one_by_one
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import TELLS_OF_LEADS, OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError, UnknownOutcomeError

#: What the platform calls our steps: 194 confirmed, 195 friend added.
_STATES: Final = {"added": FRIEND_ADDED, "bought": CONFIRMED}


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "OceanEngineSender":
    """Make the sender of a connected account."""
    return OceanEngineSender(OceanEngineClient(account, tokens=tokens), now_us=now_us)


class OceanEngineSender:
    """A ``dispatch.ports.Sender`` for Ocean Engine; a piece's ``reply_to`` is ``<lead number> <step>``."""

    def __init__(self, client: OceanEngineClient, *, now_us: Callable[[], int]) -> None:
        self._client, self._now_us = client, now_us

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Tell of one lead after the other.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was told.
        """
        return send_one_by_one(messages, self._send, now_us=self._now_us)

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing: the platform does not say what it was told."""
        return ""

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:  # noqa: ARG002  the port's shape
        """Return nothing: the platform does not say what it was told."""
        return []

    def _send(self, message: OutboundMessage) -> str:
        lead_no, _, step = message.piece.reply_to.partition(" ")
        if message.action != TELLS_OF_LEADS or step not in _STATES:
            raise BadInputError(f"Ocean Engine cannot be told {step or message.action!r}")
        try:
            self._client.say_of_lead(lead_no, _STATES[step], now_us=self._now_us())
        except (
            UnknownOutcomeError
        ):  # a lead is in a state, it does not add up: saying the same once more changes nothing
            self._client.say_of_lead(lead_no, _STATES[step], now_us=self._now_us())
        return lead_no
