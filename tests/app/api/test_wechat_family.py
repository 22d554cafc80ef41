"""WeCom and the official account together, from the played platforms to the store of a running server."""

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from app.api_served import Served
from siyu.app.channels.connect import connect
from siyu.app.channels.pull import pull
from siyu.app.workspace import open_workspace
from siyu.dispatch.account import Account
from siyu.kernel.period import DAY
from siyu.sandbox.sandbox import Sandbox
from siyu.touchpoints.kind import TouchKind

CUSTOMER = f"wm{7:020d}"


def rows(folder: Path, sql: str, wanted: int, timeout_s: float = 20.0) -> list[tuple[int, ...]]:
    """Wait until a query gives so many rows; reading what was only named happens after the answer."""
    end = time.monotonic() + timeout_s
    while True:
        connection = sqlite3.connect(folder / "siyu.db")
        found = connection.execute(sql).fetchall()
        connection.close()
        if len(found) >= wanted or time.monotonic() > end:
            return found
        time.sleep(0.05)


@pytest.mark.parametrize("bound", [True, False])
def test_one_unionid_is_one_person_in_wecom_and_official_account_if_both_are_bound_to_one_platform(
    tmp_path: Path, bound: bool
) -> None:
    folder = tmp_path / "w"
    with Sandbox(seed=4, platforms=("wecom", "wechat_mp")) as sandbox:
        corp, mp = sandbox.platform("wecom"), sandbox.platform("wechat_mp")
        if bound:
            mp.bind(sandbox.credentials("wecom")["unionid_account"])
        workspace = open_workspace(folder, create=True)
        for name in ("wecom", "wechat_mp"):
            connect(workspace, sandbox.account(name))
        workspace.close()
        server = Served(folder).start()
        try:
            corp.send_callbacks_to(f"{server.url}/callbacks/wecom/{corp.account}")
            mp.send_callbacks_to(f"{server.url}/callbacks/wechat_mp/{mp.account}")
            corp.load_customers([("wmother0000000000000000", "staff0", "oU-person-2")])
            corp.customers.add(external_userid=CUSTOMER, staff="staff0", unionid="oU-person-1")
            mp.follow("oU-person-1", scene="poster7")
            assert sandbox.settle()
            follows = f"SELECT kind FROM touch WHERE kind = {TouchKind.FOLLOW}"
            assert rows(folder, follows, 1) == [(TouchKind.FOLLOW,)]
            identifiers = rows(folder, "SELECT person_id FROM identifier", 3)
            assert len(identifiers) == 3  # external_userid; openid and the unionid that was read after the answer
        finally:
            server.stop(signal.SIGTERM)
        with open_workspace(folder) as workspace:
            now_us = workspace.clock.now_us()
            pulled = pull(workspace, "wecom", corp.account, start_us=now_us - DAY, end_us=now_us + DAY)
        assert (pulled.accepted, pulled.duplicates) == (3, 1)  # both were added, one of them by a callback; two joins
    people = rows(folder, "SELECT person_id, count(*) FROM identifier GROUP BY person_id ORDER BY 2", 2)
    sizes = [size for _, size in people]
    # bound: external_userid + unionid + openid; otherwise the two platforms' unionids are different names
    assert sizes == ([2, 3] if bound else [2, 2, 2])


def test_customer_service_messages_that_a_callback_only_named_become_touches(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Sandbox(seed=4, platforms=("wecom",)) as sandbox:
        corp = sandbox.platform("wecom")
        corp.load_customers([(CUSTOMER, "staff0", "")])
        workspace = open_workspace(folder, create=True)
        account: Account = sandbox.account("wecom")
        connect(workspace, account)
        workspace.close()
        server = Served(folder).start()
        try:
            corp.send_callbacks_to(f"{server.url}/callbacks/wecom/{corp.account}")
            for words in ("在吗", "这个多少钱", "谢谢"):
                corp.service.say(CUSTOMER, words)
                assert sandbox.settle()
            said = f"SELECT kind FROM touch WHERE kind = {TouchKind.MESSAGE_IN}"
            assert rows(folder, said, 3) == [(TouchKind.MESSAGE_IN,)] * 3
            # three callbacks, and each message was read once: the place read to is remembered
            assert corp.calls_made["kf/sync_msg"] <= 3
        finally:
            server.stop(signal.SIGTERM)
