"""The demo's figures come out, and its A/A check holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.shop import due_today, open_shop
from siyu.app.demo.run import run_demo
from siyu.kernel.errors import ConfigError


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    command = [sys.executable, "-m", "siyu", "demo", "--fast", "--no-serve", "--json"]
    done = subprocess.run(command, check=True, capture_output=True)
    assert done.stdout.count(b"\n") == 1
    return dict(json.loads(done.stdout))


def test_the_grocers_figures_come_out(document: dict[str, object]) -> None:
    assert (document["people"], document["orders"], document["redemptions"]) == (2_469, 155_848, 2_102)
    assert (document["sales_minor"], document["currency"]) == (459_603_958, "USD")


def test_every_proposal_is_sent_held_or_denied(document: dict[str, object]) -> None:
    outbox, denied = document["outbox"], document["denied"]
    assert isinstance(outbox, dict)
    assert isinstance(denied, dict)
    assert document["proposals"] == sum(outbox.values()) + sum(denied.values())
    assert set(denied) - {"platform_quota"} == {"consent", "holdout", "relation"}  # rarely, two plays want one day
    assert document["sent"] == outbox["sent"] > 3_000


def test_a_replay_of_history_shows_no_effect(document: dict[str, object]) -> None:
    plays = document["plays"]
    assert isinstance(plays, list)
    assert {play["name"] for play in plays} >= {"replenishment", "win_back"}
    for play in plays:
        assert play["holdout"] > 50
        assert play["low"] <= 0 <= play["high"]
    assert "A/A check" in str(document["says"])


def test_a_workspace_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 3))
    workspace.close()
    with pytest.raises(ConfigError, match="touches already"):
        run_demo(tmp_path, fast=True, progress=lambda _what, _done, _of: None)
