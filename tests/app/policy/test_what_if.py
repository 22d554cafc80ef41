from pathlib import Path

import pytest

from app.shop import NOW_US, PlayedPlatform, due_today, open_shop
from siyu.app.policy.what_if import read_rules, what_if
from siyu.app.settings import Policy
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR


def _shop(folder: Path, people: int = 5) -> Workspace:
    workspace, clock = open_shop(folder)
    due_today(workspace, range(1, people + 1))
    turn(workspace, (), senders={("wecom", "corp"): PlayedPlatform()})
    clock.advance_to(NOW_US + HOUR)
    return workspace


def _rules(folder: Path, text: str, name: str = "rules.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_the_rules_in_force_judge_as_they_did(tmp_path: Path) -> None:
    found = what_if(_shop(tmp_path / "shop"), _rules(tmp_path, "[policy]\ncap = 2\n"))
    assert (found.proposals, found.now.approved, found.then.approved, found.differs) == (5, 5, 5, 0)
    assert found.changed_rules == {}


def test_other_rules_say_what_they_would_stop_and_by_which_rule(tmp_path: Path) -> None:
    workspace = _shop(tmp_path / "shop")
    stopped = what_if(workspace, _rules(tmp_path, "[policy]\ncap = 0\n"))
    assert (stopped.then.approved, stopped.newly_stopped) == (0, {"replenishment": 5})
    assert stopped.changed_rules == {"cap": (2, 0)}
    assert {(one.now, one.then, one.then_by) for one in stopped.examples} == {("allow", "deny", "frequency_cap")}
    quiet = what_if(workspace, _rules(tmp_path, 'quiet_from = "09:00"\nquiet_to = "20:00"\n'))
    assert quiet.then.held_at_the_end == {"quiet_hours": 5}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.toml", "cap = 1"),
        ("r.toml", "[policy]\ncap = 1"),
        ("r.yaml", "policy:\n  cap: 1"),
        ("r.json", '{"cap": 1}'),
    ],
)
def test_rules_may_be_written_in_any_of_three_ways(tmp_path: Path, name: str, text: str) -> None:
    assert read_rules(_rules(tmp_path, text, name), Policy()).cap == 1


@pytest.mark.parametrize("text", ["", "capp = 1", "cap = -1", "[brand]\nname = 'x'", "= ="])
def test_what_changes_no_rule_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match=r"rules\.toml"):
        read_rules(_rules(tmp_path, text), Policy())


def test_a_workspace_in_which_nothing_was_proposed_answers_with_zeros(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path / "shop")
    assert what_if(workspace, _rules(tmp_path, "cap = 1\n")).proposals == 0
