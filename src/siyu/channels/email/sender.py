"""Carry messages out by e-mail: the first line of a piece's text is the subject, and every one says how to refuse."""

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from urllib.parse import quote

from siyu.channels.email.client import EmailClient
from siyu.channels.email.unsubscribe import Refuser, mark_of
from siyu.channels.one_by_one import send_one_by_one
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError

#: The recipient is an e-mail address.
ACTIONS: Final = ("email",)
#: A folded List-Unsubscribe is not understood by every mail program.
_UNFOLDED: Final = SMTP.clone(max_line_length=900)


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "EmailSender":  # noqa: ARG001  the shape of every channel
    """Make the sender of a connected mailbox."""
    return EmailSender(EmailClient(account), account, now_us=now_us)


class EmailSender:
    """A ``dispatch.ports.Sender`` for e-mail."""

    def __init__(self, client: EmailClient, account: Account, *, now_us: Callable[[], int]) -> None:
        self._client, self._now_us = client, now_us
        self._from = account.secrets.get("from_address", "")
        self._unsubscribe = account.secrets.get("unsubscribe_address", "") or self._from
        address, self._key = account.secrets.get("public_url", "").rstrip("/"), account.secrets.get("callback_key", "")
        self._link = f"{address}/callbacks/email/{quote(account.account)}" if address and self._key else ""

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Send one by one.

        Raises:
            ConfigError, RetryLaterError: at the first message: nothing was sent.
        """
        return send_one_by_one(messages, self._send, now_us=self._now_us)

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:  # noqa: ARG002  the port's shape
        """Return nothing: an SMTP server cannot be asked."""
        return []

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing, as above."""
        return ""

    def _send(self, message: OutboundMessage) -> str:
        subject, _, text = message.piece.text.partition("\n")
        if message.action != "email" or not subject.strip() or message.recipient.count("@") != 1:
            raise BadInputError("an e-mail needs an address and a first line as its subject")
        name = message.message_id.hex()
        letter = EmailMessage(policy=_UNFOLDED)
        try:
            letter["From"], letter["To"], letter["Subject"] = self._from, message.recipient, subject.strip()
            letter["Message-ID"] = f"<{name}@{self._from.rpartition('@')[2]}>"
            by_mail = f"<mailto:{self._unsubscribe}?subject=unsubscribe-{name}>"
            if self._link:
                mark = mark_of(Refuser(message.recipient, name), key=self._key)
                letter["List-Unsubscribe"] = f"<{self._link}?m={mark}>, {by_mail}"
                letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            else:
                letter["List-Unsubscribe"] = by_mail
        except ValueError as error:
            raise BadInputError("the address or the subject cannot stand in an e-mail") from error
        letter.set_content(text.strip() or subject.strip())
        self._client.send(letter)
        return name
