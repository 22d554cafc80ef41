"""Callbacks of shops, from the played platform to the store of a running server."""

import signal
import sqlite3
import time
from pathlib import Path

import httpx

from app.api_served import Served
from siyu.app.channels.connect import connect
from siyu.app.workspace import open_workspace
from siyu.sandbox.sandbox import Sandbox


def stored(folder: Path, wanted: int, timeout_s: float = 20.0) -> list[tuple[int, int, str]]:
    """Wait until that many touches are there; reading what was only named happens after the answer."""
    end = time.monotonic() + timeout_s
    while True:
        connection = sqlite3.connect(folder / "siyu.db")
        rows = connection.execute("SELECT kind, value_minor, about FROM touch ORDER BY kind").fetchall()
        connection.close()
        if len(rows) >= wanted or time.monotonic() > end:
            return rows
        time.sleep(0.05)


def test_a_sale_that_was_only_named_is_read_and_a_refund_is_taken_as_it_comes(tmp_path: Path) -> None:
    with Sandbox(seed=4, platforms=("doudian",)) as sandbox:
        account, shop = sandbox.account("doudian"), sandbox.platform("doudian")
        workspace = open_workspace(tmp_path / "w", create=True)
        connect(workspace, account)
        workspace.close()
        server = Served(tmp_path / "w").start()
        try:
            url = f"{server.url}/callbacks/doudian/{account.account}"
            shop.send_callbacks_to(url)
            order_no = shop.buy("#buyer", 12_345)
            assert sandbox.settle()
            rows = stored(tmp_path / "w", 2)
            assert [(kind, value) for kind, value, _ in rows] == [(50, 0), (51, 12_345)]
            shop.refund(order_no, 345)
            assert sandbox.settle()
            rows = stored(tmp_path / "w", 4)
            assert sum(value for _, value, _ in rows) == 12_000
            assert {about for _, _, about in rows} == {order_no}
            forged = httpx.post(url, content=b"[]", headers={"app-id": "x", "event-sign": "y"}, trust_env=False)
            assert forged.status_code == 400
            assert forged.headers["content-type"].startswith("application/problem+json")
        finally:
            server.stop(signal.SIGTERM)
        connection = sqlite3.connect(tmp_path / "w" / "siyu.db")
        people = connection.execute("SELECT COUNT(DISTINCT person_id) FROM identifier").fetchone()
        connection.close()
        assert people == (1,)
