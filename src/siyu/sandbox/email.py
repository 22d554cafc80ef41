"""A mail server, played: SMTP on loopback with a log-in, mailboxes that refuse, bounce, complain and unsubscribe."""

import logging
import re
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import format_datetime
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from starlette.routing import BaseRoute

from siyu.kernel.period import moment_of
from siyu.sandbox.courier import Parcel
from siyu.sandbox.own_loop import OwnLoop
from siyu.sandbox.played import Ears, door, shelf
from siyu.sandbox.stage import Stage

_LINK: Final = re.compile(r"<(https?://[^<>\s]+)>")
_FROM: Final = "mailer-daemon@mail.sandbox.invalid"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail in somebody's mailbox."""

    at_us: int
    to: str
    subject: str
    text: str
    message_id: str
    unsubscribe: str


class EmailSandbox:
    """One mail server with the brand's mailbox.

    Attributes:
        own_url: Where it is: SMTP does not go through the sandbox's HTTP port.
        arrived: What lies in people's mailboxes, oldest first.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, "shop@brand.sandbox.invalid"
        self._password = f"{stage.random.getrandbits(96):024x}"
        self._callback_key = f"{stage.random.getrandbits(160):040x}"
        self.own_url = ""
        self.ears = Ears(stage)
        self.arrived: list[Arrived] = []
        self._letters: dict[str, Message] = {}
        self._refuses: dict[str, int] = {}
        self._bounces: dict[str, str] = {}
        self._server = OwnLoop(self._connection)

    # ---- a server of its own -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen on a free port of loopback."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of its own future at every log-in
        self.own_url = f"smtp://127.0.0.1:{self._server.start()}"

    def stop(self) -> None:
        """Stop listening and let go of who is still connected."""
        self._server.stop()

    def _connection(self, loop: AbstractEventLoop) -> SMTP:
        return SMTP(
            _Handler(self),
            authenticator=self._authenticated,
            auth_require_tls=False,  # loopback; a real server takes passwords over TLS only
            enable_SMTPUTF8=True,
            hostname="mail.sandbox.invalid",
            loop=loop,
        )

    # ---- Platform ----------------------------------------------------------------------------------------------------

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {
            "from_address": self.account,
            "user": self.account,
            "password": self._password,
            "callback_key": self._callback_key,
        }

    def routes(self) -> Sequence[BaseRoute]:
        """Return nothing: mail goes over SMTP."""
        return []

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play people and mailboxes, and to see what arrived."""
        acts: dict[str, Callable[..., Any]] = {
            "refuse": self.refuse,
            "bounce": self.bounce,
            "complain": self.complain,
            "unsubscribe": self.unsubscribe,
            "answer": self.answer,
        }
        found: list[BaseRoute] = [door(self.stage, name, act) for name, act in acts.items()]
        return [*found, shelf(self.stage, self.at)]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"arrived": len(self.arrived), "smtp": self.own_url}

    def send_callbacks_to(self, url: str) -> None:
        """Pipe bounces, complaints and answers to ``url``, with the key behind it."""
        self.ears.url = url

    # ---- what people and mailboxes do --------------------------------------------------------------------------------

    def at(self, to: str = "") -> list[Arrived]:
        """Return what lies in one mailbox, or in all."""
        return [one for one in self.arrived if to in {"", one.to}]

    def refuse(self, address: str, *, code: int = 550) -> int:
        """Let a mailbox refuse mails at the door with a code, such as 550 (nobody) or 451 (later); 0 ends it."""
        self._refuses[address] = code
        return code

    def bounce(self, address: str, *, status: str = "5.1.1") -> str:
        """Let mails to an address be taken and come back a moment later."""
        self._bounces[address] = status
        return status

    def complain(self, message_id: str) -> bool:
        """Somebody presses "this is spam" on a mail."""
        letter = self._letters[message_id]
        report = (
            "Feedback-Type: abuse\r\nUser-Agent: sandbox/1\r\nVersion: 1\r\n"
            f"Original-Rcpt-To: <{letter['to']}>\r\nReported-Domain: sandbox.invalid\r\n"
        )
        return self._report("feedback-report", "message/feedback-report", report, letter, "message/rfc822")

    def unsubscribe(self, message_id: str) -> bool:
        """Somebody's mail program refuses for them: one click where the mail has a link for it, else by mail."""
        letter = self._letters[message_id]
        links = _LINK.findall(str(letter["list-unsubscribe"]))
        if links and letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click":
            headers = {"content-type": "application/x-www-form-urlencoded"}
            parcel = Parcel(self.stage.name, links[0], b"List-Unsubscribe=One-Click", {}, headers)
            self.stage.courier.hand_in(parcel)
            return True
        return self._mail(str(letter["to"]), f"unsubscribe-{message_id.partition('@')[0].lstrip('<')}", "")

    def answer(self, address: str, subject: str, text: str = "", *, automatic: bool = False) -> bool:
        """Somebody writes to the brand, or their mailbox answers by itself."""
        return self._mail(address, subject, text, *(("Auto-Submitted: auto-replied",) if automatic else ()))

    # ---- inside ------------------------------------------------------------------------------------------------------

    def taken(self, to: str, content: bytes) -> str:
        """Take one mail; returns what the server says."""
        with self.stage.lock:
            if self.stage.random.random() < self.stage.faults.busy:
                return "451 4.3.2 try again later"
            letter = message_from_bytes(content)
            name = str(letter["message-id"] or "")
            if to in self._bounces:
                self._comes_back(to, letter, self._bounces[to])
                return "250 2.0.0 taken"
            payload = letter.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            subject = str(make_header(decode_header(str(letter["subject"] or ""))))
            refusal = str(letter["list-unsubscribe"] or "")
            self.arrived.append(Arrived(self.stage.now_us(), to, subject, text.strip(), name, refusal))
            self._letters[name] = letter
            return "250 2.0.0 taken"

    def says_to(self, address: str) -> str:
        """Return what a mailbox says at the door; empty if it takes mails."""
        with self.stage.lock:
            code = self._refuses.get(address, 0)
        return f"{code} {'4.2.1 later' if code < 500 else '5.1.1 no such mailbox'}" if code else ""

    def _authenticated(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, auth: Any) -> AuthResult:
        wanted = LoginPassword(self.account.encode(), self._password.encode())
        return AuthResult(success=auth == wanted, handled=auth == wanted)

    def _comes_back(self, to: str, letter: Message, status: str) -> bool:
        report = (
            "Reporting-MTA: dns; mail.sandbox.invalid\r\n\r\n"
            f"Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: {status}\r\n"
        )
        return self._report("delivery-status", "message/delivery-status", report, letter, "text/rfc822-headers")

    def _report(self, kind: str, media: str, report: str, letter: Message, media_of_letter: str) -> bool:
        """Send a report (RFC 6522): words for people, words for machines, and the mail it is about."""
        headers = "".join(f"{name}: {letter[name]}\r\n" for name in ("Message-ID", "From", "To") if letter[name])
        body = (
            "--=sandbox\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAbout a mail of yours.\r\n"
            f"--=sandbox\r\nContent-Type: {media}\r\n\r\n{report}\r\n"
            f"--=sandbox\r\nContent-Type: {media_of_letter}\r\n\r\n{headers}\r\n--=sandbox--\r\n"
        )
        how = f'Content-Type: multipart/report; report-type={kind}; boundary="=sandbox"'
        return self._mail(_FROM, "Report", body, "MIME-Version: 1.0", how)

    def _mail(self, sender: str, subject: str, text: str, *headers: str) -> bool:
        date = format_datetime(moment_of(self.stage.now_us()))
        head = (f"From: <{sender}>", f"To: <{self.account}>", f"Subject: {subject}", f"Date: {date}", *headers)
        mail = "\r\n".join((*head, "", text)).encode()
        return self.ears.tell(mail, query={"key": self._callback_key}, headers={"content-type": "message/rfc822"})


class _Handler:
    """Hands what the SMTP server reads to the sandbox; the names are aiosmtpd's."""

    def __init__(self, sandbox: EmailSandbox) -> None:
        self._sandbox = sandbox

    async def handle_MAIL(  # noqa: N802  the library looks for this name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 welcome"

    async def handle_RCPT(  # noqa: N802  as above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self._sandbox.says_to(address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 known"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        return [self._sandbox.taken(to, content) for to in envelope.rcpt_tos][-1]


def build(stage: Stage) -> EmailSandbox:
    """Open the mail server of this sandbox."""
    return EmailSandbox(stage)
