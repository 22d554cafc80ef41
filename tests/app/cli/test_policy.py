"""The commands of docs/policy.md do what stands behind them."""

import json
import re
import shlex
from pathlib import Path

import pytest

from app.cli.command_line import Siyu
from siyu.app.cli.policy import app
from siyu.app.policy.rules import rules_of
from siyu.app.settings import Settings
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.policy.pack import packs
from siyu.policy.refusals import refusals

_PAGE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text("utf-8")
_EXAMPLES = re.findall(r"^siyu policy (lint .*?)\s+# (\w+)$", _PAGE, re.MULTILINE)


def test_the_page_has_examples() -> None:
    assert len(_EXAMPLES) >= 15


@pytest.mark.parametrize(("line", "expected"), _EXAMPLES)
def test_an_example_does_what_it_says(
    line: str, expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    app([*shlex.split(line), "--json"], exit_on_error=False, print_error=False, result_action="return_value")
    told = json.loads(capsys.readouterr().out)
    rules = {one["rule"] for one in told["findings"]}
    assert rules == set() if expected == "nothing" else expected in rules
    assert all({"rule", "clause", "source", "dated", "span", "alternative"} <= set(one) for one in told["findings"])
    assert all(len(one["span"]) == 2 for one in told["findings"])


@pytest.mark.parametrize("words", [["--text", ""], ["--text", "  \n"], [""]])
def test_no_text_is_refused_in_one_line(words: list[str]) -> None:
    with pytest.raises(BadInputError, match="no text to check"):
        app(["lint", *words], exit_on_error=False, print_error=False, result_action="return_value")


def test_nobody_and_no_time_are_refused(siyu: Siyu, tmp_path: Path) -> None:
    siyu.answered("init")
    rules = tmp_path / "rules.toml"
    rules.write_text("[policy]\ncap = 1\n", "utf-8")
    assert "there is no person 99" in siyu.refused("policy", "why", "--person", "99")
    assert "there is no person 99" in siyu.refused("policy", "why", "99")
    assert "nobody goes by phone:" in siyu.refused("policy", "why", "phone:13800138000")
    assert "0 days back" in siyu.refused("policy", "simulate", "--rules", str(rules), "--days", "0")


def test_a_name_that_nothing_bears_is_not_called_clean(capsys: pytest.CaptureFixture[str]) -> None:
    app(["lint", "win_bakc", "--json"], exit_on_error=False, print_error=False, result_action="return_value")
    told = json.loads(capsys.readouterr().out)
    assert not told["clean"]
    assert "nothing here is called 'win_bakc'" in told["not_checked"][0]


def test_the_answer_names_the_plan_s_own_platform(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "计划.yaml"
    plan.write_bytes("平台: 抖音\n标题: 加V领券\n".encode("gb18030"))
    app(["lint", "--plan", str(plan), "--json"], exit_on_error=False, print_error=False, result_action="return_value")
    told = json.loads(capsys.readouterr().out)
    assert told["platform"] == "douyin"
    assert [one["rule"] for one in told["findings"]] == ["contact_wechat"]


def test_the_page_names_every_rule_every_pack_and_every_refusal() -> None:
    table = _PAGE[_PAGE.index("## The rules") : _PAGE.index("## Lint, by example")]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert named == [rule.name for rule in rules_of(Settings())]
    assert all(f"`{one.name}`" in _PAGE for one in packs())
    assert all(f"| `{name}`" in _PAGE for name in refusals())


def test_every_rule_stands_in_a_file_of_its_name_and_is_tested_by_name() -> None:
    folder = Path(__file__).parents[3]
    tests = "".join(file.read_text("utf-8") for file in (folder / "tests" / "policy").rglob("test_*.py"))
    for rule in rules_of(Settings()):
        assert (folder / "src/siyu/policy/rules" / f"{rule.name}.py").is_file()
        assert type(rule).__name__ in tests, rule.name


def test_the_values_in_force_say_where_they_come_from(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "siyu.toml").write_text("[policy]\ncap = 5\n", "utf-8")
    open_workspace(tmp_path).close()
    words = ["rules", "--workspace", str(tmp_path), "--json"]
    app(words, exit_on_error=False, print_error=False, result_action="return_value")
    told = json.loads(capsys.readouterr().out)
    values = {one["setting"]: (one["value"], one["from"]) for one in told["settings"]}
    assert values["cap"] == (5, "siyu.toml")
    assert values["cap_days"] == (7, "default")
    assert told["rules"] == [rule.name for rule in rules_of(Settings())]


def test_a_report_of_a_period_is_written_as_a_page(siyu: Siyu, tmp_path: Path) -> None:
    siyu.answered("init")
    page = tmp_path / "report.html"
    told = siyu.answered("policy", "report", "--from", "2026-10-01", "--to", "2026-11-01", "--out", str(page))
    assert told == {"written": str(page), "from": "2026-10-01", "to": "2026-11-01"}
    assert "合规报告" in page.read_text("utf-8")
    assert siyu.answered("policy", "report")["messages"] == []
    assert "'soon' is no day" in siyu.refused("policy", "report", "--to", "soon")
    assert "the period is empty" in siyu.refused("policy", "report", "--from", "2026-11-01", "--to", "2026-10-01")
    assert "cannot be written" in siyu.refused("policy", "report", "--out", str(tmp_path / "nowhere" / "r.html"))


def test_what_stops_a_play_is_told_with_an_exit_status(siyu: Siyu) -> None:
    siyu.answered("init")
    with pytest.raises(SystemExit) as ended:
        siyu("policy", "ready", "win_back", "--workspace", str(siyu.folder))
    assert ended.value.code == 1
