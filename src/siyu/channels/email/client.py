"""Hand e-mails to the brand's SMTP server. The only file of this channel that does I/O."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from siyu.channels.email.errors import error_for
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import ConfigError, RetryLaterError, UnknownOutcomeError

_TIMEOUT_S = 30.0


class EmailClient:
    """One mailbox. ``account.base_url`` is ``smtps://host:465`` or, on loopback only, ``smtp://127.0.0.1:port``."""

    def __init__(self, account: Account) -> None:
        address = urlsplit(account.base_url)
        self._host, self._port = address.hostname or "", address.port or 465
        self._safe = address.scheme == "smtps"
        if not self._host or (not self._safe and self._host not in {"127.0.0.1", "localhost"}):
            raise ConfigError("an SMTP server is written smtps://host:465")
        self._user, self._password = account.secrets.get("user", ""), account.secrets.get("password", "")

    def send(self, message: EmailMessage) -> None:
        """Hand over one e-mail.

        Raises:
            ConfigError, PermanentError, RetryLaterError: it was not taken.
            UnknownOutcomeError: the connection broke while it was handed over.
        """
        with self._open() as server:
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                code, said = next(iter(error.recipients.values()))
                raise error_for(code, said.decode("utf-8", "replace")) from error
            except smtplib.SMTPResponseException as error:
                raise error_for(error.smtp_code, str(error.smtp_error)) from error
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                raise UnknownOutcomeError("the SMTP server broke off") from error

    def check(self) -> str:
        """Log in, and send nothing."""
        with self._open() as server:
            server.noop()
        return "the SMTP server lets us in"

    def _open(self) -> smtplib.SMTP:
        try:
            kind = smtplib.SMTP_SSL if self._safe else smtplib.SMTP
            server = kind(self._host, self._port, timeout=_TIMEOUT_S)
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLaterError("the SMTP server cannot be reached", retry_after=timedelta(minutes=1)) from error
        if self._user:
            try:
                server.login(self._user, self._password)
            except smtplib.SMTPException as error:
                server.close()
                raise ConfigError("the SMTP server does not take user and password") from error
        return server


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:  # noqa: ARG001  the shape of every channel
    """Log in at the server; return what is good, for people.

    Raises:
        ConfigError, RetryLaterError: it is not good, or nobody can say now.
    """
    return EmailClient(account).check()
