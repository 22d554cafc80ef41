import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.api_served import Served
from siyu.app.clock import VirtualClock
from siyu.app.intake.quarantine import look
from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import SetAside
from siyu.app.keys import VARIABLE, alone_with_keys
from siyu.app.people.rotation import rotate_key
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.people import vault_key
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000
#: Says when it begins, so that whoever kills it hits the rotation and not the start of Python.
_ROTATE = """
import sys
from pathlib import Path
from siyu.app.people.rotation import rotate_key
from siyu.app.workspace import open_workspace
with open_workspace(Path(sys.argv[1])) as workspace:
    print("begins", flush=True)
    rotate_key(workspace)
"""


def _open(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)


def _take(workspace: Workspace, first: int, last: int) -> None:
    TakeIn(workspace).take([
        touch("store", TouchKind.VISIT, actors=(Identifier("member_no", f"A-{number}"),), event_key=str(number),
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY, traits={"name": f"name {number}"})
        for number in range(first, last)
    ])  # fmt: skip


def _names(workspace: Workspace, people: int) -> list[str]:
    """Read everybody's name, found by the keyed hash of the identifier."""
    keys = [workspace.vault.key_of(Identifier("member_no", f"A-{number}")) for number in range(people)]
    with workspace.database.read() as connection:
        known = SqlIdentityStore(connection).lookup(keys)
        held = SqlVault(connection, workspace.vault).of_people([known[key].person_id for key in keys])
    return [value for key in keys for _, field, value in held[known[key].person_id] if field == "name"]


def test_a_rotation_cut_short_goes_on_and_nothing_is_ever_unreadable(tmp_path: Path) -> None:
    workspace = _open(tmp_path)
    _take(workspace, 0, 25)
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(Account("wecom", "corp", "", {"secret": "s3"}), now_us=_NOW)
    file = tmp_path / "ws" / "keys" / "master.key"
    old = file.read_text("ascii").strip()
    hashing = {name: workspace.vault.key_of(Identifier("member_no", name)) for name in ("A-1", "A-2")}
    salt = workspace.vault.salt
    first = rotate_key(workspace, most=10)
    assert (first.data_keys, first.records, first.resumed, first.done) == (10, 1, False, False)
    workspace.close()

    workspace = _open(tmp_path)  # another process, in the middle of it
    _take(workspace, 25, 30)
    assert _names(workspace, 30) == [f"name {number}" for number in range(30)]
    rest = rotate_key(workspace)
    assert (rest.data_keys, rest.resumed, rest.key) == (15, True, first.key)
    workspace.close()

    assert old not in file.read_text("ascii")
    assert {name: workspace.vault.key_of(Identifier("member_no", name)) for name in hashing} == hashing
    assert workspace.vault.salt == salt, "chance is drawn as before"
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


def test_whoever_closes_after_a_key_was_put_in_force_closes_under_it_though_it_was_opened_before(
    tmp_path: Path,
) -> None:
    running, rotating = _open(tmp_path), _open(tmp_path)  # two processes
    _take(running, 0, 3)
    rotated = rotate_key(rotating)
    _take(running, 3, 6)
    set_aside(running, [SetAside(1, "bad_row", "no 'x'", b"{}")], source="a.csv", mapping={"what": "orders"})
    with running.database.write() as connection:
        SqlAccounts(connection, running.vault).connect(Account("wecom", "corp", "", {"secret": "s3"}), now_us=_NOW)
        names = set(connection.execute(select(vault_key.c.master)).scalars())
    assert names == {rotated.key} == {running.vault.name}
    rotating.close()
    running.close()
    fresh = _open(tmp_path)
    assert _names(fresh, 6) == [f"name {number}" for number in range(6)]
    assert look(fresh, show=True)["rows"][0]["reason"] == "no 'x'"
    fresh.close()


def test_keys_of_the_environment_are_rotated_by_their_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _open(tmp_path)
    _take(workspace, 0, 3)
    old = (tmp_path / "ws" / "keys" / "master.key").read_text("ascii").strip()
    hashing = b64encode(workspace.vault.hash_key).decode()
    workspace.close()
    new = b64encode(b"n" * 32).decode()
    monkeypatch.setenv(VARIABLE, f"{new} {old} hash:{hashing}")
    workspace = _open(tmp_path)
    assert rotate_key(workspace).data_keys == 3
    workspace.close()
    monkeypatch.setenv(VARIABLE, f"{new} hash:{hashing}")
    workspace = _open(tmp_path)
    assert _names(workspace, 3) == ["name 0", "name 1", "name 2"]
    workspace.close()


def test_two_rotations_at_once_are_one(tmp_path: Path) -> None:
    workspace = _open(tmp_path)
    with (
        alone_with_keys(tmp_path / "ws" / "keys" / "master.key"),
        pytest.raises(ConfigError, match="another process"),
    ):
        rotate_key(workspace)
    workspace.close()


def test_a_running_server_takes_in_through_a_rotation_that_is_killed_again_and_again(tmp_path: Path) -> None:
    """Whatever was acknowledged can be read afterwards, by the server's own process and by a new one."""
    folder = tmp_path / "ws"
    workspace = _open(tmp_path)
    _take(workspace, 0, 3_000)
    workspace.close()
    file = folder / "keys" / "master.key"
    old = file.read_text("ascii").split()[0]
    served = Served(folder).start()
    stop, acknowledged = threading.Event(), []

    def post() -> None:
        with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.key}"}) as client:
            for number in count(3_000):
                if stop.is_set():
                    return
                body = [{"channel": "store", "kind": "visit", "happened_at": "2026-06-01T10:00:00+08:00",
                         "event_key": str(number), "actors": [{"namespace": "member_no", "value": f"A-{number}"}],
                         "traits": {"name": f"name {number}"}}]  # fmt: skip
                client.post("/v1/touches", json=body).raise_for_status()
                acknowledged.append(number)
                time.sleep(0.01)

    posting = threading.Thread(target=post)
    posting.start()
    rotate = [sys.executable, "-c", _ROTATE, str(folder)]
    try:
        for wait_s in (0.0, 0.05):
            with subprocess.Popen(rotate, stdout=subprocess.PIPE, text=True) as cut_short:
                assert cut_short.stdout is not None
                assert cut_short.stdout.readline() == "begins\n"
                time.sleep(wait_s)
                cut_short.send_signal(signal.SIGKILL)
        during = len(acknowledged)
        subprocess.run(rotate, check=True, stdout=subprocess.PIPE)
        after = len(acknowledged)
        while len(acknowledged) < after + 20:
            assert posting.is_alive()
            time.sleep(0.02)
    finally:
        stop.set()
        posting.join()
        assert served.stop() == 0
    assert during > 0
    words = file.read_text("ascii").split()
    assert old not in words
    assert len(words) == 2, "one master key, and the key of hashes"
    workspace = _open(tmp_path)
    people = 3_000 + len(acknowledged)
    assert _names(workspace, people) == [f"name {number}" for number in range(people)]
    with workspace.database.read() as connection:
        assert set(connection.execute(select(vault_key.c.master)).scalars()) == {workspace.vault.name}
    workspace.close()


def test_a_key_from_the_environment_is_not_ours_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _open(tmp_path)
    monkeypatch.setenv(VARIABLE, b64encode(b"k" * 32).decode())
    with pytest.raises(ConfigError, match="comes from"):
        rotate_key(workspace)
    workspace.close()
