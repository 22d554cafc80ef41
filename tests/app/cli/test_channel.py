"""`siyu channel` and `siyu dev`, run as people run them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.command_line import Siyu
from siyu.sandbox.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "channels"


@pytest.fixture
def siyu(capsys: pytest.CaptureFixture[str]) -> Siyu:
    return Siyu(None, capsys)


def test_payload_files_become_touches_or_reasons_and_one_bad_file_never_stops_others(
    siyu: Siyu, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{", "utf-8")
    events = FIXTURES / "wechat_shop" / "fixtures"
    rows = siyu.answered(
        "channel",
        "map",
        "wechat_shop",
        str(bad),
        str(tmp_path / "missing.json"),
        str(events / "api" / "order_get_response.json"),
        str(events / "made" / "order_confirm.xml"),
        str(events / "events" / "channels_ec_order_pay_event.json"),
        str(events / "events" / "channels_ec_order_settle_event.json"),
    )
    assert [row["outcome"] for row in rows] == ["bad_input", "bad_input", "touches", "touches", "to_read", "ignored"]
    assert rows[2]["touches"][1]["value_minor"] == 10500
    assert "13800138000" not in json.dumps(rows)
    assert rows[4]["ids"] == ["3705115058471208928"]
    assert "platform and the shop" in rows[5]["reason"]


def test_an_unknown_platform_is_exit_2_with_one_line(siyu: Siyu) -> None:
    code, out, err = siyu("channel", "map", "myspace", "x.json", "--json")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "wechat_shop" in err


def test_every_limit_has_its_source_and_day_and_every_platform_is_complete(siyu: Siyu) -> None:
    limits = siyu.answered("channel", "limits")
    assert {"what", "per", "max", "sure", "checked_on", "source"} <= set(limits[0])
    assert all(limit["source"] and limit["checked_on"] >= "2026-01-01" for limit in limits)
    assert siyu.answered("channel", "limits", "douyin")[0]["channel"] == "douyin"
    listed = {row["channel"]: row for row in siyu.answered("channel", "list")}
    assert any("comment" in one["wish"].lower() for one in listed["kuaishou"]["refusals"])
    assert all(not row["missing"] for row in siyu.answered("channel", "check") if row["channel"] in listed)


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with Sandbox(seed=5, platforms=("doudian",)) as sandbox:
        yield sandbox


def test_an_account_is_tried_kept_encrypted_and_pulled_twice_without_a_double(
    siyu: Siyu, running: Sandbox, tmp_path: Path
) -> None:
    workspace = str(tmp_path / "w")
    siyu.answered("init", "--workspace", workspace)
    account = running.account("doudian")
    running.platform("doudian").buy("#b", 990)
    words = ["channel", "connect", "doudian", account.account, "--base-url", account.base_url, "--workspace", workspace]
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({**account.secrets, "app_secret": "wrong"}), "utf-8")
    code, _, err = siyu(*words, "--secrets", str(file))
    assert code == 2
    assert "signature" in err
    file.write_text('{"app_key": "k"}', "utf-8")
    code, _, err = siyu(*words, "--secrets", str(file))
    assert code == 2
    assert "app_secret" in err
    file.write_text(json.dumps(account.secrets), "utf-8")
    made = siyu.answered(*words, "--secrets", str(file))
    assert made["checked"]
    assert made["callback_path"] == f"/callbacks/doudian/{account.account}"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "w").glob("siyu.db*"))
    assert account.secrets["app_secret"].encode() not in kept
    pull = ["channel", "pull", "doudian", account.account, "--workspace", workspace]
    assert siyu.answered(*pull) == {"answers": 1, "accepted": 2, "duplicates": 0}
    assert siyu.answered(*pull) == {"answers": 1, "accepted": 0, "duplicates": 2}


def test_a_folder_a_list_and_a_collection_are_taken_apart_and_every_row_has_touches_or_a_reason(
    siyu: Siyu, tmp_path: Path
) -> None:
    rows = siyu.answered("channel", "map", "sms", str(FIXTURES / "sms"))
    assert len(rows) == len(list((FIXTURES / "sms" / "fixtures").glob("*.json")))
    receipt = json.loads((FIXTURES / "sms" / "fixtures" / "aliyun_report.json").read_text("utf-8"))
    pushed = tmp_path / "pushed.json"
    pushed.write_text(json.dumps([receipt, {"nothing": 1}]), "utf-8")
    parts = siyu.answered("channel", "map", "sms", str(pushed), str(FIXTURES / "wecom" / "fixtures" / "events.json"))
    assert [(row["part"], row["outcome"]) for row in parts[:2]] == [("0", "touches"), ("1", "bad_input")]
    mails = siyu.answered("channel", "map", "email", str(FIXTURES / "email"))
    bounce = next(row for row in mails if row["file"].endswith("bounce.eml"))
    assert bounce["touches"][0]["kind"] == "message_failed"
    events = siyu.answered("channel", "map", "wecom", str(FIXTURES / "wecom" / "fixtures" / "events.json"))
    assert len(events) > 20
    for row in (*rows, *parts, *mails, *events):
        assert bool(row["touches"]) != bool(row["reason"]), row
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no payload files" in siyu.answered("channel", "map", "sms", str(empty))[0]["reason"]


def test_a_platform_that_only_carries_out_has_nothing_to_map_and_says_so_in_one_line(siyu: Siyu) -> None:
    code, out, err = siyu("channel", "map", "webhook", "x.json", "--json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "only carries messages out" in err


def test_connecting_says_what_to_paste_where_what_is_missing_and_what_replaces_a_missing_api(
    siyu: Siyu, tmp_path: Path
) -> None:
    found = siyu.answered("channel", "connect", "wecom")
    assert found["missing"] == ["corp_id", "secret", "callback_token", "encoding_aes_key"]
    assert all(one["where"] for one in found["credentials"])
    assert found["callback_path"] == "/callbacks/wecom/<account>"
    assert found["callback_where"]
    file = tmp_path / "secrets.json"
    file.write_text('{"corp_id": "ww1"}', "utf-8")
    assert "corp_id" not in siyu.answered("channel", "connect", "wecom", "--secrets", str(file))["missing"]
    notes = siyu.answered("channel", "connect", "xiaohongshu")
    assert any("siyu import" in one["instead"] for one in notes["refusals"])


def test_the_account_of_a_running_sandbox_is_connected_checked_and_listed(
    siyu: Siyu, running: Sandbox, tmp_path: Path
) -> None:
    workspace = ("--workspace", str(tmp_path / "w"))
    siyu.answered("init", *workspace)
    made = siyu.answered("channel", "connect", "doudian", "--sandbox", running.url, *workspace)
    assert made["checked"]
    assert any("/callbacks/doudian/" in step for step in made["next"])
    (row,) = siyu.answered("channel", "check", "doudian", *workspace)
    assert (row["missing"], [one["good"] for one in row["accounts"]]) == ([], [True])
    listed = {one["channel"]: one["accounts"] for one in siyu.answered("channel", "list", *workspace)}
    assert listed["doudian"] == [made["account"]]
    running.stop()
    code, out, err = siyu("channel", "check", "doudian", "--json", *workspace)
    assert (code, json.loads(out)[0]["accounts"][0]["good"]) == (2, False)
    assert "could not be reached" in err
    code, _, err = siyu("channel", "connect", "wecom", "--sandbox", running.url, *workspace)
    assert (code, err.count("\n")) == (2, 1)


def test_a_new_channel_is_one_folder_that_runs_and_is_tested_as_it_is(siyu: Siyu, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "src" / "siyu", root / "src" / "siyu", ignore=shutil.ignore_patterns("__pycache__"))
    before = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    made = siyu.answered("dev", "new-channel", "my_shop", "--root", str(root), "--title", "My shop (我店)")
    assert len(made["files"]) == 8
    after = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path: text for path, text in after.items() if path in before} == before
    assert {str(path) for path in set(after) - set(before)} == set(made["files"])
    env = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root / "tests" / "channels" / "my_shop")],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=root,
        timeout=120,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "4 passed" in tested.stdout
    written = [str(root / path) for path in made["files"] if path.startswith("src/") and path.endswith(".py")]
    style = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), *written],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert style.returncode == 0, style.stdout + style.stderr
    code, _, err = siyu("dev", "new-channel", "my_shop", "--root", str(root))
    assert code == 2
    assert "there already" in err
    code, _, err = siyu("dev", "new-channel", "../evil", "--root", str(root))
    assert code == 2


def test_a_migration_is_the_next_number_after_the_ones_that_are_there(siyu: Siyu, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(
        ROOT / "src" / "siyu" / "stores" / "sql" / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    count = len(list((folder / "versions").glob("[0-9]*.py")))
    script = folder / "versions" / f"{count:04d}_lost_table.py"
    made = siyu.answered("dev", "migration", "lost table", "--folder", str(folder))
    assert Path(made["migration"]).name == f"{count + 1:04d}_lost_table.py"
    assert not script.exists()
    text = Path(made["migration"]).read_text("utf-8")
    assert f"revision = '{count + 1:04d}'" in text or f'revision = "{count + 1:04d}"' in text
