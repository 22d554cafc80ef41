"""A mail that really left is refused by one click at a running server, bounced, and complained about."""

import re
import signal
import sqlite3
from pathlib import Path

import httpx

from app.api_served import Served
from siyu.app.channels.connect import account_of_sandbox, connect
from siyu.app.workspace import open_workspace
from siyu.channels.email.sender import open_sender
from siyu.channels.tokens import MemoryTokens
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.sandbox.sandbox import Sandbox


def test_one_click_withdraws_and_a_link_scanner_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Sandbox(seed=4, platforms=("email",)) as sandbox:
        mails = sandbox.platform("email")
        open_workspace(folder, create=True).close()
        server = Served(folder).start()
        try:
            workspace = open_workspace(folder)
            account = account_of_sandbox(sandbox.url, "email", callbacks_at=server.url)
            connect(workspace, account)
            workspace.close()
            piece = Piece(content_id="c", text="春茶到店\n欢迎来店里喝一杯。")
            letter = OutboundMessage(bytes(16), "email", account.account, "", "ann@example.com", "email", piece)
            (receipt,) = open_sender(account, tokens=MemoryTokens(), now_us=lambda: 1).send([letter])
            assert receipt.state is MessageState.SENT
            found = re.search(r"<(http[^>]+)>", mails.arrived[0].unsubscribe)
            assert found
            with httpx.Client(trust_env=False) as http:
                asked = http.get(found[1])  # a scanner looks at every link: nothing happens, a person sees a button
                assert asked.headers["content-type"].startswith("text/html")
                assert "One-Click" in asked.text
                assert consents(folder) == []
                form = {"List-Unsubscribe": (None, "One-Click")}
                assert http.post(found[1], files=form).status_code == 200  # a form of several parts is as good
                assert consents(folder) == [("email", 0)]
                assert http.post(found[1] + "x", data={"List-Unsubscribe": "One-Click"}).status_code == 400
            mails.unsubscribe(mails.arrived[0].message_id)
            mails.complain(mails.arrived[0].message_id)
            assert sandbox.settle()
            assert set(consents(folder)) == {("email", 0)}
        finally:
            server.stop(signal.SIGTERM)


def consents(folder: Path) -> list[tuple[str, int]]:
    connection = sqlite3.connect(folder / "siyu.db")
    rows = connection.execute("SELECT channel, granted FROM consent").fetchall()
    connection.close()
    return rows
