"""`siyu metric`: one JSON document, over a workspace or over any file, and one clear line for bad input."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import insert

from app.test_lake import NOW, take_in
from siyu.app.cli.metric import metric
from siyu.app.clock import VirtualClock
from siyu.app.intake.tables import read_table
from siyu.app.lake import flush
from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.metric import cards
from siyu.stores.sql.schema.campaigns import assignment

Say = Callable[..., dict]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the command and read its answer."""

    def run(*args: object, **options: object) -> dict:
        metric(*args, json=True, **options)
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.parquet"
    pl.DataFrame({
        "customer": ["a", "a", "b", None], "day": ["2026-01-01", "2026-02-03", "2026-01-05", "2026-01-06"],
        "paid": [10.0, 20.0, 30.0, 40.0],
    }).write_parquet(file)  # fmt: skip
    return file


def test_a_file_is_measured_and_its_bad_rows_are_counted(say: Say, orders: Path) -> None:
    answer = say("retention", from_=orders, person="customer", at="day")
    assert answer["read"]["no_person"] == 1
    assert answer["result"]["cohorts"][0]["kept"][:2] == [2, None]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("retention", {"person": "custmer"}, "did you mean customer"),
        ("retentoin", {"person": "customer"}, "did you mean retention"),
        ("retention", {"person": "customer", "horizn": "3"}, "did you mean --horizon"),
        ("retention", {"person": "customer", "cohort": "year"}, "day, week or month"),
        ("retention", {"person": "customer", "zone": "Mars"}, "no time zone"),
        ("funnel", {"person": "customer", "steps": "view,cart"}, "there is no kind 'view'"),
        ("uplift", {"person": "customer", "play": "x"}, "needs a workspace"),
    ],
)
def test_bad_input_is_one_line_that_helps(say: Say, orders: Path, name: str, options: dict, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        say(name, from_=orders, at="day", **options)


def test_every_metric_is_listed_with_its_options(say: Say) -> None:
    listed = {one["name"]: one for one in say(list_=True)["metrics"]}
    assert listed.keys() == cards().keys() | {"spread"}
    assert {"retention", "funnel", "repurchase", "rfm", "revenue", "uplift", "break-even"} <= listed.keys()
    assert all(one["chinese"] and one["says"] for one in listed.values())


def test_break_even_needs_no_data(say: Say) -> None:
    assert say("break-even", spend="100", sales="200", margin="0.6")["result"]["payback_day"] == 0
    with pytest.raises(BadInputError, match="--spend"):
        say("break-even", sales="1")


def test_files_of_every_kind_are_read(tmp_path: Path, orders: Path) -> None:
    table = pl.read_parquet(orders)
    table.write_csv(tmp_path / "orders.csv")
    table.write_ndjson(tmp_path / "orders.ndjson")
    table.write_csv(tmp_path / "orders.tsv", separator="\t")
    for name in ("orders.csv", "orders.ndjson", "orders.tsv"):
        assert read_table(tmp_path / name).equals(table.cast(pl.String))
    (tmp_path / "broken.parquet").write_text("no parquet")
    for name, said in (("broken.parquet", "cannot be read"), ("none.csv", "no file")):
        with pytest.raises(BadInputError, match=said):
            read_table(tmp_path / name)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "shop", clock=VirtualClock(NOW), create=True)
    yield opened
    opened.close()


def test_a_workspace_is_measured_in_both_stores_and_after_its_last_touch_nothing_is_complete(
    workspace: Workspace, say: Say
) -> None:
    start = NOW - 100 * DAY
    take_in(workspace, [(1, start, 51, 500), (2, start, 51, 500)])
    flush(workspace)
    take_in(workspace, [(1, start + 40 * DAY, 51, 700)])
    result = metric_of_workspace(workspace, "repurchase")
    assert (result.buyers, result.repeaters, result.value_minor) == (2, 1, 1700)
    cohort = metric_of_workspace(workspace, "retention", {"cohort": "day", "horizon": "50"}).cohorts[0]
    assert cohort.kept[39] == 0
    assert cohort.kept[41] is None
    assert say("rfm", workspace=workspace.folder)["result"]["buyers"] == 2


def test_the_uplift_of_a_play_is_read_from_its_draws(workspace: Workspace) -> None:
    take_in(workspace, [(person, NOW - 40 * DAY, 21, 0) for person in range(1, 41)])
    take_in(workspace, [(person, NOW - 38 * DAY, 51, 100) for person in range(1, 41, 4)])
    take_in(workspace, [(1, NOW, 11, 0)])
    with workspace.database.write() as connection:
        for person in range(1, 41):
            draw = {"play": "win back", "identifier_id": person, "treated": person % 4 > 0, "share": 0.25}
            connection.execute(insert(assignment), draw | {"assigned_at_us": NOW - 39 * DAY})
    result = metric_of_workspace(workspace, "uplift", {"play": "win back", "windows": "0-30"})
    assert (result.treated, result.holdout) == (30, 10)
    assert (result.windows[0].treated_bought, result.windows[0].holdout_bought) == (10, 0)
    with pytest.raises(BadInputError, match="there are win back"):
        metric_of_workspace(workspace, "uplift", {"play": "nothing"})


def test_a_touch_of_the_far_future_does_not_make_the_data_complete_until_then(workspace: Workspace) -> None:
    take_in(workspace, [(1, NOW - 10 * DAY, 51, 1), (1, LATEST_US - DAY, 51, 1)])
    cohort = metric_of_workspace(workspace, "retention", {"cohort": "day", "horizon": "20"}).cohorts[0]
    assert (cohort.observed[9], cohort.observed[10]) == (1, 0)


def test_a_file_told_of_one_text_column_is_gone_through_by_it_and_identical_rows_may_count_once(
    tmp_path: Path, say: Say
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("who,day,paid,来源\na,2026/1/2,¥10,抖音\na,2026/1/2,¥10,抖音\nb,2026/1/3,20元,门店\n", "utf-8")
    given = {"from_": file, "person": "who", "at": "day", "value": "paid"}
    for name in ("channel", "source-code"):
        found = say("sources", **given, **{name: "来源"})["result"]
        assert {row["source"]: row["orders"] for row in found["sources"]} == {"抖音": 2, "门店": 1}
    once = say("sources", **given, channel="来源", drop_identical=True)
    assert (once["read"]["rows"], once["read"]["used"]) == (3, 2)
    with pytest.raises(BadInputError, match="name it with --source_code, or go --by another"):
        say("sources", **given)
