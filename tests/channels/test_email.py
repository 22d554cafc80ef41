"""E-mail, against an SMTP server on loopback."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from siyu.channels.email.sender import EmailSender, open_sender
from siyu.channels.tokens import MemoryTokens
from siyu.content.piece import Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import ConfigError


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
