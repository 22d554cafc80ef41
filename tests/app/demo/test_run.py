"""The demo's figures come out, its A/A check holds, and what it leaves on the disk names nobody."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from app.shop import due_today, open_shop
from siyu.app.demo.run import run_demo
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import ConfigError
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.vault_rows import SqlVault

_WORD = re.compile(rb"[\w-]+")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "ws"


@pytest.fixture(scope="module")
def said(folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "siyu", "demo", "--fast", "--no-serve", "--json", "--workspace", str(folder)]
    return subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def document(said: subprocess.CompletedProcess[bytes]) -> dict[str, object]:
    assert said.stdout.count(b"\n") == 1
    return dict(json.loads(said.stdout))


def test_the_grocers_figures_come_out(document: dict[str, object]) -> None:
    assert (document["people"], document["orders"], document["redemptions"]) == (2_469, 155_848, 2_102)
    assert (document["sales_minor"], document["currency"]) == (459_603_958, "USD")


def test_every_proposal_is_sent_denied_or_waits(document: dict[str, object]) -> None:
    outbox, denied, waiting = document["outbox"], document["denied"], document["waiting"]
    assert isinstance(outbox, dict)
    assert isinstance(denied, dict)
    assert isinstance(waiting, int)
    assert document["proposals"] == sum(outbox.values()) + sum(denied.values()) + waiting
    scarce = {"platform_quota", "play_cap", "staff_load", "deadline"}  # who wanted a place that others took
    assert set(denied) - scarce == {"consent", "holdout", "relation"}
    assert document["sent"] == outbox["sent"] > 3_000


def test_a_replay_of_history_shows_no_effect(document: dict[str, object]) -> None:
    plays = document["plays"]
    assert isinstance(plays, list)
    assert {play["name"] for play in plays} >= {"replenishment", "win_back"}
    for play in plays:
        assert play["holdout"] > 50
        assert play["low"] <= 0 <= play["high"]
    assert "A/A check" in str(document["says"])


def test_nothing_on_the_disk_and_nothing_said_holds_a_personal_value_of_the_year(
    folder: Path, said: subprocess.CompletedProcess[bytes]
) -> None:
    """Every value in the vault is looked for in every byte: database, lake unpacked, settings, what was said."""
    with open_workspace(folder) as workspace, workspace.database.read() as connection:
        people = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
        held = SqlVault(connection, workspace.vault).of_people(people)
    personal = {value.encode() for fields in held.values() for _, _, value in fields}
    assert len(personal) > 8_000
    # household numbers have four digits, and cannot be told from any other number; names have six
    personal = {value for value in personal if len(value) >= 6}
    assert len(personal) > 6_000
    found: set[bytes] = set()
    for place in (said.stdout, said.stderr, *_everything(folder)):
        found |= personal & set(_WORD.findall(place))
    assert found == set()


def _everything(folder: Path) -> Iterator[bytes]:
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        yield file.read_bytes()
        if file.suffix == ".parquet":
            for batch in pq.ParquetFile(file).iter_batches():
                for column in batch.columns:
                    yield "\n".join(map(str, column.unique().to_pylist())).encode()


def test_a_workspace_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 3))
    workspace.close()
    with pytest.raises(ConfigError, match="touches already"):
        run_demo(tmp_path, fast=True, progress=lambda _what, _done, _of: None)
