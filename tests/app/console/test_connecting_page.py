"""Connecting an account in a real browser: what to paste where, a live try, and what has no official way."""

from collections.abc import Callable, Iterator

import pytest

from app.console.conftest import Visit
from siyu.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.browser
Begin = Callable[..., Visit]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=11, platforms=("youzan",)) as running:
        yield running


def test_an_account_is_tried_live_and_kept_and_can_be_tried_again(visit: Begin, sandbox: Sandbox) -> None:
    seen = visit()
    seen.go("/channels/youzan")
    form = ".connecting"
    assert "client_secret" in seen.page.inner_text(form)
    assert "有赞云控制台" in seen.page.inner_text(form)  # where it is found
    seen.page.click(f"{form} button.primary")
    seen.page.wait_for_selector(f"{form} .result .notice")
    assert "Not kept" in seen.text(f"{form} .result")
    seen.page.click(f"{form} summary")
    seen.page.fill("[data-name=sandbox] input, input[data-name=sandbox]", sandbox.url)
    seen.page.click(f"{form} details button")
    filled = "[...document.querySelectorAll('.connecting input')].some(one => one.value.endsWith('/youzan'))"
    seen.page.wait_for_function(filled)
    seen.page.click(f"{form} button.primary")
    seen.page.wait_for_selector(f"{form} .result .badge.good")
    result = seen.text(f"{form} .result")
    assert "authorised" in result
    assert f"/callbacks/youzan/{sandbox.account('youzan').account}" in result
    seen.go("/channels/youzan")
    seen.page.click(".hidden-row button")
    seen.page.wait_for_selector(".hidden-row .badge.good")
    sandbox.stop()
    seen.page.click(".hidden-row button")
    seen.page.wait_for_selector(".hidden-row .badge.bad")
    sandbox.start()
    assert not seen.complaints
    assert not seen.abroad


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "zh")])
def test_what_has_no_official_way_stands_beside_what_replaces_it(visit: Begin, width: int, language: str) -> None:
    seen = visit(width=width, height=844 if width < 400 else 900, language=language)
    seen.go("/channels/xiaohongshu")
    assert "siyu import" in seen.text(".main")
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.go("/channels/store")
    assert "siyu import" in seen.text(".main")
    assert not seen.complaints
