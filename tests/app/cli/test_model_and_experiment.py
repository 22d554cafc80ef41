"""``siyu model`` and ``siyu experiment`` from outside: a file in, one JSON document out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from app.cli.command_line import Siyu as CommandLine


class Siyu(CommandLine):
    """Gives back status, document, and what was said on standard error."""

    def __call__(self, *words: str) -> tuple[int, Any, str]:
        status, out, err = super().__call__(*words)
        return status, json.loads(out) if out and "--json" in words else out, err


@pytest.fixture
def siyu(capsys: pytest.CaptureFixture[str]) -> Siyu:
    return Siyu(None, capsys)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    lines = []
    for who in range(200):
        day = int(rng.integers(0, 20))
        for _ in range(1 + rng.poisson(2.0)):
            lines.append(f"{who:05d} 2026{1 + day // 28:02d}{1 + day % 28:02d} {rng.gamma(4.0, 5.0):.2f}")
            day += int(rng.integers(3, 60))
            if day > 300:
                break
    file = tmp_path / "orders.txt"
    file.write_text("\n".join(lines), "utf-8")
    return file


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    arm = np.repeat(["held", "mail"], 3000)
    bought = (rng.random(6000) < np.where(arm == "mail", 0.15, 0.10)).astype(int)
    file = tmp_path / "people.csv"
    pl.DataFrame({"arm": arm, "bought": bought, "age": rng.integers(18, 80, 6000)}).write_csv(file)
    return file


def test_ltv_gives_one_document_and_writes_every_customer(siyu: Siyu, orders: Path, tmp_path: Path) -> None:
    out = tmp_path / "values.parquet"
    status, said, _ = siyu(
        "model", "ltv", str(orders), "--customer", "0", "--date", "1", "--value", "2",
        "--until", "2026-07-01", "--horizon-months", "6", "--out", str(out), "--json",
    )  # fmt: skip
    assert status == 0
    assert set(said["parameters"]) == {"r", "alpha", "a", "b"}
    assert said["log_likelihood"] < 0
    assert said["backtest"]["from"] == "2026-07-02"
    assert said["total"]["value"] == pytest.approx(sum(row["value"] for row in said["values"]))
    assert {"customer", "value", "low", "high"} <= set(said["values"][0])
    assert pl.read_parquet(out).height == said["customers"] == len(said["values"])
    assert isinstance(said["warnings"], list)


def test_ltv_prints_a_readable_answer_without_json(siyu: Siyu, orders: Path) -> None:
    status, said, _ = siyu("model", "ltv", str(orders), "--customer", "0", "--date", "1", "--value", "2", "--top", "3")
    assert status == 0
    assert "BG/NBD" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--customer", "9", "--date", "1", "--value", "2"], "no column '9'"),
        (["--customer", "0", "--date", "1", "--value", "2", "--until", "soon"], "'soon' is not a date"),
        (["--customer", "0", "--date", "1", "--value", "2", "--model", "x"], "unknown model"),
        (["--customer", "0", "--date", "2", "--value", "2"], "no row has"),
    ],
)
def test_bad_input_is_one_line_and_status_2(siyu: Siyu, orders: Path, words: list[str], message: str) -> None:
    status, said, error = siyu("model", "ltv", str(orders), *words, "--json")
    assert status == 2
    assert said == ""
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_attribution_reads_paths(siyu: Siyu, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_text("path;total_conversions;total_conversion_value;total_null\na > b;2;9.5;3\nb;1;1.5;0\n", "utf-8")
    status, said, _ = siyu("model", "attribution", str(file), "--json")
    assert status == 0
    assert (said["conversions"], said["value"], said["nulls"]) == (3, 11, 3)
    assert "descriptive" in said["note"]


def test_rhythm_and_uplift_answer(siyu: Siyu, orders: Path, experiment: Path) -> None:
    status, said, _ = siyu("model", "rhythm", str(orders), "--customer", "0", "--date", "1", "--top", "5", "--json")
    assert (status, len(said["customers"])) == (0, 5)
    status, said, _ = siyu(
        "model", "uplift", str(experiment), "--arm", "arm", "--treated", "mail", "--control", "held",
        "--bought", "bought", "--feature", "age", "--json",
    )  # fmt: skip
    assert status == 0
    assert said["proof"]["use"] is False
    assert said["verdict"].startswith("off")


def test_report_economics_and_power_answer(siyu: Siyu, experiment: Path) -> None:
    status, said, _ = siyu(
        "experiment",
        "report",
        str(experiment),
        "--arm",
        "arm",
        "--control",
        "held",
        "--metric",
        "bought",
        "age",
        "--json",
    )
    assert status == 0
    assert said["verdict"].startswith("mail: more bought")
    assert said["sample_ratio"]["broken"] is False
    assert [one["comparison"]["metric"] for one in said["findings"]] == ["bought", "age"]
    status, said, _ = siyu(
        "experiment", "economics", str(experiment), "--arm", "arm", "--control", "held",
        "--bought", "bought", "--cost", "0.1", "--margin", "20", "--json",
    )  # fmt: skip
    assert (status, said["best"], said["proven"]) == (0, "mail", True)
    assert said["decision"].startswith("choose mail")
    status, said, _ = siyu("experiment", "power", "--share", "0.1", "--effect", "0.1", "--relative", "--json")
    assert status == 0
    assert said["people"] == pytest.approx(28_256, rel=0.01)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "FILE", "--arm", "arm", "--control", "nobody", "--metric", "bought"], "no holdout"),
        (["report", "FILE", "--arm", "nope", "--control", "held", "--metric", "bought"], "no column 'nope'"),
        (["report", "FILE", "--arm", "arm", "--control", "held"], "no metric"),
        (["report", "FILE", "--arm", "arm", "--control", "held", "--metric", "bought", "--ratio", "x"], "not a pair"),
        (
            [
                "economics",
                "FILE",
                "--arm",
                "arm",
                "--control",
                "held",
                "--bought",
                "bought",
                "--cost",
                "x",
                "--margin",
                "1",
            ],
            "not a number",
        ),
        (["power", "--effect", "1"], "either --sd or --share"),
    ],
)
def test_a_wrong_experiment_is_one_line_and_status_2(
    siyu: Siyu, experiment: Path, words: list[str], message: str
) -> None:
    status, _, error = siyu("experiment", *[str(experiment) if word == "FILE" else word for word in words], "--json")
    assert status == 2
    assert message in error
    assert len(error.strip().splitlines()) == 1
