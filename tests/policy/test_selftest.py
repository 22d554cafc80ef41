"""The lint is as good as docs/policy.md says."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from siyu.policy.disguise import NUMBER_WAYS, hidden_contacts, phone_number
from siyu.policy.hidden_numbers import phone_spans
from siyu.policy.lint import lint_text
from siyu.policy.plain_writing import plain_view
from siyu.policy.selftest import GENERATED, HELD_OUT, ON, TUNED, Score, selftest

_PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
_ROW = re.compile(r"\| `([a-z_*]+)` " + r"\| (\d\.\d{2}|-) / (\d\.\d{2}|-) " * 3 + r"\|")


@pytest.fixture(scope="module")
def measured() -> dict[tuple[str, str], Score]:
    return {(one.rule, one.part): one for one in selftest()}


def _published() -> list[tuple[str, str, str, str]]:
    """Return (rule, part, precision, recall) of the table in the documentation."""
    rows = [found.groups() for found in _ROW.finditer(_PAGE.read_text("utf-8"))]
    return [
        (row[0], part, row[1 + 2 * n], row[2 + 2 * n])
        for row in rows
        for n, part in enumerate((TUNED, HELD_OUT, GENERATED))
    ]


def test_the_documentation_publishes_every_class(measured: dict[tuple[str, str], Score]) -> None:
    published = {(rule, part) for rule, part, _, recall in _published() if recall != "-"}
    assert published == set(measured)


def test_precision_and_recall_are_not_below_what_is_published(measured: dict[tuple[str, str], Score]) -> None:
    for rule, part, precision, recall in _published():
        if recall == "-":
            continue
        score = measured[rule, part]
        assert (score.recall or 0.0) >= float(recall) - 0.005, (rule, part)
        if precision != "-":
            assert (score.precision or 0.0) >= float(precision) - 0.005, (rule, part)


@pytest.mark.parametrize("way", sorted(NUMBER_WAYS))
def test_a_number_is_found_whichever_way_it_is_written_and_where(way: str) -> None:
    dice = np.random.default_rng(7)
    for _ in range(20):
        hidden = NUMBER_WAYS[way](phone_number(dice), dice)
        text = f"想要的姐妹 {hidden} 咨询"
        (span,) = phone_spans(plain_view(text))
        assert text[span[0] : span[1]].strip("\ufe0f\u20e3") in hidden
        assert span[1] - span[0] >= len(hidden) - 2


def test_what_is_forbidden_on_douyin_may_be_said_on_wecom() -> None:
    for _, _, text in hidden_contacts(3, 5):
        assert lint_text(text, platform="wecom", on=ON) == []


def test_real_comments_and_reviews_are_left_alone(shared: Path) -> None:
    """Of 12,687 real texts six were found to hold a contact, and a reader agreed with all six."""
    texts = []
    for name, column in (("labelled_comments.csv", "text"), ("waimai_10k.csv", "review")):
        with (shared / "data" / "comments" / name).open(encoding="utf-8-sig", newline="") as lines:
            texts += [row[column] for row in csv.DictReader(lines)]
    found = [
        text
        for text in texts
        if any(one.rule.startswith("contact_") for one in lint_text(text, platform="douyin", on=ON))
    ]
    assert len(texts) > 12_000
    assert len(found) <= 6
