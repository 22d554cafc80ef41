"""E-mail, against an SMTP server on loopback."""

import asyncio
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from siyu.app.clock import RealClock
from siyu.channels.email.client import EmailClient
from siyu.channels.email.sender import EmailSender, open_sender
from siyu.channels.tokens import MemoryTokens
from siyu.content.piece import Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import moment_of
from siyu.sandbox.own_loop import OwnLoop


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as a sender needs; 550 for nobody@, breaks off on the data of lost@."""

    def handle(self) -> None:
        self.wfile.write(b"220 hello\r\n")
        to = ""
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.decode()
                self.wfile.write(b"550 nobody\r\n" if "nobody@" in to else b"250 ok\r\n")
            elif word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                if "lost@" in to:
                    return
                self.server.kept.append(text.decode())  # type: ignore[attr-defined]  # the test's own list
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def post() -> Iterator[tuple[EmailSender, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        kept: list[str] = []
        server.kept = kept  # type: ignore[attr-defined]  # as above
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        url = f"smtp://127.0.0.1:{server.server_address[1]}"
        account = Account("email", "a", url, {"from_address": "shop@example.com"})
        yield open_sender(account, tokens=MemoryTokens(), now_us=lambda: 1), kept
        server.shutdown()
        thread.join()


def message(to: str) -> OutboundMessage:
    piece = Piece(content_id="c", text="New teas\nThe spring teas are here.")
    return OutboundMessage(bytes(16), "email", "a", "", to, "email", piece)


def test_an_e_mail_arrives_and_says_how_to_refuse(post: tuple[EmailSender, list[str]]) -> None:
    sender, kept = post
    receipts = sender.send([message(to) for to in ("ann@example.com", "nobody@example.com", "lost@example.com")])
    assert [one.state for one in receipts] == [MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN]
    assert "Subject: New teas" in kept[0]
    assert "List-Unsubscribe: <mailto:shop@example.com?subject=unsubscribe-" in kept[0]
    assert "The spring teas are here." in kept[0]


def test_a_subject_cannot_smuggle_headers_in_and_passwords_do_not_travel_in_the_open(
    post: tuple[EmailSender, list[str]],
) -> None:
    sender, kept = post
    (receipt,) = sender.send([message("ann@example.com\r\nBcc: eve@example.com")])
    assert (receipt.state, kept) == (MessageState.FAILED, [])
    with pytest.raises(ConfigError):
        open_sender(Account("email", "a", "smtp://mail.example.com", {}), tokens=MemoryTokens(), now_us=lambda: 1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine that nobody signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = moment_of(RealClock().now_us())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


class Taking:
    """Takes every mail."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        self.taken.append(envelope)
        return "250 taken"


@contextmanager
def safe_server(certificate: tuple[Path, Path], how: str) -> Iterator[tuple[str, Taking]]:
    """An SMTP server with a log-in that speaks TLS: from the first byte (smtps), or when asked (starttls)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    handler = Taking()

    def right(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"shop", b"secret"), handled=False)

    def new(loop: asyncio.AbstractEventLoop) -> SMTP:
        more = {"tls_context": context, "require_starttls": True} if how == "starttls" else {"auth_require_tls": False}
        return SMTP(handler, authenticator=right, hostname="localhost", loop=loop, **more)

    server = OwnLoop(new, context=context if how == "smtps" else None)
    try:
        yield f"{how}://localhost:{server.start()}", handler
    finally:
        server.stop()


@pytest.mark.parametrize("how", ["smtps", "starttls"])
def test_a_server_is_believed_by_its_certificate_alone_and_logged_in_to(
    certificate: tuple[Path, Path], how: str
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with safe_server(certificate, how) as (url, handler):
        secrets = {"from_address": "shop@example.com", "user": "shop", "password": "secret"}
        account = Account("email", "a", url, secrets)
        assert "lets us in" in EmailClient(account, context=trusting).check()
        sender = EmailSender(EmailClient(account, context=trusting), account, now_us=lambda: 1)
        assert sender.send([message("ann@example.com")])[0].state is MessageState.SENT
        assert [one.rcpt_tos for one in handler.taken] == [["ann@example.com"]]
        with pytest.raises(ConfigError, match="prove"):
            EmailClient(account).check()  # nobody whom we trust signed it
        wrong = Account("email", "a", url, {**secrets, "password": "guessed"})
        with pytest.raises(ConfigError, match="password"):
            EmailClient(wrong, context=trusting).check()


def test_a_password_is_not_said_to_a_server_that_speaks_in_the_open_only(certificate: tuple[Path, Path]) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        account = Account(
            "email", "a", f"starttls://localhost:{server.server_address[1]}", {"user": "u", "password": "p"}
        )
        with pytest.raises(ConfigError, match="STARTTLS"):
            EmailClient(account, context=ssl.create_default_context(cafile=str(certificate[0]))).check()
        server.shutdown()
        thread.join()
