"""What dispatch needs from outside."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.touchpoints.touch import Identifier, Touch


class Sender(Protocol):
    """Carries messages out through the official API of one channel."""

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Hand over messages of one account; group them as the platform allows.

        Returns one receipt for each message, in order: ``AWAITING``, ``SENT``, ``FAILED``, ``UNKNOWN`` when the
        answer was lost, or ``READY`` when it surely did not happen and may be tried again later.

        Raises:
            ConfigError: the account's credentials do not work; nothing was sent.
            RetryLaterError: nothing was sent; try again after ``retry_after``.
        """
        ...

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Ask the platform what became of sends.

        Args:
            tasks: message id -> (task, staff, recipient) as handed over.

        Returns a receipt for each whose state is known by now.
        """
        ...

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        """Name what :meth:`look_up` should look for when we died between claiming and keeping the receipt.

        Empty when the platform cannot be asked: the message then stays unknown until a person settles it.
        """
        ...


@runtime_checkable
class Successor(Protocol):
    """A sender whose platform hands the customers of one staff member to another by itself (客户继承)."""

    def hand_over(self, recipients: Sequence[str], *, giver: str, taker: str, left: bool) -> dict[str, str]:
        """Ask for it; return recipient -> why it cannot be, empty where it begins.

        Args:
            left: The giver has left the company already.

        Raises:
            PermanentError, ConfigError, RetryLaterError, UnknownOutcomeError: as any call.
        """
        ...

    def handed_over(self, *, giver: str, taker: str, left: bool) -> dict[str, str]:
        """Return how far it is: recipient -> ``done``, ``waiting``, ``refused``, ``new_owner_full``, ``no_record``."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A sender whose platform tells what else went out through it, whoever sent that."""

    def witnessed(self, *, since_us: int, ours: Collection[str]) -> Iterator[Touch]:
        """Yield what reached people past us: ``MESSAGE_OUT`` with its ``action`` and, as ``about``, its task.

        Args:
            since_us: Tasks made before are left out, however late they were confirmed.
            ours: Tasks that we made.

        Raises:
            ConfigError, PermanentError, RetryLaterError: as any call; asking again is harmless.
        """
        ...


@runtime_checkable
class Grouped(Protocol):
    """A sender whose platform has customer groups (客户群), and takes messages to them."""

    def customer_groups(self) -> Iterator[tuple[Identifier, str]]:
        """Yield each group and the staff member who owns it.

        Raises:
            ConfigError, PermanentError, RetryLaterError: as any call; asking again is harmless.
        """
        ...


@runtime_checkable
class Reminder(Protocol):
    """A sender whose hand-overs wait for a staff member, who can be reminded, and from whom they can be taken back."""

    def remind(self, task: str) -> None:
        """Remind the staff of a task.

        Raises:
            PermanentError: the platform takes no more reminders for it.
            RetryLaterError, UnknownOutcomeError: as any call.
        """
        ...

    def cancel(self, task: str) -> None:
        """Take back what is not confirmed yet.

        Raises:
            PermanentError, RetryLaterError, UnknownOutcomeError: as any call.
        """
        ...
