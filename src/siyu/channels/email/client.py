"""Hand e-mails to the brand's SMTP server. The only file of this channel that does I/O."""

import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from siyu.channels.email.errors import error_for
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import ConfigError, RetryLaterError, UnknownOutcomeError

_TIMEOUT_S: Final = 30.0
_PORTS: Final = {"smtps": 465, "starttls": 587, "smtp": 25}


class EmailClient:
    """One mailbox.

    Args:
        account: ``base_url`` is ``smtps://host:465`` (safe from the first byte), ``starttls://host:587`` (safe before
            the password) or, on loopback only, ``smtp://127.0.0.1:port``.
        context: Whom to trust; the machine's own list if none is given.

    Raises:
        ConfigError: the address is none of these: passwords and people's addresses do not travel in the open.
    """

    def __init__(self, account: Account, *, context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(account.base_url)
        try:
            self._host, self._port = address.hostname or "", address.port or _PORTS.get(address.scheme, 0)
        except ValueError as error:
            raise ConfigError("the SMTP server's port is no number") from error
        self._how = address.scheme
        is_open = self._how == "smtp" and self._host in {"127.0.0.1", "localhost"}
        if not self._host or not (is_open or self._how in {"smtps", "starttls"}):
            raise ConfigError("an SMTP server is written smtps://host:465 or starttls://host:587")
        self._context = context or (None if is_open else ssl.create_default_context())
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
            if self._how == "smtps":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=_TIMEOUT_S, context=self._context
                )
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_S)
                if self._how == "starttls":
                    server.starttls(context=self._context)
        except ssl.SSLError as error:
            raise ConfigError(f"the SMTP server cannot prove who it is ({error.reason})") from error
        except smtplib.SMTPNotSupportedError as error:
            raise ConfigError("the SMTP server offers no STARTTLS: use smtps://host:465") from error
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLaterError("the SMTP server cannot be reached", retry_after=timedelta(minutes=1)) from error
        if self._user:
            try:
                server.login(self._user, self._password)
            except smtplib.SMTPServerDisconnected as error:
                raise RetryLaterError("the SMTP server broke off", retry_after=timedelta(minutes=1)) from error
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
