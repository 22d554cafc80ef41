"""That the platform behind codes is down is found out by itself: scans go to the fallback, and back when it answers."""

from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.live_codes.surroundings import down_kinds, set_down, watch
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.touchpoints.live_code import Visitor

NOW = 20_000 * DAY
CODE = {
    "code": "till",
    "routes": [{"to": [{"name": "ann", "kind": "staff", "url": "https://work.weixin.qq.com/x"}]}],
    "fallback": {"name": "own", "kind": "page", "url": "https://a.b/own"},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    opened = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    change_code(opened, CODE)
    return opened


def _connect(workspace: Workspace, account: Account) -> None:
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(account, now_us=NOW)


def _led_to(workspace: Workspace) -> str:
    desk = CodeDesk(workspace)
    desk.down = down_kinds(workspace)
    found = desk.route_all([Scan("till", Visitor(), NOW)])[0].target.name
    desk.close()
    return found


def test_scans_go_to_the_fallback_while_nothing_answers_and_back_by_themselves(workspace: Workspace) -> None:
    with Sandbox(clock=workspace.clock, seed=3, platforms=("wecom",)) as sandbox:
        there = sandbox.account("wecom")
        gone = Account(there.channel, there.account, "http://127.0.0.1:9", there.secrets)
        _connect(workspace, gone)
        assert watch(workspace) == frozenset()  # one question without an answer is nothing yet
        assert _led_to(workspace) == "ann"
        assert watch(workspace) == {"staff", "group"}
        assert _led_to(workspace) == "own"
        _connect(workspace, there)
        assert watch(workspace) == frozenset()
        assert _led_to(workspace) == "ann"


def test_a_refusal_is_an_answer_and_what_staff_said_stays(workspace: Workspace) -> None:
    def refuses(_account: Account) -> None:
        raise ConfigError("the secret is wrong")

    _connect(workspace, Account("wecom", "corp", "http://127.0.0.1:9", {}))
    for _turn in range(3):
        assert watch(workspace, ask=refuses) == frozenset()
    set_down(workspace, "staff", down=True, because="a strike")
    assert watch(workspace, ask=lambda _account: None) == {"staff"}
