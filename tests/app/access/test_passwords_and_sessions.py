"""Passwords, sessions and the brake on guessing."""

import base64
from pathlib import Path

import pytest

from siyu.app.access.passwords import first_password, hashed, is_password, matches, set_password
from siyu.app.access.sessions import LASTS, Brake, Sessions
from siyu.app.clock import VirtualClock
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.kernel.period import SECOND
from siyu.stores.sql.schema.app import setting

CHEAP = (2, 1, 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path, create=True)


def test_the_hash_is_the_one_of_rfc_7914() -> None:
    kept = hashed("password", b"NaCl", (1024, 8, 16))
    assert kept.startswith("scrypt$1024$8$16$")
    # RFC 7914, 12: the first 32 bytes of its 64 come out the same, for PBKDF2 gives its output block by block
    assert (
        base64.urlsafe_b64decode(kept.split("$")[-1])
        .hex()
        .startswith("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e773")
    )


def test_a_password_matches_its_own_hash_only() -> None:
    kept = hashed("four words are enough", b"0123456789abcdef", CHEAP)
    assert matches("four words are enough", kept)
    assert not matches("four words are enough ", kept)
    assert not matches("", kept)
    with pytest.raises(ConfigError, match="siyu password new"):
        matches("x", "plain text")


def test_the_first_password_is_made_once_and_kept_as_a_hash(workspace: Workspace) -> None:
    assert not is_password(workspace, "")
    password = first_password(workspace)
    assert password is not None
    assert len(password) == 23
    assert first_password(workspace) is None
    assert is_password(workspace, password)
    with workspace.database.read() as connection:
        assert password not in str(connection.execute(setting.select()).all())


def test_a_new_password_replaces_the_old_one(workspace: Workspace) -> None:
    old = set_password(workspace)
    new = set_password(workspace, "a better one")
    assert new == "a better one"
    assert not is_password(workspace, old)
    with pytest.raises(BadInputError, match="too few"):
        set_password(workspace, "short")


def test_a_session_holds_until_it_ends_or_is_over(workspace: Workspace) -> None:
    clock = VirtualClock(1_000_000)
    sessions = Sessions(workspace, clock)
    one, other = sessions.begin(), sessions.begin()
    assert one != other
    assert sessions.holds(one)
    assert Sessions(workspace, clock).holds(other), "another process knows it too"
    assert not sessions.holds(None)
    assert not sessions.holds("made up")
    sessions.end(one)
    assert not sessions.holds(one)
    clock.advance_to(1_000_000 + LASTS)
    assert not sessions.holds(other)
    sessions.begin()
    with workspace.database.read() as connection:
        assert len(connection.execute(setting.select()).all()) == 1, "sessions that are over are dropped"
    sessions.end_all()
    with workspace.database.read() as connection:
        assert connection.execute(setting.select()).all() == []


def test_guessing_slows_down_and_only_for_the_one_who_guesses() -> None:
    clock = VirtualClock(0)
    brake = Brake(clock)
    waits = []
    for _ in range(12):
        brake.wrong("10.0.0.9")
        waits.append(brake.wait_s("10.0.0.9"))
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert brake.wait_s("10.0.0.8") == 0
    clock.advance_to(299 * SECOND + 1)
    assert brake.wait_s("10.0.0.9") == 1
    clock.advance_to(300 * SECOND)
    assert brake.wait_s("10.0.0.9") == 0
    brake.right("10.0.0.9")
    brake.wrong("10.0.0.9")
    assert brake.wait_s("10.0.0.9") == 0


def test_the_brake_remembers_only_so_many_addresses() -> None:
    brake = Brake(VirtualClock(0), most=3)
    for number in range(10):
        for _ in range(3):
            brake.wrong(f"10.0.0.{number}")
    assert [number for number in range(10) if brake.wait_s(f"10.0.0.{number}")] == [7, 8, 9]
