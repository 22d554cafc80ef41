"""The page of policy checks words in the browser, and shows packs and refusals in both languages."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.console.conftest import Visit

pytestmark = pytest.mark.browser


def test_words_are_checked_before_they_go_out(visit: "Callable[..., Visit]") -> None:
    seen = visit()
    seen.go("/policy")
    told = seen.text(".main")
    assert "Advertising Law" in told
    assert "Add people in bulk by a list of telephone numbers" in told
    seen.page.fill("textarea", "全网最低价")
    seen.page.click("button:has-text('Check')")
    seen.page.wait_for_selector("td:has-text('全网最低')")
    assert not seen.complaints
    assert not seen.abroad


def test_the_page_speaks_chinese_on_a_phone(visit: "Callable[..., Visit]") -> None:
    seen = visit(language="zh", theme="dark", width=390)
    seen.go("/policy")
    assert "按手机号名单批量加好友" in seen.text(".main")
    assert not seen.complaints


def test_a_play_is_looked_at_before_it_goes_out(visit: "Callable[..., Visit]") -> None:
    seen = visit()
    seen.go("/plays")
    seen.page.click("a[href='/plays/win_back/ready']")
    seen.page.wait_for_selector("td:has-text('Held out')")
    told = seen.text(".main")
    assert "its words break no known rule on wecom" in told
    assert "people are due" in told
    assert not seen.complaints


@pytest.mark.parametrize(("language", "title"), [("en", "Verdicts of the guard"), ("zh", "守门裁决")])
def test_the_compliance_report_of_the_last_days_is_a_page(
    visit: "Callable[..., Visit]", language: str, title: str
) -> None:
    seen = visit(language=language)
    seen.go("/compliance?days=90")
    assert title in seen.text(".main")
    assert not seen.complaints
    assert not seen.abroad
