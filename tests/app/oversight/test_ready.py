"""What a play or a plan needs before it goes out is looked at, and nothing is changed by looking."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.shop import NOW_US, due_today, open_shop, says
from siyu.app.bringing_in.baits import keep_bait
from siyu.app.fission.domains import switch
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.oversight.line import Line
from siyu.app.oversight.ready import Readiness, ready
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.app import token
from siyu.stores.sql.schema.campaigns import assignment, proposal

_PLAN = """
name: autumn
platform: wecom
goal: uplift
holdout: 20%
budget: 1000
cost_minor: 10
bait: tea
link: https://go.example.org/a
text: 秋天到了，给您留了一份桂花茶。
"""


def _connect(workspace: Workspace) -> None:
    with workspace.database.write() as connection:
        account = Account("wecom", "corp", "https://example.invalid", {"secret": "s"})
        SqlAccounts(connection, workspace.vault).connect(account, now_us=NOW_US - 90 * DAY)
        connection.execute(
            token.insert().values(
                name="wecom:corp:contact", ciphertext=b"x", ends_at_us=NOW_US + HOUR, leased_until_us=0
            )
        )


def _lines(found: Readiness) -> Mapping[str, Line]:
    return {one.what: one for one in found.lines}


def _levels(found: Readiness) -> dict[str, Any]:
    return {one.what: one.level for one in found.lines if one.level != "ok"}


def test_a_play_is_looked_at_and_nothing_is_kept(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path, holdout=0.25)
    due_today(workspace, range(1, 201))
    publish_rhythms(workspace)
    _connect(workspace)
    TakeIn(workspace).take([says(number, yes=False, at_us=NOW_US - HOUR) for number in range(1, 41)])
    found = ready(workspace, "replenishment")
    lines = _lines(found)
    assert found.ready
    assert _levels(found) == {}
    assert "200 people are due" in lines["audience"].says
    assert lines["consent"].figure == pytest.approx(160 / 200)
    held_out = lines["holdout"].figure or 0
    assert 30 <= held_out <= 70
    # who is held out is denied first; of the others, a fifth withdrew
    allowed = lines["audience"].figure or 0
    assert 160 - held_out <= allowed <= 200 - held_out - (40 - held_out)
    assert lines["capacity"].figure == 200
    with workspace.database.read() as connection:
        for table in (proposal, assignment):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_an_empty_workspace_says_what_is_missing_first(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    found = ready(workspace, "win_back")
    assert not found.ready
    assert found.lines[0].what == "account"
    assert _levels(found) == {
        "account": "stop", "callback": "warn", "capacity": "stop", "audience": "warn", "consent": "warn",
        "holdout": "warn",
    }  # fmt: skip
    assert all(one.mend and one.mend_zh for one in found.lines if one.level != "ok")


def test_a_plan_brings_its_budget_bait_link_goal_and_holdout(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 101))
    _connect(workspace)
    keep_bait(workspace, {"name": "tea", "cost_minor": 100, "stock": 500})
    plan = tmp_path / "plan.yaml"
    plan.write_text(_PLAN, "utf-8")
    found = ready(workspace, str(plan))
    lines = _lines(found)
    assert found.ready, found.lines
    assert (found.target, found.channels) == ("autumn", ["wecom"])
    sent = lines["audience"].figure or 0
    assert sent == 100 - (lines["holdout"].figure or 0)
    assert f"{10 * sent:,.0f} are wanted now" in lines["budget"].says
    assert lines["bait"].figure == 500

    switch(workspace, "go.example.org", on=False, because="blocked by the platform")
    with workspace.database.write() as connection:
        SqlPauses(connection).put("staff:anna", reason="ill", now_us=NOW_US)
    text = _PLAN.replace("budget: 1000", "budget: 50").replace("uplift", "joy").replace("桂花茶", "全网最低价的茶")
    plan.write_text(text.replace("bait: tea", "bait: coffee"), "utf-8")
    worse = _levels(ready(workspace, str(plan)))
    assert {one for one, level in worse.items() if level == "stop"} == {
        "capacity", "words", "audience", "goal", "bait", "links"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("target", "told"),
    [("win_bakc", "is no play and no plan"), ("nowhere.yaml", "cannot be read"), ("segment.yaml", "nobody is in")],
)
def test_what_is_not_there_is_said(tmp_path: Path, target: str, told: str) -> None:
    workspace, _ = open_shop(tmp_path)
    (tmp_path / "segment.yaml").write_text("platform: wecom\nsegment: nobody\ntext: 你好\n", "utf-8")
    with pytest.raises(BadInputError, match=told):
        ready(workspace, target if target == "win_bakc" else str(tmp_path / target))
