from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.keys import VARIABLE
from siyu.app.people.identity import find
from siyu.app.people.rotation import rotate_key
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000


def _open(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)


def _take(workspace: Workspace, first: int, last: int) -> None:
    TakeIn(workspace).take([
        touch("store", TouchKind.VISIT, actors=(Identifier("member_no", f"A-{number}"),), event_key=str(number),
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY, traits={"name": f"name {number}"})
        for number in range(first, last)
    ])  # fmt: skip


def _names(workspace: Workspace, people: int) -> list[str]:
    with workspace.database.read() as connection:
        numbers = [find(workspace, f"member_no:A-{number}", connection)[1] for number in range(people)]
        held = SqlVault(connection, workspace.vault).of_people(numbers)
    return [value for number in numbers for _, field, value in held[number] if field == "name"]


def test_a_rotation_cut_short_goes_on_and_nothing_is_ever_unreadable(tmp_path: Path) -> None:
    workspace = _open(tmp_path)
    _take(workspace, 0, 25)
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(Account("wecom", "corp", "", {"secret": "s3"}), now_us=_NOW)
    file = tmp_path / "ws" / "keys" / "master.key"
    old = file.read_text("ascii").strip()
    first = rotate_key(workspace, most=10)
    assert (first.data_keys, first.records, first.resumed) == (10, 1, False)
    workspace.close()

    workspace = _open(tmp_path)  # another process, in the middle of it
    _take(workspace, 25, 30)
    assert _names(workspace, 30) == [f"name {number}" for number in range(30)]
    rest = rotate_key(workspace)
    assert (rest.data_keys, rest.resumed, rest.key) == (15, True, first.key)
    workspace.close()

    assert old not in file.read_text("ascii")
    assert file.stat().st_mode & 0o777 == 0o600
    workspace = _open(tmp_path)
    assert _names(workspace, 30) == [f"name {number}" for number in range(30)]
    with workspace.database.read() as connection:
        (account,) = SqlAccounts(connection, workspace.vault).all()
    assert account.secrets == {"secret": "s3"}
    again = rotate_key(workspace)
    assert (again.data_keys, again.resumed) == (30, False)
    assert again.key != first.key
    assert _names(workspace, 30)[29] == "name 29"
    workspace.close()


def test_the_old_key_opens_nothing_after_a_rotation(tmp_path: Path) -> None:
    workspace = _open(tmp_path)
    _take(workspace, 0, 1)
    file = tmp_path / "ws" / "keys" / "master.key"
    old = file.read_bytes()
    rotate_key(workspace)
    workspace.close()
    file.write_bytes(old)
    workspace = _open(tmp_path)
    with pytest.raises(ConfigError, match="does not open"):
        _names(workspace, 1)
    workspace.close()


def test_a_key_from_the_environment_is_not_ours_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _open(tmp_path)
    monkeypatch.setenv(VARIABLE, "x")
    with pytest.raises(ConfigError, match="comes from"):
        rotate_key(workspace)
    workspace.close()
