"""The page of content shows topics by retention, what goes out next and what to mend."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.console.conftest import Served, Visit

pytestmark = pytest.mark.browser
CALENDAR = """
name: summer
pieces:
- content_id: cold-noodles
  topic: supper
  day: 2026-09-01
  traffic: {channel: wecom}
  content: {text: "全国第一的凉面，你今晚就能做。", cost_minor: 12000}
  scene: {family: chat}
  interaction: {asks: story}
  brief: {seen: "asked for in two groups"}
"""


@pytest.fixture
def planned(served: "Served") -> Iterator[Path]:
    file = served.folder / "content" / "summer.yaml"
    file.parent.mkdir()
    file.write_text(CALENDAR, "utf-8")
    yield file
    file.unlink()
    file.parent.rmdir()


def test_an_empty_calendar_says_what_to_do(visit: "Callable[..., Visit]") -> None:
    seen = visit(language="zh", width=390)
    seen.go("/content")
    assert "还没有内容排期" in seen.text(".main")


@pytest.mark.usefixtures("planned")
def test_topics_next_pieces_and_what_to_mend_are_on_one_page(visit: "Callable[..., Visit]") -> None:
    seen = visit()
    seen.go("/content")
    told = seen.text(".main")
    assert "supper" in told
    assert "2026-09-01" in told
    assert "to mend" in told
    assert "全国第一" in told
    assert "CNY 120.00" in told
    assert not seen.complaints
    assert not seen.abroad
