"""The page of metrics says what the metric files say."""

from pathlib import Path

from siyu.measurement.describe import metrics_page
from siyu.measurement.metric import cards

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_the_page_is_the_one_that_the_metrics_make() -> None:
    assert PAGE.read_text("utf-8") == metrics_page(), "run: siyu metric --page > docs/metrics.md"


def test_every_metric_has_definition_units_and_source() -> None:
    sections = {part.split(" ", 1)[0]: part for part in metrics_page().split("\n## ")[1:]}
    assert sections.keys() == {*cards(), "spread"}
    for name, text in sections.items():
        for word in ("Definition", "Units", "Source"):
            assert f"**{word}.**" in text, f"{name} says no {word}"
