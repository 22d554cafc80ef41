"""``siyu journey`` from outside: one JSON document, status 2 with faults at their places."""

import json
import subprocess
import sys
from pathlib import Path

_TEXT = (
    "name: hi\nentry: {request: yes}\ngoal: {did: order_paid}\nsteps:\n  - holdout: 10%\n  - id: rest\n    wait: 1d\n"
)


def _siyu(folder: Path, *words: str) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "siyu", "journey", *words], capture_output=True, text=True, check=False, cwd=folder
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {"said": done.stderr}


def test_a_faulty_file_is_told_with_line_and_column_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "hi.yaml").write_text(_TEXT.replace("goal:", "gaol:"), "utf-8")
    status, told = _siyu(tmp_path, "check", "hi.yaml", "--json")
    assert status == 2
    assert (told["ok"], told["steps"]) == (False, [])
    assert told["errors"] == [
        {"line": 3, "column": 1, "what": "a journey does not know 'gaol'", "mend": "do you mean 'goal'?"}
    ]


def test_a_file_in_another_encoding_is_told_where_it_stops_being_utf_8(tmp_path: Path) -> None:
    (tmp_path / "hi.yaml").write_bytes("name: hi\ntitle: 你好\n".encode("gbk"))
    status, told = _siyu(tmp_path, "check", "hi.yaml", "--json")
    assert status == 2
    assert told["errors"] == [{"line": 2, "column": 8, "what": "no UTF-8 text", "mend": "save it as UTF-8"}]


def test_a_journey_is_checked_published_and_shown(tmp_path: Path) -> None:
    (tmp_path / "hi.yaml").write_text(_TEXT, "utf-8")
    subprocess.run(
        [sys.executable, "-m", "siyu", "init", "--workspace", "w"], check=True, cwd=tmp_path, capture_output=True
    )
    status, told = _siyu(tmp_path, "check", "hi.yaml", "--json")
    assert (status, told["ok"], told["errors"], told["warnings"]) == (0, True, [], [])
    status, told = _siyu(tmp_path, "publish", "hi.yaml", "--workspace", "w", "--json")
    assert (status, told["version"], told["is_new"]) == (0, 1, True)
    status, told = _siyu(tmp_path, "show", "hi", "--workspace", "w", "--json")
    assert (status, told["on_the_way"], told["state"]) == (0, 0, "running")
    status, told = _siyu(tmp_path, "pause", "nobody", "--workspace", "w", "--json")
    assert status == 2
    assert "there is no journey 'nobody'" in str(told["said"])
