"""Models and experiments of a workspace: the same answers as of a table, refunds counted, holdouts checked."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, update

from app.test_lake import NOW, take_in
from siyu import models
from siyu.app.cli import build
from siyu.app.clock import VirtualClock
from siyu.app.lake import flush
from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.measurement.model import orders_of, report_of_play
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.stores.sql.schema.campaigns import assignment
from siyu.stores.sql.schema.spend import spend
from siyu.stores.sql.schema.touches import touch


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "shop", clock=VirtualClock(NOW), create=True)
    yield opened
    opened.close()


def shop(people: int) -> list[tuple[int, int, int, int]]:
    chance = np.random.default_rng(8)
    rows = []
    for person in range(1, people + 1):
        at = NOW - 300 * DAY + int(chance.integers(0, 60)) * DAY
        for _ in range(1 + int(chance.poisson(2))):
            rows.append((person, at, 51, int(chance.gamma(4, 500))))
            at += int(chance.integers(5, 70)) * DAY
            if at > NOW:
                break
    return rows


def test_the_value_of_customers_is_that_of_their_orders_in_a_table(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = shop(60)
    take_in(workspace, rows[:100])
    flush(workspace)
    take_in(workspace, rows[100:])
    take_in(workspace, [(1, NOW - 200 * DAY, 54, -100)])
    table = orders_of(workspace)
    assert table.height == len(rows) + 1
    assert table["value"].sum() == pytest.approx((sum(row[3] for row in rows) - 100) / 100)
    known = models.ltv(table, customer="customer", date="date", value="value", source="source")
    build()(
        ["model", "ltv", "--workspace", str(workspace.folder), "--json"],
        print_error=False, exit_on_error=False, result_action="return_value",
    )  # fmt: skip
    said = json.loads(capsys.readouterr().out)
    assert said["log_likelihood"] == pytest.approx(known.result.fit.log_likelihood)
    assert said["rows"]["returns"] == 1
    assert [one["name"] for one in said["sources"]] == ["source_code-51"]
    for words in (["rhythm"], ["attribution", "--by", "source_code"]):
        build()(
            ["model", *words, "--workspace", str(workspace.folder), "--json"],
            print_error=False, exit_on_error=False, result_action="return_value",
        )  # fmt: skip
        assert json.loads(capsys.readouterr().out)


def test_a_file_or_a_workspace_and_a_known_source(workspace: Workspace) -> None:
    def run(*words: str) -> None:
        build()(["model", "ltv", *words], print_error=False, exit_on_error=False, result_action="return_value")

    with pytest.raises(BadInputError, match="either a file or a --workspace"):
        run()
    with pytest.raises(BadInputError, match="there is no order"):
        run("--workspace", str(workspace.folder))
    with pytest.raises(BadInputError, match="no source"):
        run("--workspace", str(workspace.folder), "--source", "mood")


def test_several_currencies_are_refused_until_one_is_chosen(workspace: Workspace) -> None:
    take_in(workspace, [(1, NOW - 9 * DAY, 51, 500), (2, NOW - 9 * DAY, 51, 700), (3, NOW, 21, 0)])
    with workspace.database.write() as connection:
        connection.execute(update(touch).where(touch.c.value_minor == 700).values(currency="USD"))
    for ask in (lambda: orders_of(workspace), lambda: metric_of_workspace(workspace, "repurchase")):
        with pytest.raises(BadInputError, match="several currencies"):
            ask()
    assert metric_of_workspace(workspace, "repurchase", currency="USD").value_minor == 700
    assert metric_of_workspace(workspace, "lifecycle", currency="") is not None
    assert orders_of(workspace, currency="CNY")["value"].to_list() == [5.0]


def draw(workspace: Workspace, arms: dict[int, bool], share: float, at: int) -> None:
    with workspace.database.write() as connection:
        for person, treated in arms.items():
            row = {"play": "win back", "identifier_id": person, "treated": int(treated), "share": share}
            connection.execute(insert(assignment), row | {"assigned_at_us": at})


def test_a_play_is_reported_against_its_holdout(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    at = NOW - 60 * DAY
    take_in(workspace, [(person, at - DAY, 51, 1000 + person) for person in range(1, 201)])
    take_in(workspace, [(person, at + 3 * DAY, 51, 2000) for person in range(1, 201) if person % 4])
    take_in(workspace, [(5, at + 4 * DAY, 54, -2000), (1, NOW, 21, 0)])
    draw(workspace, {person: person % 4 > 0 for person in range(1, 201)}, 0.25, at)
    found = report_of_play(workspace, "win back")
    assert found.people == {"held out": 50, "treated": 150}
    by_name = {(one.comparison.metric, one.comparison.method): one for one in found.findings}
    assert by_name["orders", "welch"].comparison.difference == pytest.approx(1)
    assert by_name["money", "welch"].comparison.difference == pytest.approx((149 * 20) / 150)
    assert ("money", "cuped") in by_name
    assert by_name["kept on day 1", "welch"].verdict == "no difference shown"
    assert "more orders" in found.verdict
    build()(
        ["experiment", "report", "--play", "win back", "--workspace", str(workspace.folder), "--json"],
        print_error=False, exit_on_error=False, result_action="return_value",
    )  # fmt: skip
    assert json.loads(capsys.readouterr().out)["people"] == found.people
    with pytest.raises(BadInputError, match="not over for anybody"):
        report_of_play(workspace, "win back", days=90)


def test_a_broken_draw_gives_no_verdict_and_no_holdout_is_an_error(workspace: Workspace) -> None:
    at = NOW - 60 * DAY
    take_in(workspace, [(person, at, 51, 1000) for person in range(1, 201)] + [(1, NOW, 21, 0)])
    draw(workspace, {person: person > 2 for person in range(1, 201)}, 0.25, at)
    found = report_of_play(workspace, "win back")
    assert not found.readable
    assert "not as planned" in found.warnings[0]
    with workspace.database.write() as connection:
        connection.execute(update(assignment).values(treated=1))
    with pytest.raises(BadInputError, match="no holdout"):
        report_of_play(workspace, "win back")


def test_spend_of_the_workspace_meets_its_people(workspace: Workspace) -> None:
    day = NOW - 200 * DAY
    take_in(workspace, [(person, day + DAY // 2, 51, 5000) for person in range(1, 11)] + [(1, NOW, 21, 0)])
    with workspace.database.write() as connection:
        for place, (code, cost) in enumerate([("source_code-51", 20_000), ("nobody", 100)]):
            row = {"spend_id": bytes([place]) * 16, "day_us": day, "source_code": code, "cost_minor": cost}
            texts = {"channel": "douyin", "account": "", "campaign": "", "ad": "", "currency": "CNY"}
            connection.execute(insert(spend), row | texts | {"known_at_us": NOW})
    result = metric_of_workspace(workspace, "acquisition", {"margin": "0.5"})
    assert result.total.cost_minor == 20_100
    assert result.sources[0].cac_minor.value == 2000
    assert result.sources[0].roi.value == pytest.approx(0.25)
    assert result.without_people == ["nobody"]
    assert metric_of_workspace(workspace, "revenue-parts").paid.share.value == 1
